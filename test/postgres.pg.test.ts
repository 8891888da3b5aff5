/** The tests' own databases: test/postgres.ts. */
import pg from 'pg';
import { LogicalReplicationService, TestDecodingPlugin } from 'pg-logical-replication';
import { expect, test } from 'vitest';
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
  await db.query(`select pg_create_logical_replication_slot('of_' || current_database(), 'test_decoding')`);
  const reader = new LogicalReplicationService(
    { connectionString: db.url },
    { acknowledge: { auto: false, timeoutSeconds: 0 } },
  );
  const cutOff = new Promise((resolve) => reader.on('error', resolve));
  const started = new Promise((resolve) => reader.on('start', () => resolve(null)));
  const reading = reader.subscribe(new TestDecodingPlugin({}), `of_${db.name}`).catch(() => {});
  await started;
  await db[Symbol.asyncDispose]();
  await cutOff;
  await reading;
  expect(await databases()).not.toContain(db.name);
});
