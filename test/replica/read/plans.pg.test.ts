/**
 * Each offered filter, order and search reads few blocks of a large table, whether PostgreSQL plans for
 * the values or once for all of them, and whichever plants the caller has.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AccessScope, ALL_PLANTS } from '../../../replica/access-scope.ts';
import { indexesFor } from '../../../replica/read/indexes.ts';
import type { Filter, FlatReads, PageArguments } from '../../../replica/read.ts';
import { scoped } from '../../../replica/scoped-rows.ts';
import { pair, type Things, TODAY, thing, things } from './things.ts';

const ROWS = 100_000;
const MOST_BLOCKS = 200;

let db: Things;
beforeAll(async () => {
  db = await things();
  await db.query(
    /* sql */ `
    insert into read.thing (id, code, name, kind, is_active, size, weight, share, serial, due, made_at, seen_at, group_id, plant_code)
    select n, 'C' || lpad((n * 7919 % ${ROWS})::text, 6, '0'),
      case when n % 10 = 0 then null else 'Part ' || lpad(n::text, 6, '0') end,
      (array['BOLT', 'NUT', 'WASHER'])[n % 3 + 1], n % 20 <> 0,
      case when n % 3 = 0 then null else n % 5000 end, n % 9973, case when n % 2 = 0 then null else n % 997 end, n,
      case when n % 4 = 0 then null else date '2020-01-01' + n % 3000 end,
      timestamptz '2020-01-01' + n * interval '1 minute', case when n % 7 = 0 then null else timestamp '2020-01-01' + n * interval '1 minute' end,
      n / 20, case when n % 50 = 0 then null else 'P' || n % 5 end
    from generate_series(1, ${ROWS}) n`,
  );
  // Of all rows: a sample that happens on a text like the one searched for takes it for a frequent one.
  await db.query('alter table read.thing alter name set statistics 10000');
  await db.query('analyze read.thing');
});
afterAll(() => db[Symbol.asyncDispose]());

const literal = (value: unknown): string =>
  Array.isArray(value) ? `'{${value.join(',')}}'` : `'${String(value).replaceAll("'", "''")}'`;

/** Blocks touched by the statements that `run` asks for, as the role that runs them. */
async function blocks(mode: 'generic' | 'custom', scope: AccessScope, run: () => Promise<unknown>): Promise<number> {
  const before = db.statements.length;
  await run();
  const client = await db.readers.connect();
  const query = (text: string) => scoped(client, { text, values: [], rowMode: 'array' }, scope);
  let touched = 0;
  try {
    for (const { name, text, values } of db.statements.slice(before)) {
      // A nameless statement is never planned for any values.
      await client.query(`set plan_cache_mode = force_${name ? mode : 'custom'}_plan`);
      await query(`prepare examined as ${text}`);
      const execute = `execute examined${values.length > 0 ? `(${values.map(literal).join(', ')})` : ''}`;
      const { rows } = await query(`explain (analyze, buffers, format json) ${execute}`);
      await client.query('deallocate examined');
      const [{ Plan: plan }] = JSON.parse(rows[0]?.[0] ?? '[]');
      touched += plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
    }
  } finally {
    client.release();
  }
  return touched;
}

const SORTED = ['CODE', 'NAME', 'SIZE', 'WEIGHT', 'SHARE', 'SERIAL', 'DUE', 'MADE_AT', 'SEEN_AT'];
const orders = SORTED.flatMap((field) => (['ASC', 'DESC'] as const).map((direction) => ({ field, direction })));

const FILTERS: Record<string, Filter> = {
  'a plant': { plantCode: { eq: 'P1' } },
  'an equal text': { code: { eq: 'C000042' } },
  'one of several texts': { code: { in: ['C000042', 'C000043', 'C099999'] } },
  'a part of a text': { name: { contains: '4711' } },
  'an enum': { kind: { eq: 'NUT' } },
  'an enum in a plant': { kind: { eq: 'NUT' }, plantCode: { eq: 'P1' } },
  'a Boolean in a plant': { isActive: { eq: false }, plantCode: { eq: 'P1' } },
  'an Int': { size: { eq: 4_000 } },
  'a Decimal': { weight: { eq: '17' } },
  'a BigInt': { serial: { eq: '4711' } },
  'a day': { due: { eq: '2020-03-01' } },
  'a moment': { madeAt: { eq: '2020-01-02T00:00:00Z' } },
  'an id': { groupId: { eq: '77' } },
  'several ids': { groupId: { in: ['77', '78', '4000'] } },
};

const SCOPES: readonly (readonly [string, AccessScope])[] = [
  ['all plants', ALL_PLANTS],
  ['two plants', { plants: ['P1', 'P3'] }],
  ['one plant', { plants: ['P1'] }],
];
const circumstances = SCOPES.flatMap(([whose, scope]) =>
  (['generic', 'custom'] as const).map((mode) => ({ mode, whose, scope })),
);

describe.each(circumstances)('under a $mode plan, for who has $whose', ({ mode, scope }) => {
  let reads: FlatReads;
  beforeAll(() => {
    reads = db.open(TODAY, scope);
  });

  test.each(orders)(
    'a page sorted by $field $direction, over all plants and in one, is an index read',
    async (orderBy) => {
      for (const filter of [{}, { plantCode: { eq: 'P1' } }]) {
        expect(await blocks(mode, scope, () => reads.page('Thing', { filter, orderBy }))).toBeLessThan(MOST_BLOCKS);
      }
    },
  );

  test.each(orders)('a page deep down the order by $field $direction costs no more than the first', async (orderBy) => {
    const last = await reads.page('Thing', { orderBy, last: 5_00 });
    const [deep] = last.rows;
    const after = deep && reads.cursor('Thing', last, deep);
    const args: PageArguments = { orderBy, after };
    expect(await blocks(mode, scope, () => reads.page('Thing', args))).toBeLessThan(MOST_BLOCKS);
    expect(await blocks(mode, scope, () => reads.page('Thing', { orderBy, last: 50, before: after }))).toBeLessThan(
      MOST_BLOCKS,
    );
  });

  test.each(Object.entries(FILTERS))('a page filtered by %s is an index read', async (_name, filter) => {
    expect(await blocks(mode, scope, () => reads.page('Thing', { filter }))).toBeLessThan(MOST_BLOCKS);
  });

  test.each<[string, Filter]>([
    ['CODE', { code: { startsWith: 'C0000' } }],
    ['NAME', { name: { startsWith: 'Part 0042' } }],
    ['DUE', { due: { gte: '2021-01-01', lt: '2021-02-01' } }],
    ['SEEN_AT', { seenAt: { gt: '2020-02-01T00:00:00Z' } }],
    ['WEIGHT', { weight: { lte: '17.5' } }],
  ])('a range of %s in its own order is an index read', async (field, filter) => {
    for (const direction of ['ASC', 'DESC'] as const) {
      const args: PageArguments = { filter, orderBy: { field, direction } };
      expect((await reads.page('Thing', args)).rows.length).toBeGreaterThan(10);
      expect(await blocks(mode, scope, () => reads.page('Thing', args))).toBeLessThan(MOST_BLOCKS);
    }
  });

  test('rows by id and by parent are index reads', async () => {
    const ids = Array.from({ length: 20 }, (_, at) => String(at * 37 + 1));
    expect(await blocks(mode, scope, () => reads.byIds('Thing', ids))).toBeLessThan(MOST_BLOCKS);
    expect(await blocks(mode, scope, () => reads.children('Thing', 'groupId', ids.slice(0, 5)))).toBeLessThan(
      MOST_BLOCKS,
    );
  });
});

test('an index that the primary key or another one begins with is not made', () => {
  expect(indexesFor(pair, ['number', 'word']).map(({ definition }) => definition)).toEqual([
    '("word" collate "C", "number")',
  ]);
});

test('names of indexes differ in their first characters', () => {
  const names = indexesFor(thing, ['id']).map(({ name }) => name.slice(0, 3));
  expect(new Set(names).size).toBe(names.length);
});
