/**
 * Exactness: changes without sense on every mirrored table, the replica killed (-9) meanwhile. Afterwards the mirror is
 * what the ERP is, and every read model what its SELECT over the mirror gives.
 *
 * `--changes 20000 --kills 10 --lines 2000 --seed <any>`
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../erp/sandbox/random.ts';
import { randomChanges } from '../../erp/sandbox/random-changes.ts';
import { benchDatabases, type Database, type Databases } from '../databases.ts';
import { caughtUp, sameTables, verified } from '../exact.ts';
import { say } from '../figures.ts';
import type { Flags } from '../flags.ts';
import { type RunningReplica, startReplica } from '../roles.ts';

export async function bench(flags: Flags): Promise<Readonly<Record<string, unknown>>> {
  const changes = flags.number('changes', 20_000, 1_500);
  const kills = flags.number('kills', 10, 3);
  const lines = flags.number('lines', 2_000, 500);
  const seed = flags.number('seed', Math.floor(Math.random() * 2 ** 31));
  flags.refuseOthers();
  say(`Random changes with --seed ${seed}`);

  await using databases = await benchDatabases({ lines, foreignKeys: false });
  const killing = killAgainAndAgain(databases, new Random(seed + 1), kills);
  const [made, replica] = await Promise.all([writeDuring(databases.erp, seed, changes, killing), killing]);
  await using running = replica;
  await running.ready;
  await caughtUp(databases);
  await running.stop();

  const verdict = await verified(databases.replica);
  await sameTables(databases);
  return { ...verdict, changes: made, seed, kills };
}

/** The replica that comes after the last kill. */
async function killAgainAndAgain(databases: Databases, random: Random, kills: number): Promise<RunningReplica> {
  let replica = startReplica(databases);
  for (let kill = 1; kill <= kills; kill++) {
    // Every other one hits a start: set-up, snapshot, build. The others hit a running stream.
    if (kill % 2 === 0) await replica.ready;
    const afterMs = random.integer(100, 2_500);
    await sleep(afterMs);
    await replica.kill();
    say(`Kill ${kill} of ${kills}, ${afterMs} ms after ${kill % 2 === 0 ? 'the read models were built' : 'the start'}`);
    replica = startReplica(databases);
  }
  return replica;
}

/** At least `changes`, and as many more as it takes until `killing` is over. */
async function writeDuring(erp: Database, seed: number, changes: number, killing: Promise<unknown>): Promise<number> {
  const random = new Random(seed);
  let isKilling = true;
  const over = () => {
    isKilling = false;
  };
  killing.then(over, over);
  const client = await erp.pool.connect();
  try {
    await randomChanges(client, random, changes);
    let made = changes;
    for (const portion = 100; isKilling; made += portion) await randomChanges(client, random, portion);
    return made;
  } finally {
    client.release();
  }
}
