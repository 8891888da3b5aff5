/** The first copy, when another one is needed, and how it keeps out of the ERP's way. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { MirrorTable } from '../../../erp/connector.ts';
import type { SnapshotProgress } from '../../../erp/postgres/snapshot.ts';
import { type Erp, erpDatabase, erpServer, versions } from './erp.ts';
import { RecordingSink } from './recording-sink.ts';
import { runCapture, until } from './running-capture.ts';

const account: MirrorTable = { name: 'account', key: ['id'], columns: { id: 'integer', balance: 'integer' } };
const other: MirrorTable = { name: 'other', key: ['id'], columns: { id: 'integer', balance: 'integer', note: 'text' } };
const tables = [account, other];
const ddl = `
  create table account (id int primary key, balance int);
  create table other (id int primary key, balance int, note text);
  create table unmirrored (id int generated always as identity primary key)`;

/** More than fits between the server and us unread, so that a copy can be held in the middle. */
const fill = `
  insert into account select g, 100 from generate_series(1, 1000) g;
  insert into other select g, 100, repeat('x', 2000) from generate_series(1, 10000) g`;

async function expectEqual(erp: Erp, sink: RecordingSink): Promise<void> {
  for (const table of tables) expect(sink.rows(table.name)).toEqual(await erp.rows(table));
}

function gate(): { readonly opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

const terminate = (erp: Erp) =>
  erp.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'skiff %'`);

describe.each(versions)('on PostgreSQL %i', (version) => {
  const server = erpServer(version);

  test('all tables are copied as of one moment, and what was changed meanwhile follows', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    await erp.query(fill);
    const sink = new RecordingSink(tables);
    const transfer = (id: number) =>
      erp.query(`
        begin;
        update account set balance = balance - 7 where id = ${1 + (id % 1000)};
        update other set balance = balance + 7 where id = ${1 + (id % 1000)};
        commit`);
    sink.duringCopy = async () => {
      for (let id = 0; id < 50; id++) await transfer(id);
    };
    const copied: number[] = [];
    const sum = (table: string) => sink.rows(table).reduce((total, { balance }) => total + Number(balance), 0);
    sink.beforeApply = async () => {
      if (copied.length === 0) copied.push(sum('account') + sum('other'));
    };
    await using running = runCapture(erp, tables, sink);
    await running.caughtUp();

    expect(copied).toEqual([100 * 11_000]);
    await expectEqual(erp, sink);
  });

  test('its progress is told, against what the ERP last counted', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    await erp.query(fill);
    await erp.query('analyze');
    const told: SnapshotProgress[] = [];
    await using running = runCapture(erp, tables, new RecordingSink(tables), { onProgress: (now) => told.push(now) });
    await running.caughtUp();

    expect(told.at(0)).toMatchObject({ table: 'account', estimatedRows: 11_000 });
    expect(told.map(({ rows }) => rows)).toEqual(told.map(({ rows }) => rows).toSorted((a, b) => a - b));
  });

  test('a restart goes on from what the replica holds, without a snapshot', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    const sink = new RecordingSink(tables);
    const first = runCapture(erp, tables, sink);
    await first.caughtUp();
    await first.stop();
    await erp.query(`insert into account values (1, 1)`);

    await using second = runCapture(erp, tables, sink);
    await second.caughtUp();

    expect(sink.snapshots).toBe(1);
    await expectEqual(erp, sink);
  });

  const lost: [string, (erp: Erp, sink: RecordingSink) => Promise<unknown>][] = [
    ['the slot was dropped', (erp) => erp.query('select pg_drop_replication_slot($1)', [erp.slot])],
    [
      'the slot was moved past what the replica holds',
      (erp) => erp.query('select pg_replication_slot_advance($1, pg_current_wal_lsn())', [erp.slot]),
    ],
    [
      'the ERP is another server',
      async (_erp, sink) => {
        if (sink.held) sink.held = { ...sink.held, source: { ...sink.held.source, system: '7' } };
      },
    ],
    [
      'the ERP was restored or failed over',
      async (_erp, sink) => {
        if (sink.held) sink.held = { ...sink.held, source: { ...sink.held.source, timeline: '9' } };
      },
    ],
  ];
  test.each(lost)('a new snapshot is taken when %s meanwhile', async (_why, lose) => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    await erp.query(`insert into account values (1, 1), (2, 2)`);
    const sink = new RecordingSink(tables);
    const first = runCapture(erp, tables, sink);
    await first.caughtUp();
    await first.stop();
    await erp.query(`delete from account where id = 1; insert into account values (3, 3)`);
    await until(async () => {
      const { rows } = await erp.query('select from pg_replication_slots where slot_name = $1 and active', [erp.slot]);
      return rows.length === 0;
    });
    await lose(erp, sink);

    await using second = runCapture(erp, tables, sink);
    await second.caughtUp();

    expect(sink.snapshots).toBe(2);
    await expectEqual(erp, sink);
  });

  test('a slot dropped while the stream runs is made anew, with a snapshot, by itself', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    const sink = new RecordingSink(tables);
    await using running = runCapture(erp, tables, sink);
    await running.caughtUp();

    const session = await erp.connect();
    await until(async () => {
      await terminate(erp);
      const dropped = await session.query('select pg_drop_replication_slot($1)', [erp.slot]).catch(() => null);
      return dropped !== null;
    });
    await session.end();
    await erp.query(`insert into account values (1, 1)`);
    await until(() => sink.snapshots === 2);
    await running.caughtUp();

    await expectEqual(erp, sink);
  });

  test('a publication that was dropped and made anew is followed again', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    const sink = new RecordingSink(tables);
    await using running = runCapture(erp, tables, sink);
    await running.caughtUp();

    await erp.query(`drop publication skiff; insert into account values (1, 1)`);
    await sleep(300);
    await erp.query(`create publication skiff for table account, other; insert into account values (2, 2)`);
    await until(() => sink.rows('account').length === 2);
    await running.caughtUp();

    await expectEqual(erp, sink);
  });

  test('a half-used slot of an attempt that failed is dropped', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    const sink = new RecordingSink(tables);
    let attempts = 0;
    sink.beforeCommit = async () => {
      if (attempts++ === 0) throw new Error('The replica is away');
    };
    await using running = runCapture(erp, tables, sink);
    await running.caughtUp();

    expect(attempts).toBe(2);
    const name = new URL(erp.ownerUrl).pathname.slice(1);
    const { rows } = await erp.query('select slot_name from pg_replication_slots where database = $1', [name]);
    expect(rows).toEqual([{ slot_name: erp.slot }]);
  });

  test('a replica that fails in the middle of a copy is tried again', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    await erp.query(fill);
    const sink = new RecordingSink(tables);
    let copies = 0;
    sink.duringCopy = async (table) => {
      if (table === 'other' && copies++ === 0) throw new Error('The replica is away');
    };
    await using running = runCapture(erp, tables, sink);
    await running.caughtUp();

    expect(copies).toBe(2);
    await expectEqual(erp, sink);
  });

  test('a connection lost in the middle of a copy begins it anew', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    await erp.query(fill);
    const sink = new RecordingSink(tables);
    let copies = 0;
    sink.duringCopy = async (table) => {
      if (table === 'other' && copies++ === 0) await terminate(erp);
    };
    await using running = runCapture(erp, tables, sink);
    await running.caughtUp();

    expect(copies).toBe(2);
    await expectEqual(erp, sink);
  });

  test('a slot that another Skiff uses is a fault after some patience', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    await using first = runCapture(erp, tables, new RecordingSink(tables));
    await first.caughtUp();

    await using second = runCapture(erp, tables, new RecordingSink(tables), { slotPatienceMs: 300 });

    await expect(second.ended).rejects.toMatchObject({ code: 'SLOT_IN_USE' });
  });

  test('the open transactions of the ERP that it waits for are named', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    const session = await erp.connect();
    await session.query(`set application_name = 'month end'; begin; insert into unmirrored default values`);
    const sink = new RecordingSink(tables);
    await using running = runCapture(erp, tables, sink);

    await until(() => running.log.some((line) => line.includes('month end') && line.includes('open transaction')));
    expect(sink.snapshots).toBe(0);
    await session.query('commit');
    await running.caughtUp();

    expect(sink.snapshots).toBe(1);
    await session.end();
  });

  test('stopped while it waits for an open transaction, it leaves nothing waiting in the ERP', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    const session = await erp.connect();
    await session.query('begin; insert into unmirrored default values');
    const running = runCapture(erp, tables, new RecordingSink(tables));
    const waiting = async () => {
      const { rows } = await erp.query(
        `select from pg_stat_activity where application_name = 'skiff replication' and wait_event_type = 'Lock'`,
      );
      return rows.length;
    };
    await until(async () => (await waiting()) === 1);
    await running.stop();

    await until(async () => (await waiting()) === 0);
    const { rows } = await erp.query('select from pg_replication_slots where slot_name = $1', [erp.slot]);
    expect(rows).toEqual([]);
    await session.query('rollback');
    await session.end();
  });

  test('it gives way to who waits for a lock on a table being copied, and begins again', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    await erp.query(fill);
    const sink = new RecordingSink(tables);
    const held = gate();
    let copies = 0;
    sink.duringCopy = async (table) => {
      if (table === 'other' && copies++ === 0) await held.opened;
    };
    await using running = runCapture(erp, tables, sink);
    await until(() => copies === 1);

    await erp.query(`set lock_timeout = '5s'; alter table account add column added int default 5`);
    held.open();
    await running.caughtUp();

    expect(copies).toBe(2);
    expect(running.log.some((line) => line.includes('gave way'))).toBe(true);
    await expectEqual(erp, sink);
  });

  test('a table that was rewritten after the snapshot is not taken for an empty one', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    await erp.query(fill);
    const sink = new RecordingSink(tables);
    let begun = 0;
    sink.beforeCopy = async () => {
      if (begun++ === 0) await erp.query('alter table account add column exact numeric default random()');
    };
    await using running = runCapture(erp, tables, sink);
    await running.caughtUp();

    expect(begun).toBe(2);
    expect(sink.rows('account')).toHaveLength(1_000);
    await expectEqual(erp, sink);
  });

  test('after a crash of the ERP nothing of what it sends again is doubled', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    const sink = new RecordingSink(tables);
    await using running = runCapture(erp, tables, sink);
    await running.caughtUp();
    await erp.query('checkpoint');
    for (let id = 1; id <= 20; id++) await erp.query('insert into account values ($1, 0)', [id]);
    await running.caughtUp();

    const before = server.pid;
    process.kill(before, 'SIGKILL');
    await until(() => server.pid !== before);
    await until(async () => (await erp.query('insert into account values (21, 0)').catch(() => null)) !== null);
    await running.caughtUp();

    const ids = sink.applied.flatMap(({ changes }) => changes).map((change) => change.op === 'upsert' && change.row.id);
    expect(ids).toEqual(Array.from({ length: 21 }, (_, at) => String(at + 1)));
    expect(sink.snapshots).toBe(1);
  });
});

describe('with a brake on what a slot may keep', () => {
  const server = erpServer(18, { max_slot_wal_keep_size: '1MB', max_wal_size: '32MB', min_wal_size: '32MB' });

  test('a slot that the ERP gave up is made anew, with a snapshot, by itself', async () => {
    await using erp = await erpDatabase(server, 18, { ddl, tables });
    const sink = new RecordingSink(tables);
    await using running = runCapture(erp, tables, sink);
    await running.caughtUp();
    const held = gate();
    sink.beforeApply = () => held.opened;

    await erp.query('insert into account values (1, 1)');
    for (let segment = 0; segment < 4; segment++) {
      await erp.query('insert into unmirrored default values; select pg_switch_wal()');
    }
    await erp.query('checkpoint');
    await until(async () => {
      const { rows } = await erp.query(
        `select from pg_replication_slots where slot_name = $1 and wal_status = 'lost'`,
        [erp.slot],
      );
      return rows.length === 1;
    });
    held.open();
    await until(() => sink.snapshots === 2);
    await running.caughtUp();

    await expectEqual(erp, sink);
  });
});
