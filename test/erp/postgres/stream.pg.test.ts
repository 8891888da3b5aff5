/** The running stream: batches, acknowledgement, memory, and what it rides out. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { MirrorTable } from '../../../erp/connector.ts';
import { watermarkOf } from '../../../erp/postgres/lsn.ts';
import { type Erp, erpDatabase, erpServer, versions } from './erp.ts';
import { RecordingSink } from './recording-sink.ts';
import { runCapture, until } from './running-capture.ts';

const item: MirrorTable = { name: 'item', key: ['id'], columns: { id: 'integer', name: 'text' } };
const tables = [item];
const ddl = `
  create table item (id int primary key, name text);
  create table unmirrored (id int generated always as identity primary key, name text)`;

/** Up to where the ERP was told that it may forget. */
async function confirmed(erp: Erp): Promise<string> {
  const { rows } = await erp.query<{ lsn: string }>(
    'select confirmed_flush_lsn as lsn from pg_replication_slots where slot_name = $1',
    [erp.slot],
  );
  return watermarkOf(rows[0]?.lsn ?? '');
}

async function currentWal(erp: Erp): Promise<string> {
  const { rows } = await erp.query<{ lsn: string }>('select pg_current_wal_lsn() as lsn');
  return watermarkOf(rows[0]?.lsn ?? '');
}

async function cutConnections(erp: Erp): Promise<void> {
  await erp.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'skiff %'`);
}

describe.each(versions)('on PostgreSQL %i', (version) => {
  const server = erpServer(version);

  test('at low load each transaction is applied by itself, at once', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    const sink = new RecordingSink(tables);
    await using running = runCapture(erp, tables, sink);
    await running.caughtUp();

    for (let id = 1; id <= 5; id++) {
      await erp.query(`insert into item values (${id}, 'a'), (${-id}, 'b')`);
      await running.caughtUp();
    }

    expect(sink.applied.map(({ changes }) => changes.length)).toEqual([2, 2, 2, 2, 2]);
    expect(sink.applied.every(({ through }) => through !== null)).toBe(true);
  });

  test('what came during a slow apply is applied together, in whole transactions', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    const sink = new RecordingSink(tables);
    sink.batchSize = 10;
    await using running = runCapture(erp, tables, sink);
    await running.caughtUp();
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    sink.beforeApply = () => gate;

    for (let id = 0; id < 30; id += 3) await erp.query(`insert into item values (${id}), (${id + 1}), (${id + 2})`);
    await sleep(100);
    open();
    await running.caughtUp();

    const sizes = sink.applied.map(({ changes }) => changes.length);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(30);
    expect(sizes.every((size) => size <= 9 && size % 3 === 0)).toBe(true);
    expect(sizes.length).toBeLessThan(6);
    expect(sink.applied.every(({ through }) => through !== null)).toBe(true);
  });

  test('a transaction larger than a batch comes in parts, the last of which says where it ends', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    const sink = new RecordingSink(tables);
    sink.batchSize = 100;
    await using running = runCapture(erp, tables, sink);
    await running.caughtUp();
    const positions: string[] = [];
    sink.beforeApply = async () => {
      positions.push(sink.position ?? '');
    };

    await erp.query(`insert into item select g, 'x' from generate_series(1, 1050) g`);
    await running.caughtUp();

    expect(sink.applied.every(({ changes }) => changes.length <= 100)).toBe(true);
    expect(sink.applied.flatMap(({ changes }) => changes)).toHaveLength(1_050);
    expect(sink.applied.filter(({ through }) => through !== null)).toEqual([sink.applied.at(-1)]);
    // A keepalive may still move it, but never past a transaction that is not whole.
    const end = sink.applied.at(-1)?.through ?? '';
    expect(positions.filter((position) => position >= end)).toEqual([]);
  });

  test('only what is applied is acknowledged', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    const sink = new RecordingSink(tables);
    await using running = runCapture(erp, tables, sink);
    await running.caughtUp();
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    let isHeld = false;
    sink.beforeApply = () => {
      isHeld = true;
      return gate;
    };

    await erp.query(`insert into item values (1, 'a')`);
    const committed = await currentWal(erp);
    await until(() => isHeld);
    await sleep(2_500); // two rounds of status
    expect((await confirmed(erp)) < committed).toBe(true);
    expect((await confirmed(erp)) <= (sink.position ?? '')).toBe(true);

    open();
    await until(async () => (await confirmed(erp)) >= committed);
    expect((await confirmed(erp)) <= (sink.position ?? '')).toBe(true);
  });

  test('the WAL of an ERP that is busy in other tables alone is let go, and only after the replica knows', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    const sink = new RecordingSink(tables);
    await using running = runCapture(erp, tables, sink);
    await running.caughtUp();

    await erp.query(`insert into unmirrored (name) select 'x' from generate_series(1, 1000) g`);
    const committed = await currentWal(erp);
    await until(async () => (await confirmed(erp)) >= committed);

    expect(sink.applied).toEqual([]);
    expect(sink.advanced.length).toBeGreaterThan(0);
    expect((await confirmed(erp)) <= (sink.position ?? '')).toBe(true);
    await until(() => (running.status().retainedBytes ?? 0) > 0);
  });

  test('a lost connection is taken up again, with nothing lost and nothing doubled', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    const sink = new RecordingSink(tables);
    await using running = runCapture(erp, tables, sink);
    await running.caughtUp();

    for (let id = 1; id <= 40; id++) {
      await erp.query('insert into item values ($1, $2)', [id, 'a']);
      if (id % 10 === 5) await cutConnections(erp);
    }
    await running.caughtUp();

    const inserted = sink.applied
      .flatMap(({ changes }) => changes)
      .map((change) => change.op === 'upsert' && change.row.id);
    expect(inserted).toEqual(Array.from({ length: 40 }, (_, at) => String(at + 1)));
    expect(sink.snapshots).toBe(1);
    expect(running.status()).toMatchObject({ state: 'streaming', fault: null });
  });

  test('a failing replica is tried again from where it stands, and its fault is told meanwhile', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    const sink = new RecordingSink(tables);
    await using running = runCapture(erp, tables, sink);
    await running.caughtUp();
    let isAway = true;
    sink.beforeApply = async () => {
      if (isAway) throw new Error('The replica is away');
    };

    await erp.query(`insert into item values (1, 'a')`);
    await until(() => running.status().state === 'reconnecting');
    expect(running.status().fault).toBe('The replica is away');
    isAway = false;
    await running.caughtUp();

    expect(sink.rows('item')).toHaveLength(1);
    expect(running.status()).toMatchObject({ state: 'streaming', fault: null });
  });

  test('stopping lets go of the slot', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    const running = runCapture(erp, tables, new RecordingSink(tables));
    await running.caughtUp();
    await running.stop();

    await until(async () => {
      const { rows } = await erp.query('select from pg_replication_slots where slot_name = $1 and active', [erp.slot]);
      return rows.length === 0;
    });
    const { rows } = await erp.query(`select from pg_stat_activity where application_name like 'skiff %'`);
    await until(() => rows.length === 0);
  });
});

describe('under a server of little patience', () => {
  const server = erpServer(18, { wal_sender_timeout: '2s' });

  test('a replica that is long at one batch is not taken for dead, however much waits behind it', async () => {
    await using erp = await erpDatabase(server, 18, { ddl, tables });
    const sink = new RecordingSink(tables);
    sink.batchSize = 10;
    await using running = runCapture(erp, tables, sink);
    await running.caughtUp();
    let isFirst = true;
    sink.beforeApply = async () => {
      if (isFirst) await sleep(5_000);
      isFirst = false;
    };

    await erp.query(`insert into item select g, repeat('x', 500) from generate_series(1, 20000) g`);
    await running.caughtUp();

    expect(sink.rows('item')).toHaveLength(20_000);
    expect(sink.applied.flatMap(({ changes }) => changes)).toHaveLength(20_000);
    expect(running.log.some((line) => line.includes('interrupted'))).toBe(false);
  });
});
