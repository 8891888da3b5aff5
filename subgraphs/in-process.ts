/**
 * Runs a subgraph in this process: no HTTP, no parsing, and documents compiled once.
 *
 * The gateway's planner hands the same document object for the same plan, so it keys the compiled
 * form, which goes when the plan goes. What graphql-jit cannot compile runs interpreted.
 */
import { type DocumentNode, type ExecutionResult, execute, type GraphQLSchema } from 'graphql';
import { type CompiledQuery, compileQuery, isCompiledQuery } from 'graphql-jit';
import type { SubgraphContext } from './context.ts';

export interface SubgraphRequest {
  readonly document: DocumentNode;
  readonly operationName?: string | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

export type LocalSubgraph = (
  request: SubgraphRequest,
  context: SubgraphContext,
) => Promise<ExecutionResult> | ExecutionResult;

export function localSubgraph(schema: GraphQLSchema): LocalSubgraph {
  const compiled = new WeakMap<DocumentNode, CompiledQuery | null>();

  function compile({ document, operationName }: SubgraphRequest): CompiledQuery | null {
    const query = compileQuery(schema, document, operationName);
    const kept = isCompiledQuery(query) ? query : null;
    compiled.set(document, kept);
    return kept;
  }

  return (request, context) => {
    const { document, operationName, variables = {} } = request;
    const known = compiled.get(document);
    const query = known === undefined ? compile(request) : known;
    return query
      ? query.query(undefined, context, variables)
      : execute({ schema, document, operationName, variableValues: variables, contextValue: context });
  };
}
