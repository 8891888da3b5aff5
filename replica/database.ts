/** The replica's database: the one a deployment names, or an embedded server in the data folder. */
import { join } from 'node:path';
import pg from 'pg';
import { z } from 'zod';
import { startPostgres } from '../runtime/embedded-postgres.ts';
import { postgresUrl } from '../runtime/env.ts';
import { FaultCode, OperatorFault } from '../runtime/errors.ts';
import type { Log } from '../runtime/log.ts';
import type { Shutdown } from '../runtime/shutdown.ts';

export const DatabaseEnv = z
  .object({ SKIFF_DATABASE_URL: postgresUrl.optional(), SKIFF_DATA_DIR: z.string().default('.skiff') })
  .transform((env) => ({ url: env.SKIFF_DATABASE_URL, dataDir: env.SKIFF_DATA_DIR }));

export type DatabaseConfig = Readonly<z.output<typeof DatabaseEnv>>;

const oldestVersion = 15;

/** Resolves with its URL. An embedded server is stopped with the process. */
export async function openDatabase({ url, dataDir }: DatabaseConfig, shutdown: Shutdown, log: Log): Promise<string> {
  if (url !== undefined) {
    await checkDatabase(url);
    return url;
  }
  const server = await startPostgres({ dataDir: join(dataDir, 'replica'), log });
  shutdown.add({ name: 'embedded PostgreSQL of the replica', stop: () => server.stop(), kill: () => server.kill() });
  await createDatabase(server.connectionString(), 'skiff');
  return server.connectionString('skiff');
}

async function checkDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorFault(
      FaultCode.DatabaseUnreachable,
      `The database of SKIFF_DATABASE_URL does not answer: ${why}`,
      undefined,
      { cause },
    );
  }
  const { rows } = await client.query<{ version: number }>(
    `select current_setting('server_version_num')::int / 10000 as version`,
  );
  await client.end();
  const version = rows[0]?.version ?? 0;
  if (version < oldestVersion) {
    throw new OperatorFault(
      FaultCode.DatabaseUnfit,
      `SKIFF_DATABASE_URL is a PostgreSQL ${version}; Skiff's own database needs ${oldestVersion} or later.`,
    );
  }
}

/** Also when two processes try at the same time. */
async function createDatabase(url: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (!rowCount) await client.query(`create database ${name} template template0`);
  } catch (error) {
    const taken = error instanceof pg.DatabaseError && (error.code === '42P04' || error.code === '23505');
    if (!taken) throw error;
  } finally {
    await client.end();
  }
}
