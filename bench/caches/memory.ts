/**
 * Whether the caches stay within the bytes they are given: questions that nobody has asked before, one after the other,
 * while the ERP changes. What the caches say they hold is looked at all the time, and what the process holds beside it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../erp/sandbox/random.ts';
import { ALL_PLANTS } from '../../replica/access-scope.ts';
import type { Databases } from '../databases.ts';
import { round, say } from '../figures.ts';
import { startGateway, withReader } from '../roles.ts';
import { type Question, tagAsker } from './asker.ts';
import type { Ledger } from './ledger.ts';
import { type Figures, metricsOf } from './metrics.ts';

export interface MemorySettings {
  readonly databases: Databases;
  readonly documents: string;
  /** Of either cache. */
  readonly cacheBytes: number;
  readonly ledger: Ledger;
  readonly random: Random;
  readonly changes: number;
  readonly minutes: number;
}

const CLIENTS = 4;
const LOOK_EVERY_MS = 500;
const MIB = 2 ** 20;

export async function memory({ databases, documents, cacheBytes, ledger, random, changes, minutes }: MemorySettings) {
  await using gateway = await startGateway(databases, {
    SKIFF_DOCUMENT_DIRS: documents,
    SKIFF_CACHE_BYTES: String(cacheBytes),
    SKIFF_RESPONSE_CACHE_BYTES: String(cacheBytes),
  });
  const url = await withReader(gateway.address, databases.replica, ALL_PLANTS, ['operate']);
  const over = AbortSignal.timeout(minutes * 60_000);
  let asked = 0;
  const client = async () => {
    using own = tagAsker();
    while (!over.aborted) {
      await own.ask(url, newQuestion(ledger, random));
      asked++;
    }
  };
  const looks: Figures[] = [];
  const watch = async () => {
    while (!over.aborted) {
      looks.push(await metricsOf(url));
      await sleep(LOOK_EVERY_MS, undefined, { signal: over }).catch(() => undefined);
    }
    looks.push(await metricsOf(url));
  };
  const pick = () => random.pick(ledger.orders) ?? '';
  await Promise.all([...Array.from({ length: CLIENTS }, client), ledger.writeAtRate(changes, pick, over), watch()]);

  const most = (name: string) => Math.max(...looks.map((look) => look.get(name) ?? 0));
  const bytes = ['responses', 'rows'].map((cache) => most(`skiff_cache_bytes{cache="${cache}"}`));
  const evicted = most('skiff_cache_events{cache="responses",event="evicted"}');
  // From when on the cache was full nothing should grow.
  const full = looks.filter((look) => (look.get('skiff_cache_events{cache="responses",event="evicted"}') ?? 0) > 0);
  const heapMb = (look: Figures | undefined) => round((look?.get('nodejs_heap_size_used_bytes') ?? 0) / MIB, 1);
  const figures = {
    asked,
    cacheBytes,
    mostResponseBytes: bytes[0] ?? 0,
    mostRowBytes: bytes[1] ?? 0,
    evicted,
    heapMbWhenFull: heapMb(full[0]),
    heapMbAtLast: heapMb(looks.at(-1)),
    rssMbMost: round(most('process_resident_memory_bytes') / MIB, 1),
  };
  if (evicted === 0) say('The cache was never full: this shows nothing');
  if (bytes.some((some) => some > cacheBytes)) throw new Error(`A cache took more: ${JSON.stringify(figures)}`);
  return figures;
}

/** Of some orders in an order that hardly comes again. */
function newQuestion({ orders }: Ledger, random: Random): Question {
  const numbers = Array.from({ length: random.integer(3, 12) }, () => random.pick(orders) ?? '');
  return { documentId: 'cached-orders', variables: { numbers, first: random.integer(1, 50) } };
}
