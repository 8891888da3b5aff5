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
  reachFreshness,
} from '../replica/fresh-enough.ts';
import { ErrorCode, SkiffError } from '../runtime/errors.ts';
import type { FreshnessCollector } from './freshness.ts';
import { type FreshnessWishes, noWishes } from './wishes.ts';

/** Rejects with what a client is told instead of an answer. */
export type MakeFresh = (
  types: readonly string[],
  wishes: FreshnessWishes,
  freshness: FreshnessCollector,
  patience: Patience,
  /** Rows that the document asks for by id. */
  ids?: AskedIds,
) => Promise<void> | void;

const RETRY_AFTER_MS = 1_000;

export function freshEnough(source: FreshnessSource): MakeFresh {
  return (types, wishes, freshness, patience, ids) => {
    const began = performance.now();
    const end = (reached: Reached) => {
      if (wishes !== noWishes) freshness.waited(performance.now() - began);
      freshness.saw(reached.position);
      for (const type of types) freshness.use(source.freshness(type));
      judge(reached, wishes, freshness);
    };
    const reached = reachFreshness(source, types, wishes, patience, ids);
    return reached instanceof Promise ? reached.then(end) : end(reached);
  };
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
