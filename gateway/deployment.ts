/**
 * A supergraph as it is deployed: what clients can ask of it, and how that is answered. It is replaced
 * as a whole; a request stays with the one it began on.
 */
import { createHash } from 'node:crypto';
import type { ExecutionResult, OperationDefinitionNode } from 'graphql';
import { dependsOnDay, type FlatSchema } from '../replica/flat-type.ts';
import { ErrorCode, SkiffError } from '../runtime/errors.ts';
import type { Datasets } from '../schema/datasets.ts';
import { documentFault, type RegisteredDocument } from '../schema/registry.ts';
import { type AskedIds, idsAsked } from '../subgraphs/asked-ids.ts';
import { type CompiledOperation, Compiler } from '../subgraphs/compile.ts';
import { flatOnly } from '../subgraphs/flat-only.ts';
import { namedTypes } from '../subgraphs/named-types.ts';
import { mayRead, type Principal } from '../subgraphs/principal.ts';
import type { CacheableDocument } from './cacheable-document.ts';
import { type DeployedDatasets, deployDatasets } from './data/dataset.ts';
import { type DocumentSettings, Documents, type GoodDocument } from './documents.ts';
import { createEngine } from './engine.ts';
import type { GraphqlRequest } from './graphql-request.ts';
import { checkCost } from './limits/cost.ts';
import { type PersistedDocument, persistedDocuments } from './persisted-documents.ts';
import { type PlainDocument, plainDocument } from './plain-document.ts';
import type { RequestContext, SubgraphCall } from './subgraph-calls.ts';
import { type Subscription, subscriptionOf } from './subscription.ts';

export interface Supergraph {
  readonly sdl: string;
  /** How each of its subgraphs is asked. */
  readonly calls: ReadonlyMap<string, SubgraphCall>;
  readonly flat: FlatSchema;
  /** What may be asked by id. */
  readonly documents: readonly RegisteredDocument[];
  /** Which of them are tables too. */
  readonly datasets: Datasets;
  /** Subgraphs that read from this process's own database. */
  readonly inProcess: ReadonlySet<string>;
}

/** A request that may be executed. */
export interface Prepared {
  readonly operation: OperationDefinitionNode;
  /** The flat types it names whose subgraph runs in this process. */
  readonly localTypes: readonly string[];
  /** The rows of these types that it asks for by id. */
  readonly localIds: AskedIds;
  /** What a persisted document says of itself, for a request that does not say. */
  readonly maxStalenessMs: number | null;
  /** The command whose every state is to be told; null where there is one answer. */
  readonly watched: string | null;
  /** Where its answer may be kept: it is registered, and rests on read models alone. */
  readonly cacheable: CacheableDocument | null;
  execute(context: RequestContext): Promise<ExecutionResult>;
}

export interface Deployment {
  /** Of all that answers depend on in it. */
  readonly fingerprint: string;
  readonly flat: FlatSchema;
  readonly datasets: DeployedDatasets;
  /** Throws a refusal when the request may not be executed, or not for this principal. */
  prepare(request: GraphqlRequest, principal: Principal): Prepared;
  /** What this principal may ask by id. */
  documentsFor(principal: Principal): readonly RegisteredDocument[];
}

/** Both ways an operation can go, prepared when it is first met and kept as long as its document is. */
interface Ways {
  readonly compiled: CompiledOperation;
  readonly federated: PlainDocument;
}

export async function deploy(supergraph: Supergraph, settings: DocumentSettings): Promise<Deployment> {
  const { sdl, calls, flat, inProcess } = supergraph;
  const engine = await createEngine(sdl, (subgraph) => {
    const call = calls.get(subgraph);
    if (!call) throw new TypeError(`Nobody answers for the subgraph "${subgraph}"`);
    return call;
  });
  const local = flat.types.filter(({ subgraph }) => inProcess.has(subgraph));
  const localTypes = namedTypes(engine.schema, local);
  const localIds = idsAsked(engine.schema, local);
  const documents = new Documents(engine.schema, settings);
  const compiler = new Compiler({ schema: engine.schema, flat, inProcess });
  const subscriptions = new WeakMap<OperationDefinitionNode, Subscription | null>();
  const subscriptionIn = (operation: OperationDefinitionNode, good: GoodDocument): Subscription | null => {
    const known = subscriptions.get(operation);
    if (known !== undefined) return known;
    const found = subscriptionOf(engine.schema, operation, good);
    subscriptions.set(operation, found);
    return found;
  };
  const ways = new WeakMap<OperationDefinitionNode, Ways>();
  const waysOf = (operation: OperationDefinitionNode, good: GoodDocument): Ways => {
    const known = ways.get(operation) ?? {
      compiled: compiler.compile(operation, good.fragments),
      federated: plainDocument(engine.schema, operation, good),
    };
    ways.set(operation, known);
    return known;
  };
  const types = namedTypes(engine.schema, flat.types);
  const subgraphOf = new Map(flat.types.map(({ name, subgraph }) => [name, subgraph]));
  const subgraphsNamed = (operation: OperationDefinitionNode, { document }: GoodDocument): Set<string> =>
    new Set(types(operation, document).map((type) => subgraphOf.get(type) ?? ''));
  const persisted = persistedDocuments(supergraph.documents, documents);
  const isFlatOnly = flatOnly(engine.schema, flat);
  const allIds = idsAsked(engine.schema, flat.types);
  const flatTypes = new Map(flat.types.map((type) => [type.name, type]));
  const cacheable = (
    operation: OperationDefinitionNode,
    { good, maxStalenessMs }: PersistedDocument,
    variables: Readonly<Record<string, unknown>>,
  ): CacheableDocument | null => {
    if (!isFlatOnly(operation, good.document)) return null;
    const named = types(operation, good.document);
    const subgraphs = [...subgraphsNamed(operation, good)];
    const declared = named.flatMap((name) => flatTypes.get(name) ?? []);
    return {
      operation: operation.name?.value ?? 'anonymous',
      types: named,
      subgraphs,
      ids: allIds(operation, good.document, variables),
      maxStalenessMs,
      dependsOnDay: declared.some(dependsOnDay),
      remoteModels: inProcess.size === calls.size ? null : declared.map(({ model }) => model),
    };
  };
  const problems = [...supergraph.datasets.problems];
  const sources = { schema: engine.schema, flat, inProcess, documents, persisted };
  const datasets = deployDatasets(supergraph.datasets.described, sources, problems);
  if (problems.length > 0) throw documentFault(problems);
  for (const { good } of persisted.all) {
    for (const operation of good.operations) {
      const subscription = subscriptionIn(operation, good);
      waysOf(subscription?.operation ?? operation, subscription?.good ?? good);
    }
  }
  return {
    fingerprint: fingerprintOf(supergraph),
    flat,
    datasets,
    prepare({ query, documentId, operationName, variables: given }, principal) {
      const registered = documentId === undefined ? null : persisted.get(documentId);
      const { good: read, maxStalenessMs } = registered ?? { good: documents.read(query ?? ''), maxStalenessMs: null };
      const named = documents.operationOf(read, operationName);
      const subscription = subscriptionIn(named, read);
      const { operation, good } = subscription ?? { operation: named, good: read };
      refuseForbidden(principal, subgraphsNamed(operation, good));
      const variables = documents.variablesFor(operation, given);
      const { schema, prices } = engine;
      checkCost({ schema, prices, operation, fragments: good.fragments, variables }, settings.limits);
      return {
        operation: named,
        maxStalenessMs,
        watched: subscription?.idWith(variables) ?? null,
        localTypes: localTypes(operation, good.document),
        localIds: localIds(operation, good.document, variables),
        cacheable: registered && !subscription ? cacheable(operation, registered, variables) : null,
        async execute(context) {
          const { compiled, federated } = waysOf(operation, good);
          const answer = await compiled.answer(variables, context.subgraph);
          if ('result' in answer) {
            return { ...answer.result, extensions: { explain: { way: 'compiled', statements: answer.statements } } };
          }
          const plain = { document: federated(variables), operationName: operation.name?.value, variables };
          const result = await engine.execute(plain, context);
          return { ...result, extensions: { explain: { way: 'federated', because: answer.because } } };
        },
      };
    },
    documentsFor: (principal) =>
      persisted.all
        .filter(({ good }) =>
          good.operations.every((one) => forbidden(principal, subgraphsNamed(one, good)).length === 0),
        )
        .map(({ registered }) => registered),
  };
}

const fingerprintOf = ({ sdl, documents, inProcess }: Supergraph): string =>
  createHash('sha256')
    .update(JSON.stringify([sdl, documents, [...inProcess]]))
    .digest('base64url')
    .slice(0, 16);

/** Whole, and before anything runs: a part that is missing without a word would be taken for no rows. */
function refuseForbidden(principal: Principal, subgraphs: ReadonlySet<string>): void {
  const scopes = forbidden(principal, subgraphs).map((subgraph) => `read:${subgraph}`);
  if (scopes.length === 0) return;
  const message = `This document needs scopes that the caller has not: ${scopes.join(' ')}.`;
  throw new SkiffError(ErrorCode.Forbidden, message);
}

const forbidden = (principal: Principal, subgraphs: ReadonlySet<string>): string[] =>
  [...subgraphs].filter((subgraph) => !mayRead(principal, subgraph));
