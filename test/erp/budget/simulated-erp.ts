/**
 * An ERP on a clock that the test turns, and processes that call it through one budget.
 *
 * The ERP counts a request at any moment between its sending and its answer, and says afterwards how many it had at
 * the most: in any window, and at once.
 */
import { vi } from 'vitest';
import type { BudgetLimits, CallClass } from '../../../erp/budget/limits.ts';
import { memoryBudgetStore } from '../../../erp/budget/memory-store.ts';
import { Turns } from '../../../erp/budget/turns.ts';
import { seededRandom } from '../postgres/seeded-random.ts';

export interface Load {
  readonly kind: CallClass;
  /** Calls a second, at random moments; one after the other without end if it is null. */
  readonly perSecond: number | null;
  readonly processes: number;
}

export interface Simulation {
  readonly limits: BudgetLimits;
  readonly seed: number;
  readonly forMs: number;
  readonly latencyMs: { readonly least: number; readonly most: number };
  readonly loads: readonly Load[];
}

export interface Seen {
  readonly mostInWindow: number;
  readonly mostAtOnce: number;
  /** Calls answered and how long each waited for its turn, by class. */
  readonly waitsMs: Readonly<Record<CallClass, readonly number[]>>;
}

export async function simulate({ limits, seed, forMs, latencyMs, loads }: Simulation): Promise<Seen> {
  const { random } = seededRandom(seed);
  const store = memoryBudgetStore();
  const stopping = new AbortController();
  const countedAt: number[] = [];
  const waitsMs: Record<CallClass, number[]> = { interactive: [], command: [], poll: [], backfill: [] };
  let atOnce = 0;
  let mostAtOnce = 0;

  async function call(turns: Turns, kind: CallClass): Promise<void> {
    const askedAt = performance.now();
    const turn = await turns.next(kind, { signal: stopping.signal, deadlineAt: Number.POSITIVE_INFINITY });
    waitsMs[kind].push(performance.now() - askedAt);
    mostAtOnce = Math.max(mostAtOnce, ++atOnce);
    const takesMs = latencyMs.least + random() * (latencyMs.most - latencyMs.least);
    const transitMs = random() * takesMs;
    await pause(transitMs);
    countedAt.push(performance.now());
    await pause(takesMs - transitMs);
    atOnce--;
    turn.end({ kind: 'answered' });
  }

  async function offer(turns: Turns, { kind, perSecond }: Load): Promise<void> {
    while (!stopping.signal.aborted) {
      const done = call(turns, kind).catch(() => {});
      if (perSecond === null) await done;
      else await pause((-Math.log(1 - random()) / perSecond) * 1_000);
    }
  }

  for (const load of loads) {
    for (let process = 0; process < load.processes; process++) void offer(new Turns(store, limits), load);
  }
  await vi.advanceTimersByTimeAsync(forMs);
  stopping.abort();
  await vi.advanceTimersByTimeAsync(latencyMs.most);
  return { mostInWindow: mostInAnyWindow(countedAt, limits.windowMs), mostAtOnce, waitsMs };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function mostInAnyWindow(at: readonly number[], windowMs: number): number {
  const sorted = at.toSorted((one, other) => one - other);
  let first = 0;
  let most = 0;
  for (const [last, time] of sorted.entries()) {
    while (time - (sorted[first] ?? time) >= windowMs) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}
