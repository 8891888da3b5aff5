/** The role `sandbox`: the pretend ERP with its database, seeded once, its API, and a little of a working day's traffic. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { z } from 'zod';
import { discardPostgres, startPostgres } from '../../runtime/embedded-postgres.ts';
import { port, positiveInteger } from '../../runtime/env.ts';
import type { Log } from '../../runtime/log.ts';
import { showProgress } from '../../runtime/progress.ts';
import type { Shutdown } from '../../runtime/shutdown.ts';
import { prepareApi } from './api/prepare.ts';
import { profiles, writeModes } from './api/profiles.ts';
import { startSandboxApi } from './api/server.ts';
import { createSandboxDatabase, isSandboxDatabase } from './database.ts';
import { runTraffic } from './traffic.ts';

/** What the sandbox reads from its environment. */
export const SandboxEnv = z
  .object({
    SKIFF_SANDBOX_LINES: positiveInteger.default(100_000),
    SKIFF_SANDBOX_RATE: z.coerce.number().min(0).default(2),
    SKIFF_SANDBOX_PORT: port.default(4100),
    SKIFF_SANDBOX_PROFILE: z.enum(['strict', 'normal', 'none']).default('normal'),
    // One word for both sides: what this ERP does is what its connector declares.
    SKIFF_ERP_WRITES: z.enum(['key', 'reference', 'none']).default('key'),
  })
  .transform((env) => ({
    lines: env.SKIFF_SANDBOX_LINES,
    transactionsPerSecond: env.SKIFF_SANDBOX_RATE,
    port: env.SKIFF_SANDBOX_PORT,
    profile: env.SKIFF_SANDBOX_PROFILE,
    writes: writeModes[env.SKIFF_ERP_WRITES],
  }));

/** What the role says when it is ready. */
export const SandboxReady = z.object({ databaseUrl: z.string(), apiUrl: z.string() });

export interface SandboxRole {
  readonly config: z.output<typeof SandboxEnv>;
  readonly dataDir: string;
  readonly log: Log;
  readonly shutdown: Shutdown;
}

const database = 'erp';

/** This machine alone: the sandbox's secret is known to everybody. */
const HOST = '127.0.0.1';

/** Resolves when the ERP is there and lives. */
export async function runSandbox(role: SandboxRole): Promise<z.output<typeof SandboxReady>> {
  const { config, dataDir, log, shutdown } = role;
  const server = await startPostgres({ dataDir: join(dataDir, 'sandbox'), log });
  shutdown.add({ name: "the sandbox ERP's PostgreSQL", stop: () => server.stop(), kill: () => server.kill() });
  const url = server.connectionString(database);
  await makeDatabase(server.connectionString());
  await seedOnce(url, config.lines);
  await withClient(url, prepareApi);
  const api = await startSandboxApi({
    databaseUrl: url,
    host: HOST,
    port: config.port,
    profile: { ...profiles[config.profile], writes: config.writes },
    log,
  });
  shutdown.add({ name: "the sandbox ERP's API", stop: api.close });
  log.info({ url: api.url, profile: config.profile }, "The sandbox ERP's API listens");

  if (config.transactionsPerSecond > 0) {
    const pool = new pg.Pool({ connectionString: url, max: 4 });
    pool.on('error', (err) => log.warn({ err }, 'The traffic has lost a connection'));
    const traffic = runTraffic(pool, {
      ratePerSecond: config.transactionsPerSecond,
      seed: Date.now(),
      signal: shutdown.signal,
    });
    traffic.catch((err: unknown) => log.error({ err }, 'The traffic has ended'));
    shutdown.add({ name: 'traffic', stop: () => traffic.finally(() => pool.end()) });
  }
  return { databaseUrl: url, apiUrl: api.url };
}

/** Throws the demo's databases away. */
export async function startFresh(dataDir: string): Promise<void> {
  for (const name of ['sandbox', 'replica']) {
    await discardPostgres(join(dataDir, name));
    await rm(join(dataDir, name), { recursive: true, force: true });
  }
}

async function makeDatabase(url: string): Promise<void> {
  await withClient(url, async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [database]);
    if (rowCount === 0) await client.query(`create database ${database} template template0`);
  });
}

async function seedOnce(url: string, lines: number): Promise<void> {
  await withClient(url, async (client) => {
    if (await isSandboxDatabase(client)) return;
    let done = 0;
    let bar: ReturnType<typeof showProgress> | undefined;
    await createSandboxDatabase(client, {
      lines,
      onProgress(rows, total) {
        bar ??= showProgress({ label: 'Seeding the sandbox ERP', total, unit: 'rows' });
        bar.add(rows - done);
        done = rows;
      },
    });
    bar?.end();
  });
}

async function withClient(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
