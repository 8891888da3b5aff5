/** What freshness costs: a request that needs nothing, and one that wants everything. One client, one request at a time. */
import { percentile } from '../figures.ts';
import { freshClient, noWish } from './client.ts';
import type { Journal } from './journal.ts';

/** So much staleness is never reached: the decision finds that nothing has to be done. */
const AMPLE_MS = 600_000;

/** The 99th percentile of the time until it was decided, in milliseconds. */
export async function decisionP99(url: string, journal: Journal, rounds: number): Promise<number> {
  using client = freshClient(url);
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const order = journal.orders[round % journal.orders.length] ?? '';
    const { freshMs } = await client.ask(order, { ...noWish, maxStalenessMs: AMPLE_MS });
    if (freshMs === null) throw new Error('The gateway does not say how long it took to be fresh enough');
    times.push(freshMs);
  }
  return percentile(times, 0.99);
}

export interface BarrierCost {
  /** By how much the median with `0s` is longer than without. */
  readonly extraP50Ms: number;
  /** Answers that lacked a commit that had been acknowledged, and did not say so. */
  readonly missed: number;
  /** Answers that said so. */
  readonly stale: number;
}

export async function barrierCost(url: string, journal: Journal, rounds: number): Promise<BarrierCost> {
  using client = freshClient(url);
  const [without, within]: [number[], number[]] = [[], []];
  let [missed, late] = [0, 0];
  for (let round = 0; round < rounds; round++) {
    const order = journal.orders[round % journal.orders.length] ?? '';
    without.push((await client.ask(order, noWish)).tookMs);
    const { value, stale, sentAt, tookMs } = await client.ask(order, { ...noWish, maxStalenessMs: 0 });
    within.push(tookMs);
    if (stale) late++;
    else if ((value ?? 0) < journal.acknowledgedBy(order, sentAt)) missed++;
  }
  return { extraP50Ms: percentile(within, 0.5) - percentile(without, 0.5), missed, stale: late };
}
