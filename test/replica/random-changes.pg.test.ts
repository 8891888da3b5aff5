/** Any changes, in any batches, through any crash: the read models end as their SELECT says. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Change } from '../../erp/change.ts';
import type { Watermark } from '../../erp/watermark.ts';
import { testPostgres } from '../postgres.ts';
import { smallErp, tables } from './small-erp.ts';

const id = (most: number) => fc.integer({ min: 1, max: most }).map(String);
const optional = <T>(of: fc.Arbitrary<T>) => fc.option(of, { freq: 6 });
const text = fc.constantFrom('a', 'b', 'c', 'a\tb', "o'clock", 'ü', '');

const rows: Readonly<Record<string, fc.Arbitrary<Record<string, string | null>>>> = {
  customer: fc.record({ id: id(6), name: optional(text), region: optional(text), unused: optional(text) }),
  product: fc.record({ id: id(6), name: optional(text), note: optional(text) }),
  sales_order: fc.record({ id: id(12), number: text, customer: optional(id(8)) }),
  order_line: fc.record({
    sales_order: id(14),
    pos: id(4),
    product: optional(id(8)),
    quantity: optional(fc.constantFrom('1', '1.0', '2.500', '-3')),
    due: optional(fc.constantFrom('2026-01-01', '2026-02-28')),
  }),
  move: fc.record({
    id: id(30),
    product: optional(id(6)),
    source: optional(fc.constantFrom('A', 'B', 'C')),
    target: optional(fc.constantFrom('A', 'B', 'C')),
    quantity: optional(fc.constantFrom('1', '2', '10')),
    month: optional(fc.constantFrom('202601', '202602')),
  }),
};

const keyOf = (table: string, row: Record<string, string | null>) =>
  Object.fromEntries(
    (tables.find(({ name }) => name === table)?.key ?? []).map((column) => [column, row[column] ?? null]),
  );

/** Columns beside the key, a few of them left out as a large value is that an update leaves alone. */
const partly = (table: string, row: Record<string, string | null>, kept: number) => {
  const key = keyOf(table, row);
  const others = Object.entries(row).filter(([column]) => !(column in key));
  return { ...key, ...Object.fromEntries(others.filter((_, at) => (kept >> at) & 1)) };
};

const change: fc.Arbitrary<Change> = fc.constantFrom(...Object.keys(rows)).chain((table) => {
  const row = rows[table] ?? fc.constant({});
  return fc.oneof(
    { weight: 10, arbitrary: row.map((r): Change => ({ op: 'upsert', table, row: r })) },
    {
      weight: 4,
      arbitrary: fc
        .tuple(row, fc.nat(31))
        .map(([r, kept]): Change => ({ op: 'upsert', table, row: partly(table, r, kept) })),
    },
    { weight: 4, arbitrary: row.map((r): Change => ({ op: 'delete', table, key: keyOf(table, r) })) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(row, row, fc.nat(31))
        .map(
          ([r, old, kept]): Change => ({ op: 'upsert', table, row: partly(table, r, kept), oldKey: keyOf(table, old) }),
        ),
    },
    ...(table === 'order_line' ? [{ weight: 1, arbitrary: fc.constant<Change>({ op: 'truncate', table }) }] : []),
  );
});

type Row = Record<string, string | null>;

/**
 * Does one change to the mirror as it ought to be, without any folding. False if no ERP could make it: an update of what
 * is not there, or a key changed to one that is taken.
 */
function happens(mirror: Map<string, Map<string, Row>>, one: Change): boolean {
  const table = mirror.get(one.table) ?? new Map<string, Row>();
  mirror.set(one.table, table);
  const columns = Object.keys(tables.find(({ name }) => name === one.table)?.columns ?? {});
  const at = (row: Readonly<Row>) => JSON.stringify(Object.values(keyOf(one.table, row)));
  if (one.op === 'truncate') table.clear();
  else if (one.op === 'delete') table.delete(at(one.key));
  else {
    const before = table.get(at(one.oldKey ?? one.row));
    if (!before && (one.oldKey || columns.some((name) => one.row[name] === undefined))) return false;
    if (one.oldKey && at(one.oldKey) !== at(one.row) && table.has(at(one.row))) return false;
    if (one.oldKey) table.delete(at(one.oldKey));
    table.set(at(one.row), { ...before, ...one.row });
  }
  return true;
}

test('any changes in any batches leave every read model as its SELECT says', { timeout: 300_000 }, async () => {
  await using db = await testPostgres();
  await using erp = await smallErp(db.url);
  let position = 0;
  const mirror = new Map<string, Map<string, Row>>();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(change, { maxLength: 40 }), { maxLength: 6 }), async (batches) => {
      for (const batch of batches) {
        position += 1;
        const possible = batch.filter((one) => happens(mirror, one));
        await erp.sink.apply(possible, String(position).padStart(16, '0') as Watermark);
      }
      await erp.settled();
      const wrong = (await erp.verify()).filter(({ differences }) => differences > 0);
      expect(wrong).toEqual([]);
      for (const { name, columns } of tables) {
        const text = Object.keys(columns).map((column) => `${column}::text`);
        const found = await erp.db.query<Row>(`select ${text.join(', ')} from erp.${name}`);
        const sorted = (all: Iterable<Row>) =>
          [...all].map((row) => JSON.stringify(Object.keys(columns).map((column) => row[column]))).sort();
        expect(sorted(found.rows)).toEqual(sorted(mirror.get(name)?.values() ?? []));
      }
    }),
    { numRuns: 100 },
  );
  expect((await erp.db.query('select * from skiff.quarantine')).rows).toEqual([]);
});
