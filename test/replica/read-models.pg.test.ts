import { expect, test } from 'vitest';
import type { Change } from '../../erp/change.ts';
import { testPostgres } from '../postgres.ts';
import { smallErp } from './small-erp.ts';

const put = (table: string, row: Record<string, string | null>): Change => ({ op: 'upsert', table, row });
const remove = (table: string, key: Record<string, string>): Change => ({ op: 'delete', table, key });

const snapshot = {
  customer: ['1\tAmeise\tEU\t\\N', '2\tBiene\tEU\t\\N'],
  product: ['10\tPump\tsmall', '11\tValve\t\\N'],
  sales_order: ['100\tA-100\t1', '101\tA-101\t2'],
  order_line: ['100\t1\t10\t2.500\t2026-03-01', '100\t2\t11\t1.000\t2026-03-02', '101\t1\t99\t7.000\t2026-03-03'],
  move: ['1\t10\tDOCK\tHALL\t5\t202601', '2\t10\tHALL\tDOCK\t2\t202602'],
};

test('a snapshot fills every read model, joins, outer joins and groups alike', async () => {
  await using db = await testPostgres();
  await using erp = await smallErp(db.url, { snapshot });
  expect(await erp.rows('line')).toMatchObject([
    { order_number: 'A-100', customer_name: 'Ameise', product_name: 'Pump', quantity: '2.500' },
    { order_number: 'A-100', customer_name: 'Ameise', product_name: 'Valve', quantity: '1.000' },
    { order_number: 'A-101', customer_name: 'Biene', product_name: null, quantity: '7.000' },
  ]);
  expect(await erp.rows('customer')).toMatchObject([
    { name: 'Ameise', lines: 2 },
    { name: 'Biene', lines: 1 },
  ]);
  expect(await erp.rows('stock')).toMatchObject([
    { product: 10, location: 'DOCK', quantity: '-3' },
    { product: 10, location: 'HALL', quantity: '3' },
  ]);
  expect((await erp.verify()).map(({ differences }) => differences)).toEqual([0, 0, 0, 0]);
});

test('a changed, re-pointed or deleted row reaches exactly the flat rows it touches', async () => {
  await using db = await testPostgres();
  await using erp = await smallErp(db.url, { snapshot });
  await erp.apply(
    put('customer', { id: '1', name: 'Ameise GmbH', region: 'EU', unused: null }),
    put('sales_order', { id: '101', number: 'A-101', customer: '1' }),
    put('product', { id: '99', name: 'Late product', note: null }),
    remove('order_line', { sales_order: '100', pos: '2' }),
    put('move', { id: '2', product: '11', source: 'HALL', target: 'YARD', quantity: '2', month: '202602' }),
  );
  expect(await erp.rows('line')).toMatchObject([
    { order_number: 'A-100', customer_name: 'Ameise GmbH', product_name: 'Pump' },
    { order_number: 'A-101', customer_name: 'Ameise GmbH', product_name: 'Late product' },
  ]);
  expect(await erp.rows('customer')).toMatchObject([{ name: 'Ameise GmbH', lines: 2 }]);
  expect((await erp.verify()).map(({ differences }) => differences)).toEqual([0, 0, 0, 0]);
});

test('the change log names key, columns and the values lists go by, and nothing when nothing differs', async () => {
  await using db = await testPostgres();
  await using erp = await smallErp(db.url, { snapshot });
  await erp.apply(
    put('customer', { id: '1', name: 'Ameise', region: 'ASIA', unused: 'x' }),
    put('order_line', { sales_order: '100', pos: '1', product: '10', quantity: '2.5', due: '2026-04-01' }),
  );
  const { rows } = await erp.db.query(`
    select m.model, l.op, l.key, l.columns, l.old, l.new from skiff.change_log l join skiff.read_model m using (hash)`);
  expect(rows).toEqual([
    {
      model: 'line',
      op: 'update',
      key: ['100', '1'],
      columns: ['quantity', 'due_date'],
      old: expect.objectContaining({ due_date: '2026-03-01' }),
      new: expect.objectContaining({ due_date: '2026-04-01' }),
    },
  ]);
});

test('a value left out by an update keeps what the mirror has, also through a change of the primary key', async () => {
  await using db = await testPostgres();
  await using erp = await smallErp(db.url, { snapshot });
  await erp.apply(
    { op: 'upsert', table: 'product', row: { id: '10', name: 'Pump II' } },
    { op: 'upsert', table: 'product', row: { id: '12', name: 'Pump III' }, oldKey: { id: '10' } },
    put('order_line', { sales_order: '100', pos: '1', product: '12', quantity: '1', due: null }),
  );
  expect(await erp.rows('line')).toMatchObject([
    { product_name: 'Pump III', product_note: 'small', due_date: null },
    { product_name: 'Valve' },
    { product_name: null },
  ]);
});

test('one row whose SELECT raises is quarantined, the others go on, and it heals when it is mended', async () => {
  await using db = await testPostgres();
  await using erp = await smallErp(db.url, { snapshot });
  await erp.sink.apply(
    [
      put('move', { id: '3', product: '10', source: 'YARD', target: 'HALL', quantity: 'many', month: '202603' }),
      put('move', { id: '4', product: '11', source: 'DOCK', target: 'HALL', quantity: '4', month: '202603' }),
    ],
    null,
  );
  const quarantined = async () => (await erp.db.query('select key, error from skiff.quarantine order by key')).rows;
  expect(await quarantined()).toMatchObject([
    { key: ['10', 'HALL', '202603'], error: expect.stringContaining('invalid input syntax') },
    { key: ['10', 'YARD', '202603'] },
  ]);
  expect(await erp.rows('stock')).toMatchObject([
    { product: 10, location: 'DOCK', quantity: '-3' },
    { product: 10, location: 'HALL', quantity: '3' },
    { product: 11, location: 'DOCK', quantity: '-4' },
    { product: 11, location: 'HALL', quantity: '4' },
  ]);
  await erp.apply(
    put('move', { id: '3', product: '10', source: 'YARD', target: 'HALL', quantity: '1', month: '202603' }),
  );
  expect(await quarantined()).toEqual([]);
  expect((await erp.verify()).map(({ differences }) => differences)).toEqual([0, 0, 0, 0]);
});

test('TRUNCATE empties the mirror and sends the read models that need the table behind the stream', async () => {
  await using db = await testPostgres();
  await using erp = await smallErp(db.url, { snapshot });
  await erp.sink.apply(
    [
      { op: 'truncate', table: 'order_line' },
      put('order_line', { sales_order: '101', pos: '5', product: '10', quantity: '3', due: null }),
    ],
    null,
  );
  await erp.settled();
  expect(await erp.rows('line')).toMatchObject([{ order_number: 'A-101', pos: 5 }]);
  expect((await erp.verify()).map(({ differences }) => differences)).toEqual([0, 0, 0, 0]);
});

test('a fan-out waits behind the stream; until it is done its read model says an older time, the others go on', async () => {
  await using db = await testPostgres();
  const lines = Array.from({ length: 3_000 }, (_, at) => `100\t${at + 1}\t10\t1.000\t2026-03-01`);
  await using erp = await smallErp(db.url, { snapshot: { ...snapshot, order_line: lines } });
  await erp.replica.sample();
  const asOf = async (model: string): Promise<Date> =>
    (await erp.db.query('select as_of from skiff.read_model where model = $1', [model])).rows[0].as_of;
  await erp.apply(put('product', { id: '10', name: 'Pump, renamed', note: 'small' }));
  const pending = async () => (await erp.db.query<{ as_of: Date }>('select as_of from skiff.pending')).rows;
  const [before] = await pending();
  if (before) {
    await erp.replica.sample();
    const line = await asOf('line');
    if ((await pending()).length > 0) expect(line).toEqual(before.as_of);
    expect((await asOf('customer')).getTime()).toBeGreaterThan(before.as_of.getTime());
  }
  await erp.settled();
  const names = new Set((await erp.rows('line')).map((row) => row.product_name));
  expect([...names]).toEqual(['Pump, renamed']);
  await erp.replica.sample();
  expect((await asOf('line')).getTime()).toBeGreaterThan(before?.as_of.getTime() ?? 0);
});
