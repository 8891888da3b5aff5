/**
 * Lends a fresh database on the run's shared PostgreSQL server (see shared-postgres.ts):
 *
 *     await using db = await testPostgres();
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { inject } from 'vitest';

const OBJECT_IN_USE = '55006';

export interface TestPostgres extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  readonly pool: pg.Pool;
  query<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<pg.QueryResult<Row>>;
}

export async function testPostgres(): Promise<TestPostgres> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const url = sharedDatabaseUrl(name);
  await administer((admin) => admin.query(`create database ${name} template template0`));
  const pool = new pg.Pool({ connectionString: url, max: 5 });
  // A connection that the server cuts off while idle: the test that meant it looks for itself.
  pool.on('error', () => {});
  return {
    name,
    url,
    pool,
    query: (text, values = []) => pool.query(text, [...values]),
    async [Symbol.asyncDispose]() {
      await pool.end();
      await administer((admin) => drop(admin, name));
    },
  };
}

export function sharedDatabaseUrl(database: string): string {
  const url = new URL(inject('sharedPostgresUrl'));
  url.pathname = `/${database}`;
  return url.href;
}

async function administer(work: (admin: pg.Client) => Promise<unknown>): Promise<void> {
  const admin = new pg.Client({ connectionString: inject('sharedPostgresUrl') });
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.end();
  }
}

/** A replication slot keeps its database from being dropped while somebody reads from it. */
async function drop(admin: pg.Client, name: string): Promise<void> {
  for (;;) {
    await admin.query(
      /* sql */ `
        select pg_terminate_backend(active_pid) from pg_replication_slots where database = $1 and active_pid is not null`,
      [name],
    );
    try {
      await admin.query(`drop database ${name} with (force)`);
      return;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError && error.code === OBJECT_IN_USE)) throw error;
      await sleep(20);
    }
  }
}
