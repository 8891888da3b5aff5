/**
 * An ERP that is down while clients ask, and it has nothing but an API: for half of the time nobody listens there, for the
 * other half it takes requests and does not answer.
 *
 * Every answer comes within the deadline, and is marked stale, or `STALE_DATA`, as was asked; when the ERP is back it
 * meets no more requests than its quota allows, though all of them are waited for.
 *
 * `--seconds 120 --clients 8 --lines 2000 --requests 600 --window 10 --seed 1`
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { profiles } from '../../erp/sandbox/api/profiles.ts';
import { Random } from '../../erp/sandbox/random.ts';
import { benchDatabases, type Databases } from '../databases.ts';
import { sameTables, verified } from '../exact.ts';
import { round, say } from '../figures.ts';
import type { Flags } from '../flags.ts';
import type { FreshAnswer, Wish } from '../freshness/client.ts';
import { Journal } from '../freshness/journal.ts';
import { randomRun } from '../freshness/random-run.ts';
import { startGateway, startReplica } from '../roles.ts';
import { type BenchApi, benchApi, pollEnv } from '../sandbox-api.ts';
import { until } from '../until.ts';

const DEADLINE_MS = 3_000;
const ERP_TIMEOUT_MS = 1_000;
const CONCURRENCY = 4;
const WRITES_PER_SECOND = 20;
const MOST_SHOWN = 5;

export async function bench(flags: Flags): Promise<Readonly<Record<string, unknown>>> {
  const seconds = flags.number('seconds', 120, 4);
  const clients = flags.number('clients', 8);
  const lines = flags.number('lines', 2_000, 300);
  const requests = flags.number('requests', 600, 300);
  const windowSeconds = flags.number('window', 10, 3);
  const seed = flags.number('seed', 1);
  flags.refuseOthers();

  await using databases = await benchDatabases({ lines });
  const quota = { requests, windowMs: windowSeconds * 1_000 };
  await using api = await benchApi(databases, { ...profiles.normal, quota, concurrency: CONCURRENCY });
  await using replica = startReplica(databases, {
    ...pollEnv(api),
    SKIFF_ERP_REQUESTS: String(requests),
    SKIFF_ERP_WINDOW_SECONDS: String(windowSeconds),
    SKIFF_ERP_CONCURRENCY: String(CONCURRENCY),
    SKIFF_ERP_TIMEOUT_MS: String(ERP_TIMEOUT_MS),
    // That the ERP is away is what it would say, of every question.
    SKIFF_LOG_LEVEL: 'error',
  });
  await replica.ready;
  await using gateway = await startGateway(databases, { SKIFF_REQUEST_TIMEOUT_MS: String(DEADLINE_MS) });

  const journal = await Journal.open(databases.erp);
  // What the orders' references were before can be a number too, and would be taken for a count.
  await isPolled(databases);
  const ending = new AbortController();
  const writing = journal.writeAtRate(WRITES_PER_SECOND, ending.signal);
  const outage = new Outage(api);
  const asking = randomRun({
    urls: [gateway.graphql, gateway.graphql],
    goesOn: () => !ending.signal.aborted,
    clients,
    journal,
    random: new Random(seed),
    wasReachable: (from, to) => !outage.touches(from, to),
    judge: (wish, answer) => outage.judge(wish, answer),
  });
  const calmMs = Math.max(2_000, quota.windowMs);
  await sleep(calmMs);
  await outage.last(seconds * 1_000);
  await until(async () => outage.isOver);
  await sleep(calmMs);
  ending.abort();
  const [run] = await Promise.all([asking, writing]);

  await isPolled(databases);
  await sameTables(databases);
  await verified(databases.replica);
  for (const violation of run.violations.slice(0, MOST_SHOWN)) say(violation);
  if (run.violations.length > 0) throw new Error(`${run.violations.length} answers broke the contract`);
  const { violations: over, peak } = api.counters;
  if (over.quota > 0) throw new Error(`The ERP counts ${over.quota} requests over its quota`);
  return {
    seconds,
    queries: run.queries,
    duringOutage: outage.answers,
    violations: run.violations.length,
    limitViolations: over.quota,
    // One that is given up may be open at the ERP for a moment longer than here.
    overConcurrency: over.concurrency,
    peakPerWindow: peak.perWindow,
    quota: requests,
    slowestMs: round(run.slowestMs),
    deadlineMs: DEADLINE_MS,
    freshAgainAfterMs: round(outage.freshAgainAfterMs),
    staleShareElsewhere: round(run.stale / run.reachable, 4),
  };
}

/** When the ERP was down, and what answers had to be then. */
class Outage {
  readonly #api: BenchApi;
  #from = Number.POSITIVE_INFINITY;
  #to = Number.POSITIVE_INFINITY;
  #freshAt = Number.NaN;
  #answers = 0;

  constructor(api: BenchApi) {
    this.#api = api;
  }

  /** Answers to questions that were asked while it lasted. */
  get answers(): number {
    return this.#answers;
  }

  /** Somebody was answered with what the ERP has had since. */
  get isOver(): boolean {
    return !Number.isNaN(this.#freshAt);
  }

  get freshAgainAfterMs(): number {
    return this.#freshAt - this.#to;
  }

  async last(ms: number): Promise<void> {
    this.#from = performance.now();
    say('Nobody listens at the ERP');
    this.#api.setFaults([{ kind: 'refuse', forMs: ms / 2 }]);
    await sleep(ms / 2);
    say('It takes requests and does not answer');
    this.#api.setFaults([{ kind: 'slow', ms: ms, share: 1, count: null, forMs: null, on: 'all' }]);
    await sleep(ms / 2);
    this.#api.setFaults([]);
    this.#to = performance.now();
    say('It is back');
  }

  touches(from: number, to: number): boolean {
    return from <= this.#to && to >= this.#from;
  }

  judge({ maxStalenessMs, onStale }: Wish, answer: FreshAnswer): string[] {
    const { sentAt, tookMs, stale, codes, value } = answer;
    const found: string[] = [];
    if (tookMs > DEADLINE_MS) found.push(`an answer after ${Math.round(tookMs)} ms`);
    if (maxStalenessMs !== 0) return found;
    if (sentAt > this.#to && !stale && codes.length === 0 && !this.isOver) this.#freshAt = sentAt + tookMs;
    if (sentAt < this.#from || sentAt + tookMs > this.#to) return found;
    this.#answers++;
    if (!stale) found.push(`fresh, from an ERP that was down: ${JSON.stringify(answer)}`);
    if (onStale === 'error' && codes.length === 0)
      found.push(`no error, though one was asked for: ${JSON.stringify(answer)}`);
    if (onStale === 'serve' && value === null)
      found.push(`no data, though it was asked for: ${JSON.stringify(answer)}`);
    return found;
  }
}

/** Everything that has been written by now is read. */
async function isPolled({ replica }: Databases): Promise<void> {
  const since = new Date();
  await until(async () => {
    const { rowCount } = await replica.pool.query(
      `select from skiff.table_poll where as_of is null or as_of <= $1 union all select from skiff.pending`,
      [since],
    );
    return rowCount === 0;
  });
}
