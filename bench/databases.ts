/**
 * Lends a bench the databases Skiff stands between, on a scratch folder: the sandbox ERP's, seeded, and an empty one
 * for the replica. Each has a server of its own, with the settings a deployment gets.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createSandboxDatabase, type SandboxSettings } from '../erp/sandbox/database.ts';
import { discardPostgres, startPostgres } from '../runtime/embedded-postgres.ts';
import { showProgress } from '../runtime/progress.ts';

export interface Database {
  readonly url: string;
  readonly pool: pg.Pool;
}

export interface Databases extends AsyncDisposable {
  readonly erp: Database;
  readonly replica: Database;
}

export const benchDatabases = (sandbox: SandboxSettings): Promise<Databases> =>
  databases(async (opened, folder) => {
    const erp = await database(opened, join(folder, 'erp'), 'erp');
    await seeded(erp, sandbox);
    return erp;
  });

/** Beside an ERP that somebody else started, as who may do anything there. */
export const databasesBeside = (erpUrl: string): Promise<Databases> =>
  databases(async (opened) => {
    const pool = poolOf(erpUrl);
    opened.defer(() => pool.end());
    return { url: erpUrl, pool };
  });

async function databases(
  openErp: (opened: AsyncDisposableStack, folder: string) => Promise<Database>,
): Promise<Databases> {
  await using opened = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'skiff-bench-'));
  opened.defer(() => rmSync(folder, { recursive: true, force: true }));
  const erp = await openErp(opened, folder);
  const replica = await database(opened, join(folder, 'replica'), 'skiff');
  // When the process is ended in the middle. The servers, told to stop a moment before, may still write.
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  process.once('exit', remove);
  opened.defer(() => void process.off('exit', remove));
  const held = opened.move();
  return { erp, replica, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

/** What a bulk load leaves to autovacuum is done now, rather than in the middle of what is measured. */
export async function settled({ erp, replica }: Databases): Promise<void> {
  for (const { pool } of [erp, replica]) await pool.query('vacuum (analyze)');
}

/** An empty database more on the replica's server, over the same ERP. It goes when that does. */
export async function besideReplica({ erp, replica }: Databases, name: string): Promise<Databases> {
  await replica.pool.query(`create database ${name} template template0`);
  const url = new URL(replica.url);
  url.pathname = `/${name}`;
  const pool = poolOf(url.href);
  return { erp, replica: { url: url.href, pool }, [Symbol.asyncDispose]: () => pool.end() };
}

async function database(opened: AsyncDisposableStack, dataDir: string, name: string): Promise<Database> {
  const server = await startPostgres({ dataDir });
  opened.defer(async () => {
    await server.stop();
    await discardPostgres(dataDir);
  });
  const admin = new pg.Client({ connectionString: server.connectionString() });
  await admin.connect();
  await admin.query(`create database ${name} template template0`);
  await admin.end();
  const url = server.connectionString(name);
  const pool = poolOf(url);
  opened.defer(() => pool.end());
  return { url, pool };
}

function poolOf(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: 10 });
  // A connection lost while idle: whoever takes the next one hears of it.
  pool.on('error', () => {});
  return pool;
}

async function seeded({ pool }: Database, sandbox: SandboxSettings): Promise<void> {
  const client = await pool.connect();
  let done = 0;
  let bar: ReturnType<typeof showProgress> | undefined;
  try {
    await createSandboxDatabase(client, {
      ...sandbox,
      onProgress(rows, total) {
        bar ??= showProgress({ label: 'Seeding the sandbox ERP', total, unit: 'rows' });
        bar.add(rows - done);
        done = rows;
      },
    });
  } finally {
    bar?.end();
    client.release();
  }
}
