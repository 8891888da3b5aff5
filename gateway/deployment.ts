/**
 * A supergraph as it is deployed: what clients can ask of it, and how that is answered. It is replaced
 * as a whole; a request stays with the one it began on.
 */
import type { ExecutionResult, OperationDefinitionNode } from 'graphql';
import type { FlatSchema } from '../replica/flat-type.ts';
import type { RegisteredDocument } from '../schema/registry.ts';
import { type DocumentSettings, Documents } from './documents.ts';
import { createEngine } from './engine.ts';
import type { GraphqlRequest } from './graphql-request.ts';
import { checkCost } from './limits/cost.ts';
import { persistedDocuments } from './persisted-documents.ts';
import type { RequestContext, SubgraphCall } from './subgraph-calls.ts';

export interface Supergraph {
  readonly sdl: string;
  /** How each of its subgraphs is asked. */
  readonly calls: ReadonlyMap<string, SubgraphCall>;
  readonly flat: FlatSchema;
  /** What may be asked by id. */
  readonly documents: readonly RegisteredDocument[];
}

/** A request that may be executed. */
export interface Prepared {
  readonly operation: OperationDefinitionNode;
  /** What a persisted document says of itself, for a request that does not say. */
  readonly maxStalenessMs: number | null;
  execute(context: RequestContext): Promise<ExecutionResult>;
}

export interface Deployment {
  readonly flat: FlatSchema;
  /** Throws a refusal when the request may not be executed. */
  prepare(request: GraphqlRequest): Prepared;
}

export async function deploy(supergraph: Supergraph, settings: DocumentSettings): Promise<Deployment> {
  const { sdl, calls, flat } = supergraph;
  const engine = await createEngine(sdl, (subgraph) => {
    const call = calls.get(subgraph);
    if (!call) throw new TypeError(`Nobody answers for the subgraph "${subgraph}"`);
    return call;
  });
  const documents = new Documents(engine.schema, settings);
  const persisted = persistedDocuments(supergraph.documents, documents);
  return {
    flat,
    prepare({ query, documentId, operationName, variables: given }) {
      const { good, maxStalenessMs } =
        documentId === undefined ? { good: documents.read(query), maxStalenessMs: null } : persisted.get(documentId);
      const operation = documents.operationOf(good, operationName);
      const variables = documents.variablesFor(operation, given);
      const { schema, prices } = engine;
      checkCost({ schema, prices, operation, fragments: good.fragments, variables }, settings.limits);
      const name = operation.name?.value;
      return {
        operation,
        maxStalenessMs,
        execute: (context) => engine.execute({ document: good.document, operationName: name, variables }, context),
      };
    },
  };
}
