import { expect, test } from 'vitest';
import { durationOf, noWishes, wishesIn, wishHeaders } from '../../subgraphs/wishes.ts';

test.each([
  ['0s', 0],
  ['500ms', 500],
  ['5s', 5_000],
  ['2m', 120_000],
])('%s is %i ms', (text, ms) => {
  expect(durationOf(text)).toBe(ms);
});

test.each(['', '5', 's', '-1s', '1.5s', '5 s', '5S', '1h', '9999999999s', '5s, 6s', 'Infinitys'])(
  '"%s" is no duration',
  (text) => {
    expect(durationOf(text)).toBeNull();
  },
);

test('a request that says nothing wishes nothing', () => {
  expect(wishesIn({ host: 'x' })).toBe(noWishes);
});

test.each([
  [{ 'skiff-max-staleness': 'now' }, /Skiff-Max-Staleness must be 0s, 500ms, 5s or 2m/],
  [{ 'skiff-on-stale': '' }, /Skiff-On-Stale must be serve or error/],
  [{ 'skiff-after': '3f2a91c0' }, /Skiff-After must be an answer's Skiff-Position/],
])('%o is refused with what to send instead', (headers, message) => {
  expect(() => wishesIn(headers)).toThrow(message);
});

test('a subgraph elsewhere is told the same wishes, the bound counted from when the request came', () => {
  const wishes = wishesIn({ 'skiff-max-staleness': '2s', 'skiff-on-stale': 'error', 'skiff-after': '3f2a91c0-1742' });
  expect(wishes).toEqual({ maxStalenessMs: 2_000, onStale: 'error', after: { epoch: '3f2a91c0', batch: 1742n } });
  expect(wishesIn(wishHeaders(wishes, 30.7))).toEqual({ ...wishes, maxStalenessMs: 2_030 });
  expect(wishHeaders(noWishes, 30)).toEqual({});
});
