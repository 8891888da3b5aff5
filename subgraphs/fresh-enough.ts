/**
 * Grants a request's wishes for freshness before its statements run, or says what became of them.
 *
 * Every read model that the document names counts, whether a row of it is reached or not: how fresh an answer is must
 * not depend on its data.
 */
import {
  type AskedIds,
  type FreshnessSource,
  type Patience,
  type Reached,
  reachedAtOnce,
  reachFreshness,
} from '../replica/fresh-enough.ts';
import { ErrorCode, SkiffError } from '../runtime/errors.ts';
import type { FreshnessCollector } from './freshness.ts';
import { type FreshnessWishes, noWishes } from './wishes.ts';

export interface MakeFresh {
  /** Rejects with what a client is told instead of an answer. */
  (
    types: readonly string[],
    wishes: FreshnessWishes,
    freshness: FreshnessCollector,
    patience: Patience,
    /** Rows that the document asks for by id. */
    ids?: AskedIds,
  ): Promise<void> | void;
  /** Grants what need not be waited for; false where something must be. Throws as the other rejects. */
  atOnce(types: readonly string[], wishes: FreshnessWishes, freshness: FreshnessCollector): boolean;
}

const RETRY_AFTER_MS = 1_000;

export function freshEnough(source: FreshnessSource): MakeFresh {
  const end = (reached: Reached, types: readonly string[], wishes: FreshnessWishes, freshness: FreshnessCollector) => {
    freshness.saw(reached.position);
    for (const type of types) freshness.use(source.freshness(type));
    judge(reached, wishes, freshness);
  };
  const makeFresh = (...[types, wishes, freshness, patience, ids]: Parameters<MakeFresh>): Promise<void> | void => {
    const began = performance.now();
    const reached = reachFreshness(source, types, wishes, patience, ids);
    const over = (how: Reached) => {
      if (wishes !== noWishes) freshness.waited(performance.now() - began);
      end(how, types, wishes, freshness);
    };
    return reached instanceof Promise ? reached.then(over) : over(reached);
  };
  return Object.assign(makeFresh, {
    atOnce(types: readonly string[], wishes: FreshnessWishes, freshness: FreshnessCollector): boolean {
      const reached = reachedAtOnce(source, types, wishes);
      if (!reached) return false;
      if (wishes !== noWishes) freshness.waited(0);
      end(reached, types, wishes, freshness);
      return true;
    },
  });
}

function judge({ isFresh, isVisible }: Reached, { onStale }: FreshnessWishes, freshness: FreshnessCollector): void {
  if (!isVisible && onStale !== 'serve') {
    const message = 'What this client has seen before is not here yet.';
    throw new SkiffError(ErrorCode.NotYetVisible, message, { retryAfterMs: RETRY_AFTER_MS });
  }
  if (!isFresh || !isVisible) freshness.miss();
  const { asOf, stale } = freshness.get();
  if (stale && onStale === 'error') {
    const message = `The data is as of ${asOf?.toISOString() ?? 'never'}, older than was asked for.`;
    throw new SkiffError(ErrorCode.StaleData, message, { retryAfterMs: RETRY_AFTER_MS });
  }
}
