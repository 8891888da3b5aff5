/**
 * How precisely entries are dropped: reads and changes are drawn from the same distribution (Zipf, s = 1) over the same
 * orders. An entry truly changed where the tag of its question's answer is another one when it is next read; at the end
 * all are read once more, so that none is left out.
 *
 * With r reads and c changes of a key a second, r / (r + c) of its reads can be hits and no more: 0.909 of 1,000 and 100.
 * How long a drop takes is measured afterwards under the same load, since whoever asks until it has come asks for hits.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../erp/sandbox/random.ts';
import { percentile, round } from '../figures.ts';
import { zipfRanks } from '../zipf.ts';
import { asker, type Question, tagAsker } from './asker.ts';
import type { Ledger } from './ledger.ts';
import { eventsOf } from './metrics.ts';

export interface PrecisionSettings {
  /** With the credential of one who sees all, metrics too. */
  readonly url: string;
  readonly ledger: Ledger;
  readonly reads: number;
  readonly changes: number;
  readonly seconds: number;
  readonly random: Random;
}

const CLIENTS = 8;
const DROPS = 300;
const SETTLED_MS = 500;

export async function precision(settings: PrecisionSettings) {
  const { url, seconds } = settings;
  const tags = new Map<string, string>();
  let trulyChanged = 0;
  const read = async (ask: (url: string, question: Question) => Promise<string>, question: Question) => {
    const key = JSON.stringify(question);
    const tag = await ask(url, question);
    const before = tags.get(key);
    if (before !== undefined && before !== tag) trulyChanged++;
    tags.set(key, tag);
  };
  const before = await eventsOf(url);
  const reached = await underLoad(settings, AbortSignal.timeout(seconds * 1_000), read);
  await sleep(SETTLED_MS);
  const after = await eventsOf(url);
  using last = tagAsker();
  for (const key of [...tags.keys()]) await read(last.ask, JSON.parse(key));
  const since = (event: string) => (after.get(event) ?? 0) - (before.get(event) ?? 0);

  const over = AbortSignal.timeout(seconds * 1_000);
  const enough = new AbortController();
  const load = underLoad(settings, AbortSignal.any([over, enough.signal]), (ask, question) => ask(url, question));
  const dropMs = await dropTimes(settings, over).finally(() => enough.abort());
  await load;
  const dropped = since('changed');
  return {
    hitRate: round(since('hits') / (since('hits') + since('misses') + since('silent')), 4),
    overInvalidation: round(dropped / Math.max(1, trulyChanged), 3),
    dropP99Ms: round(percentile(dropMs, 0.99)),
    dropP50Ms: round(percentile(dropMs, 0.5)),
    drops: dropMs.length,
    readsPerSecond: round(reached.reads / seconds, 0),
    changesPerSecond: round(reached.changes / seconds, 1),
    dropped,
    trulyChanged,
    refused: since('refused'),
  };
}

type Read = (ask: (url: string, question: Question) => Promise<string>, question: Question) => Promise<unknown>;

/** Reads and changes at their rates until the signal aborts; resolves with how many there were. */
async function underLoad({ ledger, reads, changes, random }: PrecisionSettings, over: AbortSignal, read: Read) {
  const rank = zipfRanks(ledger.orders.length, random);
  const pick = () => ledger.orders[rank()] ?? '';
  const begun = performance.now();
  const writtenBefore = ledger.written;
  let turn = 0;
  let answered = 0;
  const client = async () => {
    using own = tagAsker();
    while (!over.aborted) {
      const wait = begun + (turn++ * 1_000) / reads - performance.now();
      if (wait > 0) await sleep(wait, undefined, { signal: over }).catch(() => undefined);
      if (over.aborted) break;
      await read(own.ask, questionOf(pick()));
      answered++;
    }
  };
  await Promise.all([...Array.from({ length: CLIENTS }, client), ledger.writeAtRate(changes, pick, over)]);
  return { reads: answered, changes: ledger.written - writtenBefore };
}

const questionOf = (id: string): Question => ({ documentId: 'cached-order', variables: { id } });

/** From the acknowledgement of a COMMIT until an answer shows it, asked for again and again. */
async function dropTimes({ ledger, url, random }: PrecisionSettings, over: AbortSignal): Promise<number[]> {
  using connection = asker();
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
