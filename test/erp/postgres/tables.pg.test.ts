/** The ERP's DDL while the stream runs, and tables copied beside it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { MirrorTable, TableFault } from '../../../erp/connector.ts';
import { type Erp, erpDatabase, erpServer, versions } from './erp.ts';
import { RecordingSink } from './recording-sink.ts';
import { type RunningCapture, runCapture, until } from './running-capture.ts';

const item: MirrorTable = {
  name: 'item',
  key: ['id'],
  columns: { id: 'bigint', code: 'varchar(20)', quantity: 'numeric', state: 'text' },
};
const other: MirrorTable = { name: 'other', key: ['id'], columns: { id: 'integer', name: 'text' } };
const tables = [item, other];
const ddl = `
  create type item_state as enum ('draft', 'done');
  create table item (id int primary key, code varchar(10), quantity numeric(12, 3), state item_state, ignored text);
  create table other (id int primary key, name text);
  create table unmirrored (id int generated always as identity primary key)`;

const often = { lookEveryMs: 200 };

async function begin(version: number, server: ReturnType<typeof erpServer>) {
  const erp = await erpDatabase(server, version, { ddl, tables });
  await erp.query(`insert into item select g, 'c' || g, g / 8.0, 'draft' from generate_series(1, 100) g`);
  const sink = new RecordingSink(tables);
  const running = runCapture(erp, tables, sink, often);
  await running.caughtUp();
  await looked(erp, sink, running);
  return {
    erp,
    sink,
    running,
    async [Symbol.asyncDispose]() {
      await running.stop();
      await erp[Symbol.asyncDispose]();
    },
  };
}

/** The stream has described the tables, and the first look at the catalog is over. */
async function looked(erp: Erp, sink: RecordingSink, running: RunningCapture): Promise<void> {
  await erp.query(`update item set quantity = 1 where id = 1`);
  await running.caughtUp();
  await until(() => tables.every(({ name }) => sink.reports.some(({ table }) => table === name)));
}

const faultText = ({ column, problem, found }: TableFault) => `${column} ${problem}${found ? ` ${found}` : ''}`;
const faultsOf = (sink: RecordingSink, table = 'item') => sink.faultsOf(table).map(faultText);

async function expectEqual(erp: Erp, sink: RecordingSink, table = item): Promise<void> {
  expect(sink.rows(table.name)).toEqual(await erp.rows(table));
}

describe.each(versions)('on PostgreSQL %i', (version) => {
  const server = erpServer(version);

  test('columns of types that the declared ones hold are no fault', async () => {
    await using began = await begin(version, server);
    const { erp, sink } = began;

    expect(faultsOf(sink)).toEqual([]);
    await expectEqual(erp, sink);
  });

  test('a column added in the ERP is ignored', async () => {
    await using began = await begin(version, server);
    const { erp, sink, running } = began;

    await erp.query(`alter table item add column added int default 7; update item set quantity = 2 where id = 2`);
    await running.caughtUp();

    expect(faultsOf(sink)).toEqual([]);
    expect(sink.rows('item').every((row) => !('added' in row))).toBe(true);
    await expectEqual(erp, sink);
  });

  const changed: [string, string, string[]][] = [
    ['dropped', 'alter table item drop column quantity', ['quantity missing']],
    ['renamed', 'alter table item rename column quantity to amount', ['quantity missing']],
    ['given a type that does not fit', 'alter table item alter column quantity type text', ['quantity type text']],
    [
      'given a length that does not fit',
      'alter table item alter column code type varchar(40)',
      ['code type character varying(40)'],
    ],
  ];
  test.each(changed)(
    'a column that is %s is reported before the next change, and the rest goes on',
    async (_how, sql, expected) => {
      await using began = await begin(version, server);
      const { erp, sink, running } = began;
      const order: string[] = [];
      sink.beforeApply = async () => {
        order.push(faultsOf(sink).join());
      };

      await erp.query(sql);
      await erp.query(`update item set state = 'done' where id = 3`);
      await erp.query(`insert into other values (1, 'goes on')`);
      await running.caughtUp();

      expect(faultsOf(sink)).toEqual(expected);
      expect(order[0]).toBe(expected.join());
      const [change] = sink.applied.slice(-2).flatMap(({ changes }) => changes);
      expect(change?.op === 'upsert' && Object.keys(change.row)).not.toContain(expected[0]?.split(' ')[0]);
      expect(sink.rows('item')[2]).toMatchObject({ id: '3', state: 'done' });
      expect(sink.rows('other')).toHaveLength(1);
    },
  );

  test('a column that comes back is reported as fitting, and its table copied beside the stream', async () => {
    await using began = await begin(version, server);
    const { erp, sink, running } = began;
    await erp.query('alter table item rename column quantity to amount');
    await erp.query('update item set amount = 5 where id = 5');
    await running.caughtUp();
    expect(faultsOf(sink)).toEqual(['quantity missing']);

    await erp.query('alter table item rename column amount to quantity');
    await erp.query('update item set quantity = 6 where id = 6');
    await until(() => sink.copies.length === 1);
    await running.caughtUp();

    expect(faultsOf(sink)).toEqual([]);
    expect(sink.copies).toEqual([{ table: 'item', columns: Object.keys(item.columns) }]);
    await expectEqual(erp, sink);
  });

  test('a fault that no change tells of is found in the catalog, and so is its mending', async () => {
    await using began = await begin(version, server);
    const { erp, sink } = began;

    await erp.query('alter table other rename column name to label');
    await until(() => faultsOf(sink, 'other').length > 0);
    expect(faultsOf(sink, 'other')).toEqual(['name missing']);

    await erp.query('alter table other rename column label to name');
    await until(() => faultsOf(sink, 'other').length === 0);
  });

  test('a table that loses its key lets no change through until it has it again, and is then copied', async () => {
    await using began = await begin(version, server);
    const { erp, sink, running } = began;

    await erp.query('alter table item drop constraint item_pkey; alter table item replica identity nothing');
    await erp.query(`insert into item (id, code) values (201, 'unseen')`);
    await running.caughtUp();
    expect(faultsOf(sink)).toEqual(['id missing replica identity nothing']);
    expect(sink.rows('item').some(({ id }) => id === '201')).toBe(false);

    await erp.query('alter table item add primary key (id); alter table item replica identity default');
    await erp.query(`insert into item (id, code) values (202, 'seen')`);
    await until(() => sink.copies.length === 1);
    await running.caughtUp();

    await expectEqual(erp, sink);
  });

  test('a table dropped and made anew is copied again', async () => {
    await using began = await begin(version, server);
    const { erp, sink, running } = began;

    await erp.query(`
      create table item_new (like item including all);
      insert into item_new select * from item where id <= 10;
      drop table item;
      alter table item_new rename to item;
      grant select on item to skiff_capture;
      alter publication skiff add table item`);
    await erp.query('update item set quantity = 9 where id = 9');
    await until(() => sink.copies.length > 0);
    await running.caughtUp();

    expect(faultsOf(sink)).toEqual([]);
    expect(sink.rows('item')).toHaveLength(10);
    await expectEqual(erp, sink);
  });

  test('a table taken out of the publication is a fault, and copied when it is back', async () => {
    await using began = await begin(version, server);
    const { erp, sink, running } = began;

    await erp.query('alter publication skiff drop table other');
    await erp.query(`insert into other values (1, 'not streamed')`);
    await until(() => faultsOf(sink, 'other').length > 0);
    expect(faultsOf(sink, 'other')).toContain('name missing not in the publication');

    await erp.query('alter publication skiff add table other');
    await until(() => sink.copies.length > 0);
    await running.caughtUp();

    await expectEqual(erp, sink, other);
  });

  test('a table asked for is copied beside the stream, and what was changed meanwhile stands', async () => {
    await using began = await begin(version, server);
    const { erp, sink, running } = began;
    await erp.query(`insert into other select g, 'before' from generate_series(1, 50) g`);
    await running.caughtUp();
    let copies = 0;
    sink.beforeCopy = async () => {
      copies++;
      await erp.query(`update other set name = 'after the copy began' where id <= 10`);
    };
    sink.duringCopy = async () => {
      await erp.query(`update other set name = 'after the snapshot' where id between 5 and 15`);
      await erp.query(`delete from other where id = 20`);
      await erp.query(`insert into other values (60, 'new')`);
      await erp.query(`update other set id = 70 where id = 30`);
    };

    sink.wanted.add('other');
    await until(() => sink.copies.length === 1);
    await running.caughtUp();

    expect(copies).toBe(1);
    await expectEqual(erp, sink, other);
    const slots = await erp.query(`select from pg_replication_slots where temporary and active`);
    expect(slots.rows).toEqual([]);
  });

  test('a copy beside the stream counts only when the stream has come to where it was taken', async () => {
    await using began = await begin(version, server);
    const { erp, sink, running } = began;
    await erp.query(`insert into other select g, 'before' from generate_series(1, 50) g`);
    await running.caughtUp();
    const { promise: held, resolve: open } = Promise.withResolvers<void>();
    sink.beforeApply = () => held;
    await erp.query(`update other set name = 'applied late' where id <= 25`);
    let isCopying = false;
    sink.duringCopy = async () => {
      isCopying = true;
    };

    sink.wanted.add('other');
    await until(() => isCopying);
    await sleep(300);
    expect(sink.copies).toEqual([]);
    open();
    await until(() => sink.copies.length === 1);

    await expectEqual(erp, sink, other);
  });

  test('a copy beside the stream waits for open transactions, gives way, and lets the stream go on', async () => {
    await using began = await begin(version, server);
    const { erp, sink, running } = began;
    await erp.query(`insert into other select g, repeat('x', 2000) from generate_series(1, 10000) g`);
    await running.caughtUp();
    const session = await erp.connect();
    await session.query('begin; insert into unmirrored default values');
    let copies = 0;
    const { promise: held, resolve: open } = Promise.withResolvers<void>();
    sink.duringCopy = async () => {
      if (copies++ === 0) await held;
    };
    sink.wanted.add('other');
    await until(() => running.log.some((line) => line.includes('Copying a table')));
    await sleep(100);
    expect(copies).toBe(0);
    await erp.query(`insert into item (id) values (300)`);
    await running.caughtUp();
    expect(sink.rows('item').some(({ id }) => id === '300')).toBe(true);

    await session.query('commit');
    await until(() => copies === 1);
    await erp.query(`set lock_timeout = '5s'; alter table other add column added int`);
    open();
    await until(() => sink.copies.length === 1);
    await running.caughtUp();

    expect(copies).toBe(2);
    await expectEqual(erp, sink, other);
    await session.end();
  });

  test('a column missing at the start is reported, and its table captured without it', async () => {
    const wide: MirrorTable = { ...other, columns: { ...other.columns, wanted: 'text' } };
    await using erp = await erpDatabase(server, version, { ddl, tables: [wide] });
    await erp.query(`insert into other values (1, 'a')`);
    const sink = new RecordingSink([wide]);
    await using running = runCapture(erp, [wide], sink, often);
    await running.caughtUp();

    expect(faultsOf(sink, 'other')).toEqual(['wanted missing']);
    expect(sink.rows('other')).toEqual([{ id: '1', name: 'a' }]);
    await erp.query(`alter table other add column wanted text default 'old rows too'`);
    await until(() => sink.copies.length === 1);
    expect(sink.rows('other')).toEqual([{ id: '1', name: 'a', wanted: 'old rows too' }]);
  });

  test('a table of the same name in another schema is another table', async () => {
    const elsewhere = `${ddl}; create schema archive; create table archive.other (id int primary key, name text)`;
    await using erp = await erpDatabase(server, version, { ddl: elsewhere, tables });
    await erp.query(`alter publication skiff add table archive.other; insert into archive.other values (1, 'old')`);
    const sink = new RecordingSink(tables);
    await using running = runCapture(erp, tables, sink);
    await running.caughtUp();

    await erp.query(`insert into archive.other values (2, 'old'); insert into other values (3, 'new')`);
    await running.caughtUp();

    expect(sink.rows('other')).toEqual([{ id: '3', name: 'new' }]);
  });

  test('tables that inherit from a mirrored one do not count as it', async () => {
    const inheriting = `${ddl}; create table special (more text) inherits (other)`;
    await using erp = await erpDatabase(server, version, { ddl: inheriting, tables });
    await erp.query(`insert into other values (1, 'a'); insert into special values (2, 'b', 'c')`);
    const sink = new RecordingSink(tables);
    await using running = runCapture(erp, tables, sink);
    await running.caughtUp();

    expect(sink.rows('other')).toEqual([{ id: '1', name: 'a' }]);
  });
});

describe('on PostgreSQL 18 alone', () => {
  const server = erpServer(18);
  const partitioned = `
    create table item (id int primary key, code varchar(10), quantity numeric, state text) partition by range (id);
    create table item_low partition of item for values from (0) to (100);
    create table item_high partition of item for values from (100) to (1000);
    create table other (id int primary key, name text)`;

  test('a partitioned table is captured as one', async () => {
    await using erp = await erpDatabase(server, 18, { ddl: partitioned, tables });
    await erp.query(`insert into item (id) values (1), (101)`);
    const sink = new RecordingSink(tables);
    await using running = runCapture(erp, tables, sink);
    await running.caughtUp();

    await erp.query('insert into item (id) values (2), (102); update item set id = 103 where id = 1');
    await running.caughtUp();

    expect(sink.rows('item').map(({ id }) => id)).toEqual(['2', '101', '102', '103']);
  });

  test('a generated column is missing, unless the publication sends it', async () => {
    const generated = `
      create table item (id int primary key, code varchar(10), quantity numeric, state text generated always as (code || '!') stored);
      create table other (id int primary key, name text)`;
    await using erp = await erpDatabase(server, 18, { ddl: generated, tables });
    const sink = new RecordingSink(tables);
    await using running = runCapture(erp, tables, sink);
    await running.caughtUp();
    expect(faultsOf(sink)).toEqual(['state missing']);

    await erp.query(`alter publication skiff set (publish_generated_columns = stored)`);
    await erp.query(`insert into item (id, code) values (1, 'a')`);
    await running.caughtUp();
    await until(() => sink.copies.length > 0);

    expect(sink.rows('item')).toEqual([{ id: '1', code: 'a', quantity: null, state: 'a!' }]);
  });
});
