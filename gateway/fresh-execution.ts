/**
 * Executes a request once what it reads is as fresh as its client wishes, and says how fresh the answer is.
 *
 * Waiting takes its share of the request's time at the most: an answer that is stale and marked so is worth more than
 * none.
 */
import type { ExecutionResult } from 'graphql';
import type { MakeFresh } from '../subgraphs/fresh-enough.ts';
import type { FreshnessCollector } from '../subgraphs/freshness.ts';
import { freshnessHeaders } from '../subgraphs/wire.ts';
import type { Prepared } from './deployment.ts';
import { seenEffects } from './seen-effects.ts';
import { patienceMs, type RequestContext } from './subgraph-calls.ts';

export async function executeFresh(
  prepared: Prepared,
  context: RequestContext,
  makeFresh: MakeFresh,
  onFresh: () => void = () => {},
): Promise<ExecutionResult> {
  const { subgraph, signal } = context;
  const { maxStalenessMs } = prepared;
  const { wishes, check } = await seenEffects(prepared, context);
  const asked = wishes.maxStalenessMs === null && maxStalenessMs !== null ? { ...wishes, maxStalenessMs } : wishes;
  const patience = { waitMs: patienceMs(context), signal };
  await makeFresh(prepared.localTypes, asked, subgraph.freshness, patience, prepared.localIds);
  check();
  onFresh();
  return prepared.execute({ ...context, wishes: asked });
}

/** How long an answer waited is for whoever tunes a wish. */
export const answerHeaders = (freshness: FreshnessCollector): Record<string, string> => ({
  ...freshnessHeaders(freshness),
  ...(freshness.waitedMs === null ? {} : { 'server-timing': `freshness;dur=${freshness.waitedMs.toFixed(3)}` }),
});
