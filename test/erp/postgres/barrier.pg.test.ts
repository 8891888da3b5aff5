/** A barrier: everything the ERP had committed when it was asked is applied when it resolves. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { MirrorTable } from '../../../erp/connector.ts';
import { erpDatabase, erpServer, versions } from './erp.ts';
import { RecordingSink } from './recording-sink.ts';
import { runCapture, until } from './running-capture.ts';

const item: MirrorTable = { name: 'item', key: ['id'], columns: { id: 'integer', name: 'text' } };
const tables = [item];
const ddl = `
  create table item (id int primary key, name text);
  create table unmirrored (id int generated always as identity primary key, name text)`;

describe.each(versions)('on PostgreSQL %i', (version) => {
  const server = erpServer(version);

  test('in 300 rounds under writes, no commit acknowledged before the question is missing after the answer', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    const sink = new RecordingSink(tables);
    await using running = runCapture(erp, tables, sink);
    await running.caughtUp();
    const writing = new AbortController();
    const writers = ['unmirrored', 'item'].map(async (table, writer) => {
      for (let id = 1; !writing.signal.aborted; id++) {
        if (table === 'item') await erp.query('insert into item values ($1, $2)', [-id, 'noise']);
        else await erp.query('insert into unmirrored (name) select md5(g::text) from generate_series(1, 20) g');
        await sleep(writer);
      }
    });

    const missing: number[] = [];
    for (let round = 1; round <= 300; round++) {
      await erp.query('insert into item values ($1, $2)', [round, 'round']);
      await running.caughtUp();
      if (!sink.rows('item').some(({ id }) => id === String(round))) missing.push(round);
    }
    writing.abort();
    await Promise.all(writers);

    expect(missing).toEqual([]);
  });

  test('questions asked together share a query, and each sees what was committed before it', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    const sink = new RecordingSink(tables);
    await using running = runCapture(erp, tables, sink);
    await running.caughtUp();
    await erp.query(`insert into item values (1, 'a')`);

    const first = Array.from({ length: 50 }, () => running.caughtUp());
    await erp.query(`insert into item values (2, 'b')`);
    const later = running.caughtUp();
    const positions = new Set((await Promise.all(first)).map(({ position }) => position));
    await later;

    expect(positions.size).toBeLessThanOrEqual(2);
    expect(sink.rows('item').map(({ id }) => id)).toEqual(['1', '2']);
  });

  test('it waits for what is being applied, and for a transaction whose commit is not yet received', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    const sink = new RecordingSink(tables);
    sink.batchSize = 10;
    await using running = runCapture(erp, tables, sink);
    await running.caughtUp();
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    sink.beforeApply = () => gate;

    await erp.query(`insert into item select g, 'x' from generate_series(1, 500) g`);
    let isAnswered = false;
    const barrier = running.caughtUp().then(() => {
      isAnswered = true;
    });
    await sleep(200);
    expect(isAnswered).toBe(false);
    open();
    await barrier;

    expect(sink.rows('item')).toHaveLength(500);
  });

  test('it is answered while a transaction is open whose record is flushed by half', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    const sink = new RecordingSink(tables);
    await using running = runCapture(erp, tables, sink);
    await running.caughtUp();
    const other = await erp.connect();
    await other.query('begin');
    await other.query(`insert into unmirrored (name) select repeat('x', 300) from generate_series(1, 200) g`);
    await sleep(600); // the WAL writer has flushed the whole pages of it

    const { position } = await running.caughtUp();

    expect(position).toMatch(/^[0-9A-F]{16}$/);
    await other.query('rollback');
    await other.end();
  });

  test('a question asked before the first snapshot is answered after it', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    await erp.query(`insert into item values (1, 'a')`);
    const sink = new RecordingSink(tables);
    await using running = runCapture(erp, tables, sink);

    await running.caughtUp();

    expect(sink.rows('item')).toHaveLength(1);
  });

  test('a question outlives the loss of all connections, and leaves when its asker does', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    const sink = new RecordingSink(tables);
    await using running = runCapture(erp, tables, sink);
    await running.caughtUp();
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    sink.beforeApply = () => gate;
    await erp.query(`insert into item values (1, 'a')`);
    const staying = running.caughtUp();
    const leaving = running.capture.barrier(AbortSignal.timeout(50));

    await expect(leaving).rejects.toThrow(/timeout/);
    await erp.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'skiff %'`);
    open();
    await staying;

    expect(sink.rows('item')).toHaveLength(1);
  });

  test('with commits acknowledged before they are flushed the answer says how old it may be', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    const name = new URL(erp.ownerUrl).pathname.slice(1);
    const sink = new RecordingSink(tables);
    await using running = runCapture(erp, tables, sink);
    expect((await running.caughtUp()).allowanceMs).toBe(0);

    await erp.query(`alter database ${name} set synchronous_commit = off`);

    await until(async () => (await running.caughtUp()).allowanceMs === 1_000);
  });

  test('after the capture has stopped a question is refused', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    const running = runCapture(erp, tables, new RecordingSink(tables));
    const forEver = new AbortController().signal;
    const waiting = running.capture.barrier(forEver);
    const refused = expect(waiting).rejects.toThrow(/stopped/);
    await running.stop();

    await refused;
    await expect(running.capture.barrier(forEver)).rejects.toThrow(/stopped/);
    expect(running.status().state).toBe('stopped');
  });
});
