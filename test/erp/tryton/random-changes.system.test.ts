import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { connector as tryton } from '../../../erp/tryton/connector.ts';
import { connect } from '../../../replica/connect.ts';
import { verifyAll } from '../../../replica/verify.ts';
import { testPostgres } from '../../postgres.ts';
import { type Draw, drawFrom, randomChange } from './random-changes.ts';
import { startTryton } from './server.ts';

const CHANGES = Number(process.env.SKIFF_TEST_TRYTON_CHANGES ?? 20_000);
const KILLS = 10;

test('after random changes of a Tryton’s tables, the replica killed meanwhile, every read model is right', {
  timeout: 1_200_000,
}, async () => {
  const seed = Number(process.env.SKIFF_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`random changes with SKIFF_TEST_SEED=${seed}`);
  const server = await startTryton();
  onTestFinished(() => server[Symbol.asyncDispose]());
  await using database = await testPostgres();
  const start = () => replicaProgram(database.url, server.captureUrl);

  let replica = start();
  await said(replica, 'built');
  const changes = changeRandomly(server.superuserUrl, drawFrom(seed));
  const pauses = drawFrom(seed + 1);
  for (let kills = 0; kills < KILLS; kills++) {
    await Promise.race([sleep(500 + pauses(3_000)), changes]);
    replica.kill('SIGKILL');
    replica = start();
    if (kills % 2 === 0) await said(replica, 'built');
  }
  await said(replica, 'built');
  const made = await changes;
  replica.send('catch up');
  await said(replica, 'caught up');
  replica.disconnect();

  const db = await connect(database.url, 'reader');
  onTestFinished(() => db.end());
  const verdicts = await verifyAll(db, () => undefined);
  console.log(
    JSON.stringify({
      changes: made,
      kills: KILLS,
      types: verdicts.length,
      rows: verdicts.reduce((sum, { rows }) => sum + rows, 0),
      differences: verdicts.reduce((sum, { differences }) => sum + differences, 0),
      quarantined: verdicts.reduce((sum, { quarantined }) => sum + quarantined, 0),
    }),
  );
  expect(verdicts.filter(({ differences, pending }) => differences + pending > 0)).toEqual([]);
  expect(await contents(database.url, 'erp')).toEqual(await contents(server.superuserUrl, 'public'));
});

/** In transactions of one to eight statements, of which some are rolled back. Resolves with the number of rows changed. */
async function changeRandomly(superuserUrl: string, draw: Draw): Promise<number> {
  const { tables } = tryton({});
  const erp = new pg.Client({ connectionString: superuserUrl });
  await erp.connect();
  // Foreign keys are off, as they are not the subject: a replica has to bear rows that point nowhere.
  await erp.query(`set session_replication_role = replica`);
  let made = 0;
  while (made < CHANGES) {
    await erp.query('begin');
    let changed = 0;
    for (let statements = draw(8); statements >= 0; statements--) {
      await erp.query('savepoint statement');
      try {
        changed += (await erp.query(randomChange(tables, draw))).rowCount ?? 0;
      } catch (error) {
        // A number that must be unique, a column that may not be null: another try.
        if (!(error instanceof pg.DatabaseError && error.code?.startsWith('23'))) throw error;
        await erp.query('rollback to statement');
      }
    }
    const kept = draw(10) > 0;
    await erp.query(kept ? 'commit' : 'rollback');
    if (kept) made += changed;
  }
  await erp.end();
  return made;
}

/** A digest of each mirrored table, as far as it is mirrored. */
async function contents(url: string, schema: string): Promise<Readonly<Record<string, unknown>>> {
  const db = await connect(url, 'reader');
  try {
    const digests: Record<string, unknown> = {};
    for (const { name, columns } of tryton({}).tables) {
      const list = Object.keys(columns).map((column) => `"${column}"`);
      const { rows } = await db.query(
        `select count(*)::text as rows, md5(string_agg(t::text, chr(10) order by id)) as digest
         from (select ${list.join(', ')} from ${schema}."${name}") t`,
      );
      digests[name] = rows[0];
    }
    return digests;
  } finally {
    await db.end();
  }
}

const replicaProgram = (replicaUrl: string, captureUrl: string): ChildProcess => {
  const child = fork(new URL('replica-program.ts', import.meta.url), [replicaUrl, captureUrl]);
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
};

const said = (child: ChildProcess, what: string): Promise<void> =>
  new Promise((resolve, reject) => {
    child.on('message', (message) => {
      if (message === what) resolve();
    });
    child.once('exit', (code, signal) => reject(new Error(`The replica ended with ${code ?? signal}`)));
  });
