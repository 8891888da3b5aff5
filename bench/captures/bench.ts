/**
 * The three ways of capture beside each other: an ERP under changes without sense is copied by replication, by polling and
 * by events, of which some are lost, doubled or late. After one more sweep each copy is what the ERP is.
 *
 * `--changes 20000 --lines 2000 --seed <any>`
 */
import { profiles } from '../../erp/sandbox/api/profiles.ts';
import { Random } from '../../erp/sandbox/random.ts';
import { randomChanges } from '../../erp/sandbox/random-changes.ts';
import { benchDatabases, besideReplica, type Databases } from '../databases.ts';
import { caughtUp, sameTables } from '../exact.ts';
import { say } from '../figures.ts';
import type { Flags } from '../flags.ts';
import { type BenchApi, benchApi } from '../sandbox-api.ts';
import { until } from '../until.ts';
import { type Copy, polledCopy, replicatedCopy, toldCopy } from './copies.ts';

const EVENT_FAULT_SHARE = 0.1;

export async function bench(flags: Flags): Promise<Readonly<Record<string, unknown>>> {
  const changes = flags.number('changes', 20_000, 300);
  const lines = flags.number('lines', 2_000, 100);
  const seed = flags.number('seed', Math.floor(Math.random() * 2 ** 31));
  flags.refuseOthers();
  say(`Random changes with --seed ${seed}`);

  await using databases = await benchDatabases({ lines, foreignKeys: false });
  await using api = await benchApi(databases, profiles.none);
  await using replicated = await replicatedCopy(databases);
  await using besidePolled = await besideReplica(databases, 'polled');
  await using polled = await polledCopy(besidePolled, api);
  await using besideTold = await besideReplica(databases, 'told');
  await using told = await toldCopy(besideTold, api);
  const copies = [replicated, polled, told];
  await Promise.all(copies.map(({ built }) => built));
  say('Three copies stand');

  const fault = { share: EVENT_FAULT_SHARE, count: null, forMs: null, on: 'event' } as const;
  api.setFaults([
    { kind: 'lose', ...fault },
    { kind: 'double', ...fault },
    { kind: 'reorder', ...fault },
  ]);
  await written(databases, seed, changes);
  await until(async () => (await undelivered(databases)) === 0);
  api.setFaults([]);
  const { lost, doubled, heldBack: reordered } = struck(api);
  say(`${changes} changes; of what was told ${lost} were lost, ${doubled} doubled, ${reordered} out of order`);

  const verdicts = await Promise.all(copies.map(settled));
  return { changes, seed, lost, doubled, reordered, ...Object.assign({}, ...verdicts) };
}

async function written({ erp }: Databases, seed: number, changes: number): Promise<void> {
  const client = await erp.pool.connect();
  await randomChanges(client, new Random(seed), changes);
  client.release();
}

async function undelivered({ erp }: Databases): Promise<number> {
  const { rows } = await erp.pool.query<{ n: string }>(
    'select (select count(*) from api.event_outbox) + (select count(*) from api.delivery) as n',
  );
  return Number(rows[0]?.n);
}

function struck({ counters: { deliveries } }: BenchApi): BenchApi['counters']['deliveries'] {
  const { lost, doubled, heldBack } = deliveries;
  if (Math.min(lost, doubled, heldBack) === 0) throw new Error('Not every kind of fault has struck');
  return deliveries;
}

/** Its rows that differ once one more sweep, or the stream, has told it all: none. */
async function settled(copy: Copy): Promise<Record<string, number>> {
  const sinceMs = performance.now();
  await copy.swept();
  if (copy.name === 'replication') await caughtUp(copy.databases);
  await sameTables(copy.databases);
  const { rows, differences } = await copy.verified();
  if (differences > 0) throw new Error(`Read models of the copy by ${copy.name} differ in ${differences} rows`);
  say(`The copy by ${copy.name} is exact after ${Math.round(performance.now() - sinceMs)} ms`);
  return { [`${copy.name}Rows`]: rows, [`${copy.name}Differences`]: differences };
}
