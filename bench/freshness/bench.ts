/**
 * The freshness contract: what its decision costs, what a barrier costs, and whether any answer breaks it while things go
 * wrong. The transactions are of the traffic's mix, but for some that count up the references answers are judged by: one in
 * ten while costs are measured, so that they are those of the mix, and half of them behind that.
 *
 * `--queries 100000 --clients 16 --lines 20000 --rate 200 --seed 1`
 */
import { Random } from '../../erp/sandbox/random.ts';
import { runTraffic } from '../../erp/sandbox/traffic.ts';
import { benchDatabases } from '../databases.ts';
import { caughtUp, verified } from '../exact.ts';
import { round, say } from '../figures.ts';
import type { Flags } from '../flags.ts';
import { startGateway, startReplica } from '../roles.ts';
import { barrierCost, decisionP99 } from './costs.ts';
import { Faults } from './faults.ts';
import { Journal } from './journal.ts';
import { randomRun } from './random-run.ts';

const MOST_SHOWN = 5;
const HALF = 0.5;
const FEW = 0.1;

export async function bench(flags: Flags): Promise<Readonly<Record<string, unknown>>> {
  const queries = flags.number('queries', 100_000, 1_000);
  const clients = flags.number('clients', 16, 8);
  const lines = flags.number('lines', 20_000, 1_000);
  const rate = flags.number('rate', 200, 40);
  const seed = flags.number('seed', 1);
  const rounds = flags.number('rounds', 2_000, 100);
  flags.refuseOthers();

  await using databases = await benchDatabases({ lines });
  await using replica = startReplica(databases);
  await replica.ready;
  await using one = await startGateway(databases);
  await using other = await startGateway(databases);
  const journal = await Journal.open(databases.erp);
  await caughtUp(databases);

  /** Transactions of both kinds, until it is disposed of. */
  const writing = (counted: number): AsyncDisposable => {
    const over = new AbortController();
    const { signal } = over;
    const both = [
      runTraffic(databases.erp.pool, { ratePerSecond: rate * (1 - counted), seed, signal }),
      journal.writeAtRate(rate * counted, signal),
    ];
    return {
      async [Symbol.asyncDispose]() {
        over.abort();
        await Promise.all(both);
      },
    };
  };

  const { decisionMs, barrier } = await costs();
  say(`${queries} queries with random wishes, while things go wrong`);
  const random = new Random(seed);
  const load = writing(HALF);
  const ending = new AbortController();
  const faults = new Faults({ databases, replica, random: new Random(seed + 1), signal: ending.signal });
  const failing = faults.run();
  const run = await randomRun({
    urls: [one.graphql, other.graphql],
    goesOn: (asked) => asked < queries,
    clients,
    journal,
    wasReachable: (from, to) => faults.wasReachable(from, to),
    random,
  });
  ending.abort();
  await failing;
  await load[Symbol.asyncDispose]();
  await caughtUp(databases);
  await verified(databases.replica);

  for (const violation of run.violations.slice(0, MOST_SHOWN)) say(violation);
  if (run.violations.length > 0) throw new Error(`${run.violations.length} answers broke the contract`);
  if (barrier.missed > 0) throw new Error(`${barrier.missed} answers with 0s lacked an acknowledged commit`);
  return {
    queries: run.queries,
    violations: run.violations.length,
    staleShare: round(run.stale / run.reachable, 4),
    decisionP99Ms: round(decisionMs, 3),
    barrierExtraP50Ms: round(barrier.extraP50Ms),
    barrierStale: barrier.stale,
    slowestMs: round(run.slowestMs),
    commits: journal.written,
    faults: faults.count,
  };

  async function costs() {
    await using _load = writing(FEW);
    await barrierCost(one.graphql, journal, Math.ceil(rounds / 10)); // code is compiled, plans are made
    say(`What a decision and a barrier cost at ${rate} transactions/s`);
    return {
      decisionMs: await decisionP99(one.graphql, journal, rounds),
      barrier: await barrierCost(one.graphql, journal, Math.ceil(rounds / 4)),
    };
  }
}
