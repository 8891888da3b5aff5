/**
 * The caches: whether they are right while the ERP changes and things go wrong, how precisely they drop, and how fast a
 * kept answer is.
 *
 * `--minutes 10 --rate 200 --lines 20000 --clients 8 --orders 400 --reads 1000 --changes 100 --seconds 60 --seed 1`,
 * `--rounds 5 --ms 1000` for the speed of hits. `--redis` shares a Redis, which must be installed, between the gateways.
 * `--precision` and `--hits` do these parts alone; `--memory --bytes 67108864` does another one instead: growing keys for so
 * many minutes, and whether the caches stay within their bytes.
 */
import { Random } from '../../erp/sandbox/random.ts';
import { runTraffic } from '../../erp/sandbox/traffic.ts';
import { type AccessScope, ALL_PLANTS } from '../../replica/access-scope.ts';
import { testRedis } from '../../test/gateway/redis.ts';
import { benchDatabases, type Databases, settled } from '../databases.ts';
import { caughtUp } from '../exact.ts';
import { round, say } from '../figures.ts';
import type { Flags } from '../flags.ts';
import { type RunningSkiff, startGateway, startReplica, withReader } from '../roles.ts';
import type { Person } from './asker.ts';
import { askAtRandom, type Correctness, compareAll } from './correctness.ts';
import { halfOpen } from './half-open.ts';
import { hits } from './hits.ts';
import { Ledger } from './ledger.ts';
import { memory } from './memory.ts';
import { otherQuestions } from './other-questions.ts';
import { type PrecisionSettings, precision } from './precision.ts';
import { Trouble } from './trouble.ts';

const DOCUMENTS = new URL('documents', import.meta.url).pathname;
const MIB = 2 ** 20;
const CACHE_BYTES = 64 * MIB;
const MOST_SHOWN = 5;
/** How long the ERP changes between two comparisons. */
const STRETCH_MS = 30_000;

export async function bench(flags: Flags): Promise<Readonly<Record<string, unknown>>> {
  const minutes = flags.number('minutes', 10, 0.05);
  const rate = flags.number('rate', 200, 40);
  const lines = flags.number('lines', 20_000, 1_000);
  const clients = flags.number('clients', 8, 4);
  const most = flags.number('orders', 400, 50);
  const reads = flags.number('reads', 1_000, 100);
  const changes = flags.number('changes', 100, 10);
  const seconds = flags.number('seconds', 60, 2);
  const seed = flags.number('seed', 1);
  const rounds = flags.number('rounds', 5, 1);
  const forMs = flags.number('ms', 1_000, 150);
  const cacheBytes = flags.number('bytes', 64 * MIB, 1 * MIB);
  const alone = (['precision', 'hits', 'memory'] as const).filter((part) => flags.has(part));
  const hasRedis = flags.has('redis');
  flags.refuseOthers();

  await using databases = await benchDatabases({ lines });
  await using replica = startReplica(databases);
  await replica.ready;
  const random = new Random(seed);
  const ledger = await Ledger.open(databases.erp, random, most);
  await caughtUp(databases);
  await settled(databases);
  const shared = { databases, documents: DOCUMENTS, cacheBytes };
  if (alone.includes('memory')) return await memory({ ...shared, ledger, random, changes, minutes });
  const hitting = async () => {
    say('How many kept answers it gives in a second');
    return hits({ ...shared, orders: ledger.orders, rounds, forMs });
  };
  const dropping = async () => {
    say(`How precisely entries are dropped, at ${reads} reads/s and ${changes} changes/s`);
    return precisely(databases, { ledger, reads, changes, seconds, random });
  };
  if (alone.length > 0) {
    return { ...(alone.includes('precision') && (await dropping())), ...(alone.includes('hits') && (await hitting())) };
  }
  const precise = { ...(await dropping()), ...(await hitting()) };

  await using oneWay = await halfOpen(databases.replica.url);
  await using otherWay = await halfOpen(databases.replica.url);
  const env = { SKIFF_DOCUMENT_DIRS: DOCUMENTS, SKIFF_TIME_ZONE: midnightIn((minutes * 60_000) / 2) };
  const bytes = String(CACHE_BYTES);
  await using redis = hasRedis ? await testRedis() : null;
  const keeping = {
    ...env,
    SKIFF_RESPONSE_CACHE_BYTES: bytes,
    SKIFF_CACHE_BYTES: bytes,
    ...(redis && { SKIFF_CACHE_URL: redis.url }),
  };
  await using one = await startGateway(databases, { ...keeping, SKIFF_DATABASE_URL: oneWay.url });
  await using other = await startGateway(databases, { ...keeping, SKIFF_DATABASE_URL: otherWay.url });
  await using truth = await startGateway(databases, {
    ...env,
    SKIFF_RESPONSE_CACHE_BYTES: '0',
    SKIFF_CACHE_BYTES: '0',
  });

  const people = await peopleAt([one, other], databases, ledger.plants);
  const truths = await peopleAt([truth], databases, ledger.plants);
  const others = await otherQuestions(databases.erp, ledger.plants);

  say(`${minutes} minutes of random reads at ${rate} transactions/s, while things go wrong`);
  const over = new AbortController();
  await using trouble = new Trouble({
    databases,
    ways: [oneWay, otherWay],
    replica,
    redis,
    pauseMs: Math.min(4_000, minutes * 6_000),
  });
  const found: Correctness = { answers: 0, failed: 0, compared: 0, stale: [], foreign: [] };
  const settings = { people, truths: truths.map(({ urls }) => urls[0] ?? ''), ledger, random, clients, others };
  const asking = askAtRandom({ ...settings, signal: over.signal }, found);
  const endsAt = performance.now() + minutes * 60_000;
  const { signal } = over;
  try {
    while (performance.now() < endsAt) {
      const stretch = AbortSignal.timeout(Math.max(1, Math.ceil(Math.min(STRETCH_MS, endsAt - performance.now()))));
      const pick = () => random.pick(ledger.orders) ?? '';
      await Promise.all([
        trouble.run(stretch),
        ledger.writeAtRate(rate / 2, pick, stretch),
        runTraffic(databases.erp.pool, { ratePerSecond: rate / 2, seed: random.integer(1, 1e6), signal: stretch }),
      ]);
      await compareAll({ ...settings, signal }, found, most / 10);
      say(
        `${found.answers} answers, ${found.compared} compared, ${found.stale.length} stale, ${found.foreign.length} foreign`,
      );
    }
  } finally {
    // What fails is told only when nobody uses the databases any more.
    over.abort();
    await Promise.allSettled([asking]);
  }
  await asking;
  await caughtUp(databases);
  await compareAll({ ...settings, signal }, found, most / 4);

  for (const line of [...found.stale, ...found.foreign].slice(0, MOST_SHOWN)) say(line);
  const figures = {
    staleHits: found.stale.length,
    foreignRows: found.foreign.length,
    ...precise,
    answers: found.answers,
    failedShare: round(found.failed / found.answers, 4),
    compared: found.compared,
    commits: ledger.written,
    troubles: trouble.count,
  };
  if (found.stale.length + found.foreign.length > 0) throw new Error(`Answers were wrong: ${JSON.stringify(figures)}`);
  return figures;
}

/** At a gateway that has the machine for itself, but for the replica. */
async function precisely(databases: Databases, settings: Omit<PrecisionSettings, 'url'>) {
  await using gateway = await startGateway(databases, {
    SKIFF_DOCUMENT_DIRS: DOCUMENTS,
    SKIFF_RESPONSE_CACHE_BYTES: String(CACHE_BYTES),
  });
  const url = await withReader(gateway.address, databases.replica, ALL_PLANTS, ['operate']);
  return await precision({ ...settings, url });
}

/** Four people: of one plant, of another, of three, and one who sees all. */
async function peopleAt(
  gateways: readonly RunningSkiff[],
  { replica }: Databases,
  plants: readonly string[],
): Promise<Person[]> {
  const scopes: AccessScope[] = [
    ALL_PLANTS,
    { plants: plants.slice(0, 1) },
    { plants: plants.slice(1, 2) },
    { plants: plants.slice(1, 4) },
  ];
  return Promise.all(
    scopes.map(async (access) => ({
      access,
      urls: await Promise.all(gateways.map(({ address }) => withReader(address, replica, access, ['operate']))),
    })),
  );
}

/** A zone in which a day ends about so long from now. */
function midnightIn(ms: number): string {
  const minutes = (24 * 60 - (Math.round((Date.now() + ms) / 60_000) % (24 * 60))) % (24 * 60);
  const [sign, ahead] = minutes > 12 * 60 ? ['-', 24 * 60 - minutes] : ['+', minutes];
  const two = (value: number) => String(value).padStart(2, '0');
  return `${sign}${two(Math.floor(ahead / 60))}:${two(ahead % 60)}`;
}
