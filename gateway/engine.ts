/**
 * One supergraph in operation: its schema, its planner and its subgraphs. A new supergraph is a new engine;
 * requests that began on the old one end there.
 *
 * This is Hive Gateway's planner and executor without its HTTP server, which ours would only wrap: that one
 * begins to dispose of itself when SIGTERM arrives, whatever is running, and words errors on its own.
 * Measured over the same subgraphs, 50 rows with everything this gateway checks: 0.8 against 1.35 ms of CPU for a
 * flat list, 6 against 9 ms for one over three subgraphs, and half the time to load.
 */
import { unifiedGraphHandler } from '@graphql-hive/router-runtime';
import { buildSchema, type ExecutionResult, type GraphQLSchema, parse } from 'graphql';
import type { SubgraphRequest } from '../subgraphs/in-process.ts';
import { type Prices, pricesOf } from './limits/prices.ts';
import type { RequestContext, SubgraphCall } from './subgraph-calls.ts';

export interface Engine {
  /** As clients see it. */
  readonly schema: GraphQLSchema;
  readonly prices: Prices;
  execute(request: SubgraphRequest, context: RequestContext): Promise<ExecutionResult>;
}

/** Rejects when the supergraph is no supergraph. */
export async function createEngine(sdl: string, callOf: (subgraph: string) => SubgraphCall): Promise<Engine> {
  const { unifiedGraph, executor } = await unifiedGraphHandler({
    unifiedGraph: buildSchema(sdl, { assumeValid: true, assumeValidSDL: true }),
    getUnifiedGraphSDL: () => sdl,
    onSubgraphExecute: (subgraph, { document, operationName, variables, context }) =>
      callOf(subgraph)({ document, operationName, variables }, context),
  });
  if (!executor) throw new TypeError('The planner gave no executor');
  return {
    schema: unifiedGraph,
    prices: pricesOf(parse(sdl, { noLocation: true })),
    async execute({ document, operationName, variables = {} }, context) {
      const result = await executor({ document, operationName, variables, context });
      if (Symbol.asyncIterator in result) throw new TypeError('A query is answered once');
      return result;
    },
  };
}
