/**
 * How precisely entries are dropped: reads and changes are drawn from the same distribution (Zipf, s = 1) over the same
 * orders. An entry truly changed where the tag of its question's answer is another one when it is next read; at the end
 * all are read once more, so that none is left out.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../erp/sandbox/random.ts';
import { percentile, round } from '../figures.ts';
import type { RunningSkiff } from '../roles.ts';
import { type Asker, asker, type Person, type Question } from './asker.ts';
import type { Ledger } from './ledger.ts';

export interface PrecisionSettings {
  readonly gateway: RunningSkiff;
  readonly person: Person;
  readonly ledger: Ledger;
  readonly reads: number;
  readonly changes: number;
  readonly seconds: number;
  readonly random: Random;
}

const CLIENTS = 8;
const DROPS = 200;
const SETTLED_MS = 500;

export async function precision(settings: PrecisionSettings) {
  const { gateway, person, ledger, reads, changes, seconds, random } = settings;
  const url = person.urls[0] ?? '';
  using connection = asker();
  const pick = zipf(ledger.orders, random);
  const tags = new Map<string, string>();
  let trulyChanged = 0;
  const read = async (by: Asker, question: Question) => {
    const key = JSON.stringify(question);
    const { etag } = await by.ask(url, question);
    if (etag === null) throw new Error(`An answer without a tag: ${key}`);
    const before = tags.get(key);
    if (before !== undefined && before !== etag) trulyChanged++;
    tags.set(key, etag);
  };
  const before = await eventsOf(gateway, person);
  const over = AbortSignal.timeout(seconds * 1_000);
  const begun = performance.now();
  let turn = 0;
  const client = async () => {
    using own = asker();
    while (!over.aborted) {
      const wait = begun + (turn++ * 1_000) / reads - performance.now();
      if (wait > 0) await sleep(wait, undefined, { signal: over }).catch(() => undefined);
      if (!over.aborted) await read(own, questionOf(pick()));
    }
  };
  const dropping = dropTimes(settings, over);
  await Promise.all([...Array.from({ length: CLIENTS }, client), ledger.writeAtRate(changes, pick, over)]);
  const dropMs = await dropping;
  await sleep(SETTLED_MS);
  const after = await eventsOf(gateway, person);
  const asked = [...tags.keys()];
  for (const key of asked) await read(connection, JSON.parse(key));
  const since = (event: string) => (after.get(event) ?? 0) - (before.get(event) ?? 0);
  return {
    hitRate: round(since('hits') / (since('hits') + since('misses') + since('silent')), 4),
    overInvalidation: round(since('changed') / Math.max(1, trulyChanged), 3),
    dropP99Ms: round(percentile(dropMs, 0.99)),
    dropP50Ms: round(percentile(dropMs, 0.5)),
    readsPerSecond: round(turn / seconds, 0),
    dropped: since('changed'),
    trulyChanged,
    refused: since('refused'),
  };
}

const questionOf = (id: string): Question => ({ documentId: 'cached-order', variables: { id } });

/** From the acknowledgement of a COMMIT until an answer shows it, asked for again and again. */
async function dropTimes({ ledger, person, random }: PrecisionSettings, over: AbortSignal): Promise<number[]> {
  using connection = asker();
  const url = person.urls[0] ?? '';
  const times: number[] = [];
  while (!over.aborted && times.length < DROPS) {
    const order = random.pick(ledger.orders) ?? '';
    await connection.ask(url, questionOf(order));
    const state = await ledger.write(order);
    if (!state) continue;
    const committedAt = performance.now();
    for (;;) {
      const { data } = await connection.ask(url, questionOf(order));
      const [, value] = /"customerReference":"(\d+)"/.exec(JSON.stringify(data)) ?? [];
      if (Number(value) >= state.value) break;
      await sleep(1);
    }
    times.push(performance.now() - committedAt);
    await sleep(random.integer(10, 100));
  }
  return times;
}

/** The smaller their rank, the more often: in inverse proportion. */
function zipf(items: readonly string[], random: Random): () => string {
  const sums: number[] = [];
  let sum = 0;
  for (let rank = 1; rank <= items.length; rank++) {
    sum += 1 / rank;
    sums.push(sum);
  }
  return () => {
    const drawn = random.next() * sum;
    return items[sums.findIndex((upTo) => drawn < upTo)] ?? '';
  };
}

async function eventsOf({ address }: RunningSkiff, person: Person): Promise<ReadonlyMap<string, number>> {
  const { username, password } = new URL(person.urls[0] ?? '');
  const response = await fetch(new URL('/metrics', address), {
    headers: { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` },
  });
  const events = new Map<string, number>();
  for (const [, event = '', count] of (await response.text()).matchAll(
    /^skiff_cache_events\{cache="responses",event="(\w+)"\} (\d+)$/gm,
  )) {
    events.set(event, Number(count));
  }
  if (events.size === 0) throw new Error('The gateway does not tell of its caches');
  return events;
}
