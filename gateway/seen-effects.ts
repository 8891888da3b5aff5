/**
 * The effects of what a client has asked for are in what it reads next (`Skiff-After` with commands in it), or it is told
 * that they cannot be there yet.
 *
 * The commands themselves it finds at once. What they did in the ERP is in the read models when these are as of a time
 * after the ERP's answer.
 */
import { ErrorCode, SkiffError } from '../runtime/errors.ts';
import type { FreshnessWishes } from '../subgraphs/wishes.ts';
import type { Prepared } from './deployment.ts';
import { patienceMs, type RequestContext } from './subgraph-calls.ts';

export interface SeenEffects {
  /** With what the read models need to be as fresh as. */
  readonly wishes: FreshnessWishes;
  /** To be called when they have been made fresh: throws where that was not enough. */
  check(): void;
}

const RETRY_AFTER_MS = 500;

export async function seenEffects(prepared: Prepared, context: RequestContext): Promise<SeenEffects> {
  const { wishes, subgraph, signal } = context;
  const { commands = [], onStale } = wishes;
  if (commands.length === 0 || prepared.localTypes.length === 0) return { wishes, check: () => {} };
  const patience = { waitMs: patienceMs(context), signal };
  const { acknowledgedAt, pending } = await subgraph.desk().effects(commands, patience);
  const miss = () => {
    if (onStale !== 'serve') {
      const message = 'What this client has asked for is not here yet.';
      throw new SkiffError(ErrorCode.NotYetVisible, message, { retryAfterMs: RETRY_AFTER_MS });
    }
    // The next answer is not to forget what this one lacks.
    subgraph.freshness.owe(commands);
    subgraph.freshness.miss();
  };
  if (pending.length > 0) miss();
  return {
    wishes: acknowledgedAt === null ? wishes : { ...wishes, maxStalenessMs: 0 },
    check() {
      const { asOf } = subgraph.freshness.get();
      if (acknowledgedAt !== null && (asOf === null || asOf < acknowledgedAt)) miss();
    },
  };
}
