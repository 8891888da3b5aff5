/**
 * Runs a subgraph in this process: no HTTP, no parsing, and documents compiled once.
 *
 * The gateway's planner hands the same document object for the same plan, so it keys the compiled
 * form, which goes when the plan goes. What graphql-jit cannot compile runs interpreted.
 */
import { type DocumentNode, type ExecutionResult, execute, type GraphQLSchema } from 'graphql';
import { type CompiledQuery, compileQuery, isCompiledQuery } from 'graphql-jit';
import { variablesInObjects, withoutFieldsOf } from './absent-variables.ts';
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

/** Documents differ in the variables a request leaves out; one with more ways than this to do so is not compiled. */
const MOST_SHAPES = 16;

interface Compiled {
  readonly optional: readonly string[];
  /** By the variables left out. Null: cannot be compiled. */
  readonly shapes: Map<string, CompiledQuery | null>;
}

export function localSubgraph(schema: GraphQLSchema): LocalSubgraph {
  const compiled = new WeakMap<DocumentNode, Compiled>();

  function compiledQuery({ document, operationName, variables = {} }: SubgraphRequest): CompiledQuery | null {
    const known = compiled.get(document) ?? { optional: variablesInObjects(document), shapes: new Map() };
    compiled.set(document, known);
    const absent = known.optional.filter((name) => variables[name] === undefined);
    const shape = absent.join();
    const found = known.shapes.get(shape);
    if (found !== undefined) return found;
    if (known.shapes.size >= MOST_SHAPES) return null;
    const query = compileQuery(schema, withoutFieldsOf(document, absent), operationName);
    const kept = isCompiledQuery(query) ? query : null;
    known.shapes.set(shape, kept);
    return kept;
  }

  return (request, context) => {
    const { document, operationName, variables = {} } = request;
    const query = compiledQuery(request);
    return query
      ? query.query(undefined, context, variables)
      : execute({ schema, document, operationName, variableValues: variables, contextValue: context });
  };
}
