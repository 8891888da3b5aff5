/** Definitions, tables and the ERP's columns change while answers go on. */
import { expect, test } from 'vitest';
import type { Change } from '../../erp/change.ts';
import type { Watermark } from '../../erp/watermark.ts';
import { testPostgres } from '../postgres.ts';
import { copyLines, readModels, smallErp, tables } from './small-erp.ts';

const snapshot = {
  customer: ['1\tAmeise\tEU\t\\N', '2\tBiene\tEU\t\\N'],
  product: ['10\tPump\tsmall', '11\tValve\tlarge'],
  sales_order: ['100\tA-100\t1', '101\tA-101\t2'],
  order_line: ['100\t1\t10\t2.500\t2026-03-01', '101\t1\t11\t7.000\t2026-03-03'],
};
const put = (table: string, row: Record<string, string | null>): Change => ({ op: 'upsert', table, row });
const at = (position: number) => String(position).padStart(16, '0') as Watermark;

test('a restart goes on where it was: nothing is built or copied again', async () => {
  await using db = await testPostgres();
  {
    await using erp = await smallErp(db.url, { snapshot });
    await erp.apply(put('customer', { id: '1', name: 'Ameise II', region: 'EU', unused: null }));
  }
  const before = await db.query('select hash, registered_at from skiff.read_model order by hash');
  await using erp = await smallErp(db.url);
  expect((await db.query('select hash, registered_at from skiff.read_model order by hash')).rows).toEqual(before.rows);
  expect(await erp.sink.state()).toMatchObject({ position: at(1) });
  expect(await erp.rows('customer')).toMatchObject([{ name: 'Ameise II' }, { name: 'Biene' }]);
});

test('a changed definition is built beside the old one, and both follow the stream until nobody claims the old', async () => {
  await using db = await testPostgres();
  {
    await using _ = await smallErp(db.url, { snapshot });
  }
  const changed = {
    ...readModels,
    'line.sql': (readModels['line.sql'] ?? '').replace('p.name as', 'upper(p.name) as'),
  };
  await using erp = await smallErp(db.url, { readModels: changed });
  await erp.apply(put('product', { id: '10', name: 'Pump II', note: 'small' }));
  const tablesOf = await db.query(
    `select 'read."' || model || '_' || hash || '"' as name from skiff.read_model where model = 'line' order by registered_at`,
  );
  const names = await Promise.all(
    tablesOf.rows.map(async ({ name }) => (await db.query(`select product_name from ${name} order by 1`)).rows),
  );
  expect(names).toEqual([
    [{ product_name: 'Pump II' }, { product_name: 'Valve' }],
    [{ product_name: 'PUMP II' }, { product_name: 'VALVE' }],
  ]);
  expect((await erp.verify()).map(({ differences }) => differences)).toEqual([0, 0, 0, 0, 0]);
});

test('a column newly mirrored is copied beside the stream, whose changes win over the copy', async () => {
  await using db = await testPostgres();
  const narrow = tables.map((table) =>
    table.name === 'product' ? { ...table, columns: { id: 'integer', name: 'text' } } : table,
  );
  const without = { ...readModels, 'line.sql': (readModels['line.sql'] ?? '').replace('p.note as', 'null::text as') };
  {
    const narrowSnapshot = { ...snapshot, product: ['10\tPump', '11\tValve', '12\tGone'] };
    await using _ = await smallErp(db.url, { tables: narrow, readModels: without, snapshot: narrowSnapshot });
  }
  await using erp = await smallErp(db.url, { impatient: true });
  expect(await erp.sink.tablesToCopy()).toEqual(['product']);
  const writer = await erp.sink.beginTableCopy('product');
  await erp.apply(
    put('product', { id: '10', name: 'Pump II', note: 'newest' }),
    { op: 'upsert', table: 'product', row: { id: '11', name: 'Valve II' } },
    { op: 'delete', table: 'product', key: { id: '12' } },
    put('product', { id: '13', name: 'New', note: 'new' }),
  );
  await writer.copy(
    'product',
    ['id', 'name', 'note'],
    copyLines(['10\tPump\tsmall', '11\tValve\tlarge', '12\tGone\told']),
  );
  await writer.commit(at(1));
  await erp.ready;
  const { rows } = await erp.db.query('select * from erp.product order by id');
  expect(rows).toEqual([
    { id: 10, name: 'Pump II', note: 'newest' },
    { id: 11, name: 'Valve II', note: 'large' },
    { id: 13, name: 'New', note: 'new' },
  ]);
  expect(await erp.rows('line')).toMatchObject([{ product_note: 'newest' }, { product_note: 'large' }]);
  expect(await erp.sink.tablesToCopy()).toEqual([]);
  expect((await erp.verify()).map(({ differences }) => differences)).toEqual([0, 0, 0, 0, 0]);
});

test('a column the ERP drops stops the read models that need it, and no other; copied again they go on', async () => {
  await using db = await testPostgres();
  await using erp = await smallErp(db.url, { snapshot });
  const stopped = async () =>
    (await erp.db.query('select model, stopped from skiff.read_model where stopped is not null order by model')).rows;
  await erp.sink.reportTable('product', [{ column: 'note', problem: 'missing', expected: 'text' }]);
  expect(await stopped()).toEqual([{ model: 'line', stopped: expect.stringContaining('lost its column note') }]);

  await erp.apply(
    { op: 'upsert', table: 'product', row: { id: '10', name: 'Pump II' } },
    put('customer', { id: '1', name: 'Ameise II', region: 'EU', unused: null }),
  );
  expect(await erp.rows('customer')).toMatchObject([{ name: 'Ameise II' }, { name: 'Biene' }]);
  expect(await erp.rows('line')).toMatchObject([{ product_name: 'Pump', customer_name: 'Ameise' }, {}]);

  await erp.sink.reportTable('product', []);
  expect(await erp.sink.tablesToCopy()).toEqual(['product']);
  const writer = await erp.sink.beginTableCopy('product');
  await writer.copy('product', ['id', 'name', 'note'], copyLines(['10\tPump II\tback', '11\tValve\tlarge']));
  await writer.commit(at(2));
  await erp.settled();
  expect(await stopped()).toEqual([]);
  expect(await erp.rows('line')).toMatchObject([
    { product_name: 'Pump II', product_note: 'back', customer_name: 'Ameise II' },
    {},
  ]);
  expect((await erp.verify()).map(({ differences }) => differences)).toEqual([0, 0, 0, 0]);
});

test('a snapshot after a lost slot is applied as the difference, deletions included', async () => {
  await using db = await testPostgres();
  await using erp = await smallErp(db.url, { snapshot });
  const head = async () => (await erp.db.query('select batch::int from skiff.head')).rows[0].batch;
  const before = await head();
  const writer = await erp.sink.beginSnapshot({ system: 'small', timeline: '2', slot: 'none' });
  const now: Record<string, readonly string[]> = {
    ...snapshot,
    customer: ['1\tAmeise\tEU\t\\N', '3\tCicada\tEU\t\\N'],
    order_line: ['100\t1\t10\t9.000\t2026-03-01'],
  };
  for (const { name, columns } of tables) await writer.copy(name, Object.keys(columns), copyLines(now[name] ?? []));
  expect(await erp.rows('line')).toMatchObject([{ quantity: '2.500' }, { quantity: '7.000' }]);
  await writer.commit(at(50));
  expect(await erp.rows('line')).toMatchObject([{ quantity: '9.000', customer_name: 'Ameise' }]);
  expect(await erp.rows('customer')).toMatchObject([{ name: 'Ameise', lines: 1 }]);
  expect(await erp.sink.state()).toEqual({
    source: { system: 'small', timeline: '2', slot: 'none' },
    position: at(50),
  });
  const { rows } = await erp.db.query(
    'select op, key from skiff.change_log l join skiff.read_model using (hash) where batch > $1 and model = $2 order by key',
    [before, 'line'],
  );
  expect(rows).toEqual([
    { op: 'update', key: ['100', '1'] },
    { op: 'delete', key: ['101', '1'] },
  ]);
});

test('a table left out of a snapshot keeps the rows it has', async () => {
  await using db = await testPostgres();
  await using erp = await smallErp(db.url, { snapshot });
  const writer = await erp.sink.beginSnapshot({ system: 'small', timeline: '2', slot: 'none' });
  for (const { name, columns } of tables) {
    if (name === 'product') continue;
    const rows: Readonly<Record<string, readonly string[]>> = snapshot;
    await writer.copy(name, Object.keys(columns), copyLines(rows[name] ?? []));
  }
  await writer.commit(at(60));
  expect(await erp.rows('line')).toMatchObject([{ product_name: 'Pump' }, { product_name: 'Valve' }]);
});
