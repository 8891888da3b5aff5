/** What calls to an ERP's API bring, in whatever order they are answered: nothing older overwrites, nothing deleted comes back. */
import { expect, test } from 'vitest';
import type { SourceIdentity, TableRead } from '../../../erp/connector.ts';
import { watermarkOf } from '../../../erp/postgres/lsn.ts';
import type { ReadRow } from '../../../erp/transport.ts';
import { testPostgres } from '../../postgres.ts';
import { type SmallErp, smallErp } from '../small-erp.ts';

const api: SourceIdentity = { system: 'http://erp.test', timeline: 'api', slot: 'poll' };

/** A replica that is captured by polling from now on. */
async function polled(url: string): Promise<SmallErp> {
  const erp = await smallErp(url, { isPolled: true });
  await erp.sink.beginPolling(api);
  return erp;
}

const customer = (id: number, version: number, name = `version ${version}`): ReadRow => ({
  row: { id: String(id), name, region: 'EU', unused: null },
  version: BigInt(version),
  updatedAtMs: 0,
});

const read = (begunAt: string, rows: readonly ReadRow[], more: Partial<TableRead> = {}): TableRead => ({
  table: 'customer',
  begunAt,
  rows,
  gone: [],
  ...more,
});

const names = async ({ db }: SmallErp): Promise<string[]> =>
  (await db.query<{ name: string }>('select name from erp.customer order by id')).rows.map(({ name }) => name);

test('a row of an older version overwrites nothing, one of the same or a newer version does', async () => {
  await using database = await testPostgres();
  await using erp = await polled(database.url);
  const begunAt = await erp.sink.now();
  await erp.sink.applyRead(read(begunAt, [customer(1, 5)]));

  const older = await erp.sink.applyRead(read(await erp.sink.now(), [customer(1, 4)]));
  expect(await names(erp)).toEqual(['version 5']);
  expect(older).toMatchObject({ news: [], unsure: [] });

  const same = await erp.sink.applyRead(read(begunAt, [customer(1, 5, 'version 5, corrected')]));
  expect(await names(erp)).toEqual(['version 5, corrected']);
  expect(same.news).toEqual([]);

  const newer = await erp.sink.applyRead(read(begunAt, [customer(1, 7), customer(1, 6)]));
  expect(await names(erp)).toEqual(['version 7']);
  expect(newer.news).toEqual([customer(1, 7)]);
});

test('a read begun before a deletion was known does not bring the row back; one begun after it does', async () => {
  await using database = await testPostgres();
  await using erp = await polled(database.url);
  await erp.sink.applyRead(read(await erp.sink.now(), [customer(1, 1)]));
  const slow = await erp.sink.now();
  await erp.sink.applyRead(read(await erp.sink.now(), [], { gone: [['1']] }));
  expect(await names(erp)).toEqual([]);

  const late = await erp.sink.applyRead(read(slow, [customer(1, 9)]));
  expect(late.unsure).toEqual([['1']]);
  expect(await names(erp)).toEqual([]);

  await erp.sink.applyRead(read(await erp.sink.now(), [customer(1, 10)]));
  expect(await names(erp)).toEqual(['version 10']);
});

test('a deletion that is answered after a read which began later saw the row does not delete it', async () => {
  await using database = await testPostgres();
  await using erp = await polled(database.url);
  const begunAt = await erp.sink.now();
  await erp.sink.applyRead(read(await erp.sink.now(), [customer(1, 3)]));

  const { unsure } = await erp.sink.applyRead(read(begunAt, [], { gone: [['1'], ['2']] }));

  expect(unsure).toEqual([['1']]);
  expect(await names(erp)).toEqual(['version 3']);
});

test('where a walk stands is kept with the rows it brought, each part by itself, and times never go back', async () => {
  await using database = await testPostgres();
  await using erp = await polled(database.url);
  const asOf = await erp.sink.now();
  await erp.sink.applyRead(read(asOf, [customer(1, 1)], { progress: { walk: 'page 2' } }));
  await erp.sink.listed('customer', [['1']], { sweep: 'after 1' });
  await erp.sink.applyRead(read(asOf, [], { progress: { walk: null, polledToMs: 2_000, asOf } }));
  await erp.sink.applyRead(read(asOf, [], { progress: { polledToMs: 1_000, asOf: '2020-01-01 00:00:00+00' } }));

  const progress = await erp.sink.beginPolling(api);
  expect(progress.get('customer')).toEqual({
    polledToMs: 2_000,
    walk: null,
    sweep: 'after 1',
    asOf,
    deletionsAsOf: null,
    isCopied: true,
    beganEmpty: false,
  });

  const other = await erp.sink.beginPolling({ ...api, system: 'http://other.test' });
  expect(other.get('customer')).toMatchObject({ polledToMs: null, sweep: null, asOf: null });
});

test('a read model is as fresh as the oldest poll of its tables, and knows deletions as of the oldest sweep', async () => {
  await using database = await testPostgres();
  await using erp = await polled(database.url);
  const times = async () => {
    const { rows } = await erp.db.query<{ as_of: string; deletions_as_of: string }>(
      `select as_of::text, deletions_as_of::text from skiff.read_model where model = 'customer'`,
    );
    return rows[0];
  };
  await erp.db.query(`set time zone 'UTC'`);
  const asOf = (table: string, second: number, sweptSecond: number | null) =>
    erp.sink.applyRead({
      table,
      begunAt: '2026-01-01 00:00:00+00',
      rows: [],
      gone: [],
      progress: {
        asOf: `2026-01-01 00:00:0${second}+00`,
        ...(sweptSecond !== null && { deletionsAsOf: `2026-01-01 00:00:0${sweptSecond}+00` }),
      },
    });

  await asOf('customer', 5, 1);
  await asOf('sales_order', 3, 2);
  expect(await times()).toEqual({ as_of: null, deletions_as_of: null });

  await asOf('order_line', 7, null);
  expect(await times()).toEqual({ as_of: '2026-01-01 00:00:03+00', deletions_as_of: null });

  await asOf('order_line', 7, 7);
  expect(await times()).toEqual({ as_of: '2026-01-01 00:00:03+00', deletions_as_of: '2026-01-01 00:00:01+00' });
});

test('a key sweep finds what the mirror lacks and what it has too much, but nothing that was read since', async () => {
  await using database = await testPostgres();
  await using erp = await polled(database.url);
  await erp.sink.applyRead(read(await erp.sink.now(), [customer(1, 1), customer(2, 1), customer(3, 1)]));
  const begunAt = await erp.sink.now();
  await erp.sink.listed('customer', [['1'], ['9']], { sweep: 'x' });
  await erp.sink.applyRead(read(await erp.sink.now(), [customer(3, 2), customer(4, 1)]));

  expect([...(await erp.sink.sweepDifference('customer', begunAt, null))].sort()).toEqual([['2'], ['9']]);
  expect([...(await erp.sink.sweepDifference('customer', begunAt, begunAt))].sort()).toEqual([['1'], ['2'], ['9']]);

  await erp.sink.applyRead(read(await erp.sink.now(), [customer(9, 1)], { gone: [['2']] }));
  expect(await erp.sink.sweepDifference('customer', begunAt, null)).toEqual([]);
  expect(await names(erp)).toEqual(['version 1', 'version 2', 'version 1', 'version 1']);
  await erp.sink.endSweep('customer', { sweep: null, deletionsAsOf: begunAt });
  const { rows } = await erp.db.query('select from skiff.listed_key');
  expect(rows).toEqual([]);
});

test('a stream that takes a polled table over forgets versions and tombstones', async () => {
  await using database = await testPostgres();
  await using erp = await polled(database.url);
  await erp.sink.applyRead(read(await erp.sink.now(), [customer(1, 5)], { gone: [['2']] }));
  const writer = await erp.sink.beginSnapshot({ system: 'small', timeline: '1', slot: 'none' });
  await writer.commit(watermarkOf('0/2'));
  expect(await erp.db.query('select from skiff.row_version')).toMatchObject({ rows: [] });
});
