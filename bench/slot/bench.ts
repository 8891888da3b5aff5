/**
 * The slot watchdog on a PostgreSQL 11 that is written to as fast as it takes, while what reads the slot is stopped
 * (SIGSTOP): how much WAL the server has to keep before the slot is gone, and that all is well when the reader is back.
 *
 * `--limit-megabytes 256 --writers 2`. Fails if a row is missing at the end, or, unless small, if the limit was passed
 * by more than a tenth.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { erpSetupSql } from '../../erp/postgres/setup-sql.ts';
import { connect } from '../../replica/connect.ts';
import { migrate } from '../../replica/migrate.ts';
import { discardPostgres, startPostgres } from '../../runtime/embedded-postgres.ts';
import type { CapturePlan } from '../../test/erp/postgres/capture-process.ts';
import { sinkDdl } from '../../test/erp/postgres/database-sink.ts';
import { round, say } from '../figures.ts';
import type { Flags } from '../flags.ts';
import { until } from '../until.ts';

const MEGABYTE = 2 ** 20;
const MOST_RATIO = 1.1;
const MEASURE_EVERY_MS = 10;
/** Of the connector that the watchdog is started with. */
const SLOT = 'skiff_sandbox';
const PUBLICATION = 'skiff';
const table = { name: 'account', key: ['id'], columns: { id: 'integer', balance: 'integer' } };

const main = new URL('../../main.ts', import.meta.url).pathname;
const captureProgram = new URL('../../test/erp/postgres/capture-process.ts', import.meta.url).pathname;

export async function bench(flags: Flags): Promise<Readonly<Record<string, unknown>>> {
  const limitBytes = flags.number('limit-megabytes', 256, 64) * MEGABYTE;
  const writers = flags.number('writers', 2, 1);
  flags.refuseOthers();

  await using opened = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'skiff-bench-'));
  opened.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
  const erp = await database(opened, join(folder, 'erp'), 'embedded-postgres-11');
  const replica = await database(opened, join(folder, 'replica'));
  await erp.pool.query(`
    create table account (id int primary key, balance int);
    create table unmirrored (id bigint generated always as identity primary key, body text)`);
  await erp.pool.query(
    erpSetupSql({ schema: 'public', tables: [table], publication: PUBLICATION, role: 'skiff_capture' }, 11),
  );
  await replica.pool.query(sinkDdl);
  const builder = await connect(replica.url, 'builder');
  await migrate(builder);
  await builder.end();

  const reader = child(opened, captureProgram, [JSON.stringify(planOf(erp, replica))], {});
  await reaches(reader, 'streaming');
  child(opened, main, ['watchdog'], {
    SKIFF_CONNECTOR: 'sandbox',
    SKIFF_ERP_DATABASE_URL: asRole(erp.url),
    SKIFF_DATABASE_URL: replica.url,
    SKIFF_SLOT_LIMIT_BYTES: String(limitBytes),
  });
  await until(async () => (await replica.pool.query('select from skiff.slot_watch')).rows.length > 0);

  say(`The reader is stopped; ${writers} write`);
  reader.kill('SIGSTOP');
  const startedAt = performance.now();
  const writing = new AbortController();
  const written = Array.from({ length: writers }, () => write(erp.pool, writing.signal));
  const mostBytes = await mostRetained(erp.pool);
  const seconds = (performance.now() - startedAt) / 1_000;
  writing.abort();
  await Promise.all(written);
  say(`The slot is gone after ${round(seconds)} s`);

  await erp.pool.query('insert into account values (1, 1)');
  reader.kill('SIGCONT');
  await until(async () => (await replica.pool.query('select from mirror')).rows.length === 1);
  const ratio = round(mostBytes / limitBytes, 3);
  if (!flags.isSmall && ratio > MOST_RATIO) throw new Error(`The server kept ${ratio} times the limit`);
  return {
    limitBytes,
    mostRetainedBytes: mostBytes,
    ratio,
    writtenMegabytesPerSecond: round(mostBytes / MEGABYTE / seconds),
    writers,
  };
}

interface OpenDatabase {
  readonly url: string;
  readonly pool: pg.Pool;
}

async function database(opened: AsyncDisposableStack, dataDir: string, binaries?: string): Promise<OpenDatabase> {
  const server = await startPostgres({ dataDir, ...(binaries !== undefined && { binaries }) });
  opened.defer(async () => {
    await server.stop();
    await discardPostgres(dataDir);
  });
  const url = server.connectionString('postgres');
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  pool.on('error', () => {}); // whoever takes the next connection hears of it
  opened.defer(() => pool.end());
  return { url, pool };
}

const asRole = (url: string): string => Object.assign(new URL(url), { username: 'skiff_capture' }).href;

const planOf = (erp: OpenDatabase, replica: OpenDatabase): CapturePlan => ({
  erpUrl: asRole(erp.url),
  replicaUrl: replica.url,
  publication: PUBLICATION,
  slot: SLOT,
  batchSize: 100,
  tables: [table],
});

function child(opened: AsyncDisposableStack, program: string, args: string[], env: NodeJS.ProcessEnv): ChildProcess {
  const started = fork(program, args, {
    env: { ...process.env, SKIFF_LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 2, 'ipc'],
  });
  opened.defer(async () => {
    const exit = once(started, 'exit');
    started.kill('SIGTERM');
    await exit;
  });
  return started;
}

async function reaches({ stdout }: ChildProcess, state: string): Promise<void> {
  if (stdout) for await (const line of createInterface({ input: stdout })) if (line === state) return;
  throw new Error(`The capture ended before it was ${state}`);
}

async function write(pool: pg.Pool, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await pool.query(`
      insert into unmirrored (body) select repeat(md5(random()::text), 32) from generate_series(1, 900)`);
  }
}

/** Until the slot is gone. */
async function mostRetained(pool: pg.Pool): Promise<number> {
  for (let most = 0; ; await sleep(MEASURE_EVERY_MS)) {
    const { rows } = await pool.query<{ bytes: string }>({
      name: 'retained',
      text: /* sql */ `
        select pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) as bytes
        from pg_replication_slots where slot_name = $1`,
      values: [SLOT],
    });
    const [slot] = rows;
    if (!slot) return most;
    most = Math.max(most, Number(slot.bytes));
  }
}
