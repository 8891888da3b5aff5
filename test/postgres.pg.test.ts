/** The tests' own databases: test/postgres.ts. */
import pg from 'pg';
import { expect, test } from 'vitest';
import { connectErp } from '../erp/postgres/connect.ts';
import { START } from '../erp/postgres/lsn.ts';
import { ReplicationStream } from '../erp/postgres/replication-stream.ts';
import { sharedDatabaseUrl, testPostgres } from './postgres.ts';

async function databases(): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: sharedDatabaseUrl('postgres') });
  await client.connect();
  try {
    return (await client.query('select datname from pg_database')).rows.map(({ datname }) => datname);
  } finally {
    await client.end();
  }
}

test('each test has a database to itself, which is gone afterwards', async () => {
  await using one = await testPostgres();
  {
    await using other = await testPostgres();
    await other.query('create table here as select 1 as n');
    await expect(one.query('select * from here')).rejects.toThrow('does not exist');
  }
  expect((await databases()).filter((name) => String(name).startsWith('test_'))).toContain(one.name);
});

test('a replication slot that somebody reads from does not keep a database alive', async () => {
  const db = await testPostgres();
  await db.query(`create publication everything for all tables`);
  await db.query(`select pg_create_logical_replication_slot('of_' || current_database(), 'pgoutput')`);
  const client = await connectErp(db.url, 'replication');
  const started = Promise.withResolvers<void>();
  const stream = new ReplicationStream(client, {
    slot: `of_${db.name}`,
    publication: 'everything',
    from: START,
    onData: () => {},
    onKeepalive: () => started.resolve(),
  });
  stream.ask();
  await started.promise;

  await db[Symbol.asyncDispose]();

  await expect(stream.ended).rejects.toThrow();
  stream.close();
  expect(await databases()).not.toContain(db.name);
});
