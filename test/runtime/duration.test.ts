import { expect, test } from 'vitest';
import { durationMs } from '../../runtime/duration.ts';

test.each([
  ['500ms', 500],
  ['5s', 5_000],
  [' 1.5s ', 1_500],
  ['0s', 0],
  ['2m', 120_000],
  ['1h', 3_600_000],
])('%j is a length of time', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

test.each(['', '5', 's', '-1s', '5 s', '5S', '1e3s', '5s5s', 'Infinity', '99999999999s'])('%j is none', (text) => {
  expect(durationMs(text)).toBeUndefined();
});
