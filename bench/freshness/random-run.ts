/**
 * Clients with random wishes over two gateways, each answer judged by the moments at which writers' COMMITs were
 * acknowledged.
 */
import type { Random } from '../../erp/sandbox/random.ts';
import { say } from '../figures.ts';
import { type FreshAnswer, freshClient, type Wish } from './client.ts';
import type { Journal } from './journal.ts';

export interface RandomRunSettings {
  readonly urls: readonly string[];
  /** Whether another query is to be sent, after so many. */
  readonly goesOn: (asked: number) => boolean;
  readonly clients: number;
  readonly journal: Journal;
  /** Between two moments of our monotonic clock. */
  readonly wasReachable: (from: number, to: number) => boolean;
  readonly random: Random;
  /** What else an answer breaks. */
  readonly judge?: (wish: Wish, answer: FreshAnswer) => readonly string[];
}

export interface RandomRun {
  readonly queries: number;
  readonly violations: readonly string[];
  /** Answers marked stale, or refused as stale, while the ERP was in reach… */
  readonly stale: number;
  /** …of so many. */
  readonly reachable: number;
  readonly slowestMs: number;
}

const BOUNDS_MS = [0, 0, 0, 50, 200, 1_000, 1_000, 5_000, 5_000, null] as const;
const SAY_EVERY = 10_000;

export async function randomRun(settings: RandomRunSettings): Promise<RandomRun> {
  const { urls, goesOn, clients, journal, wasReachable, random, judge = () => [] } = settings;
  const violations: string[] = [];
  let [asked, answered, stale, reachable, slowestMs] = [0, 0, 0, 0, 0];

  const client = async (): Promise<void> => {
    using first = freshClient(urls[0] ?? '');
    using second = freshClient(urls[1] ?? '');
    const seen = new Map<string, number>();
    let position: string | null = null;
    while (goesOn(asked++)) {
      const order = random.pick(journal.orders) ?? '';
      const wish: Wish = {
        maxStalenessMs: random.pick(BOUNDS_MS),
        onStale: random.happens(0.5) ? 'error' : 'serve',
        // Its own position it always sends, or the session would not be one.
        after: position,
      };
      const answer = await (random.happens(0.5) ? first : second).ask(order, wish);
      violations.push(...violationsOf(order, wish, answer, seen.get(order) ?? 0, journal), ...judge(wish, answer));
      if (answer.value !== null) seen.set(order, answer.value);
      position = answer.position ?? position;
      slowestMs = Math.max(slowestMs, answer.tookMs);
      const isStale = answer.stale || answer.codes.length > 0;
      if (wasReachable(answer.sentAt, answer.sentAt + answer.tookMs)) {
        reachable++;
        if (isStale) stale++;
      }
      if (++answered % SAY_EVERY === 0) say(`${answered} answers, ${stale} stale, ${violations.length} violations`);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return { queries: answered, violations, stale, reachable, slowestMs };
}

const KNOWN = new Set(['STALE_DATA', 'NOT_YET_VISIBLE']);

function violationsOf(order: string, wish: Wish, answer: FreshAnswer, seen: number, journal: Journal): string[] {
  const { value, codes, stale, asOfMs, sentAt } = answer;
  const found: string[] = [];
  const context = `${order} ${JSON.stringify(wish)} ${JSON.stringify(answer)}`;
  if (codes.some((code) => !KNOWN.has(code))) found.push(`an error that nobody expects: ${context}`);
  if (value === null) return codes.length > 0 ? found : [...found, `neither data nor error: ${context}`];
  if (stale && wish.onStale === 'error') found.push(`stale, though an error was asked for: ${context}`);
  if (!stale && wish.maxStalenessMs !== null) {
    const owed = journal.acknowledgedBy(order, sentAt - wish.maxStalenessMs);
    if (value < owed) found.push(`${owed} was owed by the bound: ${context}`);
  }
  const claimed = journal.acknowledgedByClock(order, asOfMs);
  if (value < claimed) found.push(`${claimed} was there by its asOf: ${context}`);
  if (value < seen && !(stale && wish.onStale === 'serve')) found.push(`time went back from ${seen}: ${context}`);
  return found;
}
