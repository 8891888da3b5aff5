/** The watchdog keeps our slot from filling the ERP's disk, and tells whose fault it is. */
import { describe, expect, test } from 'vitest';
import type { MirrorTable } from '../../../erp/connector.ts';
import { type SlotWatch, watchSlot } from '../../../erp/postgres/watchdog.ts';
import { createLog } from '../../../runtime/log.ts';
import { type Program, runProgram } from '../../child-process.ts';
import { testPostgres } from '../../postgres.ts';
import type { CapturePlan } from './capture-process.ts';
import { sinkDdl } from './database-sink.ts';
import { type Erp, erpDatabase, erpServer, PUBLICATION, versions } from './erp.ts';
import { RecordingSink } from './recording-sink.ts';
import { runCapture, until } from './running-capture.ts';

const MB = 2 ** 20;
const limits = { limitBytes: 16 * MB, hardLimitBytes: 64 * MB };

const account: MirrorTable = { name: 'account', key: ['id'], columns: { id: 'integer', balance: 'integer' } };
const ddl = `
  create table account (id int primary key, balance int);
  create table unmirrored (id int generated always as identity primary key, body text)`;
const writeMegabyte = `insert into unmirrored (body) select repeat(md5(random()::text), 32) from generate_series(1, 900)`;

interface RunningWatchdog extends AsyncDisposable {
  readonly log: readonly string[];
  /** All it saw. */
  readonly looks: readonly SlotWatch[];
}

function watch(erp: Erp): RunningWatchdog {
  const log: string[] = [];
  const looks: SlotWatch[] = [];
  const stopping = new AbortController();
  const watching = watchSlot(
    {
      connectionString: erp.url,
      slot: erp.slot,
      limits,
      log: createLog({ level: 'info' }, { write: (line: string) => log.push(line) }),
      onLook: (seen) => looks.push(seen),
    },
    stopping.signal,
  );
  return {
    log,
    looks,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await watching;
    },
  };
}

/** Writes no faster than the watchdog looks, so that what it lets pass does not depend on the machine. */
async function writeUntil(erp: Erp, { looks }: RunningWatchdog, isEnough: () => boolean): Promise<void> {
  while (!isEnough()) {
    const seen = looks.length;
    await erp.query(writeMegabyte);
    await until(() => looks.length > seen || isEnough());
  }
}

/** All that the ERP has written is read, and said to be. */
async function acknowledged(erp: Erp): Promise<void> {
  const { rows } = await erp.query<{ lsn: string }>('select pg_current_wal_lsn() as lsn');
  await until(async () => {
    const read = await erp.query(
      'select from pg_replication_slots where slot_name = $1 and confirmed_flush_lsn >= $2',
      [erp.slot, rows[0]?.lsn],
    );
    return read.rows.length > 0;
  });
}

const hasSlot = async (erp: Erp) =>
  (await erp.query('select from pg_replication_slots where slot_name = $1', [erp.slot])).rows.length > 0;

async function reaches(program: Program, state: string): Promise<void> {
  for (let line = await program.nextLine(); line !== state; line = await program.nextLine()) {
    if (line === undefined) throw new Error(`The capture ended: ${program.complaints()}`);
  }
}

describe.each(versions)('on PostgreSQL %i', (version) => {
  const server = erpServer(version);

  test('a slot whose reader hangs is dropped at the limit, and made anew when the reader is back', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables: [account] });
    await using replica = await testPostgres();
    await replica.query(sinkDdl);
    const plan: CapturePlan = {
      erpUrl: erp.url,
      replicaUrl: replica.url,
      publication: PUBLICATION,
      slot: erp.slot,
      batchSize: 100,
      tables: [{ name: account.name, key: [...account.key], columns: { ...account.columns } }],
    };
    await using capture = runProgram(new URL('./capture-process.ts', import.meta.url), {
      args: [JSON.stringify(plan)],
    });
    await reaches(capture, 'streaming');
    await using watchdog = watch(erp);

    capture.process.kill('SIGSTOP');
    await writeUntil(erp, watchdog, () => (watchdog.looks.at(-1)?.drops ?? 0) > 0);
    expect(await hasSlot(erp)).toBe(false);
    expect(watchdog.log.some((line) => line.includes('SLOT_LOST'))).toBe(true);

    await erp.query('insert into account values (1, 1)');
    capture.process.kill('SIGCONT');
    await until(async () => (await replica.query('select from mirror')).rows.length === 1);
    expect(await hasSlot(erp)).toBe(true);
    expect(watchdog.looks.at(-1)?.drops).toBe(1);
  });

  test('a slot held back by a transaction the ERP left open is kept, with an alarm that names it', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables: [account] });
    const sink = new RecordingSink([account]);
    await using running = runCapture(erp, [account], sink);
    await running.caughtUp();
    const session = await erp.connect();
    await session.query(`set application_name = 'month end'; begin; insert into unmirrored default values`);
    const { rows } = await session.query<{ pid: number }>('select pg_backend_pid() as pid');
    await using watchdog = watch(erp);

    while (!watchdog.looks.at(-1)?.heldBy) {
      for (let megabyte = 0; megabyte < 4; megabyte++) await erp.query(writeMegabyte);
      await acknowledged(erp);
    }
    expect(watchdog.looks.at(-1)).toMatchObject({
      drops: 0,
      heldBy: { pid: rows[0]?.pid, application: 'month end', ageSeconds: expect.any(Number) },
    });
    expect(watchdog.log.filter((line) => line.includes('SLOT_HELD_BACK'))).toEqual([
      expect.stringContaining(`process ${rows[0]?.pid} (month end)`),
    ]);

    await session.query('commit');
    await session.end();
    await until(async () => {
      await erp.query('checkpoint');
      await erp.query('insert into account values ((select count(*) from account), 0)');
      return (watchdog.looks.at(-1)?.retainedBytes ?? limits.limitBytes) < limits.limitBytes;
    });
    expect(watchdog.looks.at(-1)).toMatchObject({ drops: 0, heldBy: null });
    expect(sink.snapshots).toBe(1);
  });

  test('it goes on when its connection is lost', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables: [account] });
    await using running = runCapture(erp, [account], new RecordingSink([account]));
    await running.caughtUp();
    await using watchdog = watch(erp);
    await until(() => watchdog.looks.length > 0);
    await erp.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'skiff control'`);
    await until(() => watchdog.log.some((line) => line.includes('tries again')));
    const seen = watchdog.looks.length;
    await until(() => watchdog.looks.length > seen);
  });
});
