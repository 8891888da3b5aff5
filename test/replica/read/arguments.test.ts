/** What a read refuses, and that it refuses before any statement runs. */
import { describe, expect, test } from 'vitest';
import { ALL_PLANTS } from '../../../replica/access-scope.ts';
import { flatReads } from '../../../replica/read.ts';
import { flat, served, TODAY } from './things.ts';

const open = flatReads(flat, served(), {
  query: ({ text }) => Promise.reject(new Error(`No statement may run here, but this did: ${text}`)),
});
const reads = open(TODAY, ALL_PLANTS);

const row = { id: '7', name: 'Schraube', size: 3, due: '2026-11-20', share: null };
const page = (orderBy: { field: string; direction: 'ASC' | 'DESC' } | null = null) => ({
  rows: [row],
  order: {
    descending: orderBy?.direction === 'DESC',
    token: orderBy ? `${orderBy.field} ${orderBy.direction}` : '',
  },
  hasNextPage: false,
  hasPreviousPage: false,
});
const encoded = (parts: unknown) => Buffer.from(JSON.stringify(parts)).toString('base64url');

test.each<[string, Record<string, unknown>]>([
  ['a date that is none', { due: { eq: '2026-02-30' } }],
  ['a date in another form', { due: { eq: '30.03.2026' } }],
  ['a date of year nought', { due: { eq: '0000-01-01' } }],
  ['an infinite date', { due: { lt: 'infinity' } }],
  ['a time without its offset', { madeAt: { gt: '2026-11-22T08:00:00' } }],
  ['an hour that no clock shows', { madeAt: { gt: '2026-11-22T25:00:00Z' } }],
  ['an Int that overflows', { size: { eq: 2 ** 31 } }],
  ['a fraction as Int', { size: { eq: 1.5 } }],
  ['a BigInt that overflows', { serial: { eq: '9223372036854775808' } }],
  ['a BigInt that JSON rounds', { serial: { eq: 2 ** 53 } }],
  ['a Decimal as a number with a fraction', { weight: { eq: 0.1 } }],
  ['a Decimal with an exponent', { weight: { eq: '1e400' } }],
  ['a Decimal that is no number', { weight: { eq: 'NaN' } }],
  ['a Decimal of a million digits', { weight: { eq: '9'.repeat(1_000_000) } }],
  ['a Decimal no float can hold', { share: { eq: '9'.repeat(400) } }],
  ['the character U+0000 in a text', { code: { eq: 'a\0b' } }],
  ['the character U+0000 in an id', { groupId: { eq: '\0' } }],
  ['the character U+0000 in a prefix', { code: { startsWith: '\0' } }],
  ['the character U+0000 in a search', { name: { contains: 'abc\0' } }],
  ['a search by two characters', { name: { contains: 'ab' } }],
  ['a search by two characters of two units each', { name: { contains: '🚢🚢' } }],
  ['an enum value that does not exist', { kind: { eq: 'SCREW' } }],
  ['a null operator', { code: { eq: null } }],
  ['null among several values', { code: { in: ['a', null] } }],
  ['a field that is null itself', { code: null }],
  ['an unknown operator', { code: { ne: 'a' } }],
  ['a field that offers no filter', { daysLate: { eq: 1 } }],
  ['a field that does not exist', { toString: { eq: 'a' } }],
  ['more than 500 values', { groupId: { in: Array.from({ length: 501 }, String) } }],
])('%s is refused as a filter', async (_name, filter) => {
  const refused = expect.objectContaining({ extensions: { code: 'BAD_USER_INPUT' } });
  await expect(reads.page('Thing', { filter: filter as never })).rejects.toEqual(refused);
  await expect(reads.count('Thing', filter as never)).rejects.toEqual(refused);
});

test.each<[string, Record<string, unknown>]>([
  ['both directions at once', { first: 1, last: 1 }],
  ['more rows than a page may have', { first: 501 }],
  ['a page of a million', { last: 1_000_000 }],
  ['fewer rows than none', { first: -1 }],
  ['before without last', { before: encoded(['Thing', '', null, null, '7']) }],
  ['after with last', { last: 1, after: encoded(['Thing', '', null, null, '7']) }],
  ['an order nobody offers', { orderBy: { field: 'KIND', direction: 'ASC' } }],
  ['SQL for an order', { orderBy: { field: 'ID; select pg_sleep(5)', direction: 'ASC' } }],
  ['a cursor of garbage', { after: 'garbage' }],
  ['an empty cursor', { after: '' }],
  ['a cursor that is no list', { after: encoded({}) }],
  ['a cursor of a megabyte', { after: encoded(['x'.repeat(1_000_000)]) }],
  ['a cursor of another type', { after: encoded(['Pair', '', TODAY, null, '7']) }],
  ['a cursor of another order', { after: encoded(['Thing', 'SIZE ASC', TODAY, '3', '7']) }],
  ['a cursor with an id that is none', { after: encoded(['Thing', '', TODAY, null, "7'; drop table x"]) }],
  ['a cursor with a key that overflows', { after: encoded(['Thing', '', TODAY, null, '99999999999']) }],
  ['a cursor with a value where the order has none', { after: encoded(['Thing', '', TODAY, 'x', '7']) }],
  [
    'a cursor whose value does not fit its column',
    { orderBy: { field: 'SIZE', direction: 'ASC' }, after: encoded(['Thing', 'SIZE ASC', TODAY, 'x', '7']) },
  ],
  [
    'a cursor with null where there is always a value',
    { orderBy: { field: 'CODE', direction: 'ASC' }, after: encoded(['Thing', 'CODE ASC', TODAY, null, '7']) },
  ],
])('%s is refused', async (_name, args) => {
  await expect(reads.page('Thing', args)).rejects.toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
});

test('a cursor of a list that depends on the day is good for that day', async () => {
  const yesterday = open('2026-11-21', ALL_PLANTS).cursor('LateThing', page(), row);
  await expect(reads.page('LateThing', { after: yesterday })).rejects.toMatchObject({
    extensions: { code: 'CURSOR_EXPIRED' },
  });
});

describe('without any statement', () => {
  test('an empty list of values matches nothing', async () => {
    expect((await reads.page('Thing', { filter: { code: { in: [] } } })).rows).toEqual([]);
    expect(await reads.count('Thing', { code: { in: [] } })).toBe(0);
  });

  test('an id that cannot be one of this type is simply not found', async () => {
    expect(await reads.byIds('Thing', ['', 'x', '007', '1.0', '-0', '99999999999', '1:2', 'a\0'])).toEqual(new Map());
    expect(await reads.byIds('Pair', ['7', '7:a:b', 'x:a', '7:a\\b', '7:\0'])).toEqual(new Map());
    expect((await reads.page('Thing', { filter: { groupId: { eq: '007' } } })).rows).toEqual([]);
    expect(await reads.children('Thing', 'groupId', ['x', ''])).toEqual([[], []]);
  });
});
