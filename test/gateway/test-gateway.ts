/**
 * Lends a gateway over read models filled by hand, all subgraphs in its process, and what it logged:
 *
 *     await using gateway = await testGateway();
 *     const { status, body } = await gateway.post({ query: '{ product(id: "1") { name } }' });
 */

import type { Supergraph } from '../../gateway/deployment.ts';
import { type Gateway, type GatewaySettings, startGateway } from '../../gateway/gateway.ts';
import { DEFAULT_LIMITS } from '../../gateway/limits/limits.ts';
import { callInProcess, type SubgraphCall } from '../../gateway/subgraph-calls.ts';
import { createLog } from '../../runtime/log.ts';
import { createMetrics } from '../../runtime/metrics.ts';
import { type Datasets, readDatasets } from '../../schema/datasets.ts';
import { type DeployedSchema, deployedSchema } from '../../schema/deployed.ts';
import { DOCUMENTS, type RegisteredDocument, readRegistry } from '../../schema/registry.ts';
import { subgraphContext } from '../../subgraphs/context.ts';
import { flatSubgraph } from '../../subgraphs/flat-subgraph.ts';
import { freshEnough } from '../../subgraphs/fresh-enough.ts';
import { localSubgraph } from '../../subgraphs/in-process.ts';
import { developer } from '../../subgraphs/principal.ts';
import { type ReadModels, readModels, TODAY } from '../read-models.ts';

export interface TestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks for what it knows to be there
  readonly body: any;
}

export interface TestGateway extends AsyncDisposable {
  readonly models: ReadModels;
  readonly gateway: Gateway;
  readonly url: string;
  /** The log's lines. */
  readonly lines: Record<string, unknown>[];
  fetch(path: string, init?: RequestInit): Promise<TestAnswer>;
  post(body: unknown, headers?: Readonly<Record<string, string>>): Promise<TestAnswer>;
  /** Of a query alone. */
  ask(query: string, variables?: Readonly<Record<string, unknown>>): Promise<TestAnswer>;
}

export interface TestGatewaySettings extends Partial<GatewaySettings> {
  /** Subgraphs that are asked otherwise than in this process. */
  readonly calls?: ReadonlyMap<string, SubgraphCall>;
  /** What may be asked by id; the repository's own by default. */
  readonly registered?: readonly RegisteredDocument[];
  /** Which of them are datasets; none where only other documents are registered. */
  readonly datasets?: Datasets;
  /** Shared with others, and not ended with the gateway. */
  readonly models?: ReadModels;
  /** Whether documents are compiled where they can be; by default they are. */
  readonly isCompiling?: boolean;
}

export function supergraphOf(
  schema: DeployedSchema,
  calls: ReadonlyMap<string, SubgraphCall> = new Map(),
  isCompiling = true,
): Supergraph {
  const callOf = ({ name, sdl }: { name: string; sdl: string }): SubgraphCall =>
    calls.get(name) ?? callInProcess(localSubgraph(flatSubgraph(name, sdl, schema.flat)));
  return {
    sdl: schema.supergraph,
    flat: schema.flat,
    documents: readRegistry(),
    datasets: readDatasets([DOCUMENTS]),
    inProcess: new Set(schema.subgraphs.map(({ name }) => name).filter((name) => isCompiling && !calls.has(name))),
    calls: new Map(schema.subgraphs.map((subgraph) => [subgraph.name, callOf(subgraph)])),
  };
}

export async function testGateway(settings: TestGatewaySettings = {}): Promise<TestGateway> {
  const { calls, registered, datasets, models = await readModels(), isCompiling, ...rest } = settings;
  const lines: Record<string, unknown>[] = [];
  const log = createLog({ level: 'debug' }, { write: (line) => lines.push(JSON.parse(line)) });
  const gateway = await startGateway({
    host: '127.0.0.1',
    port: 0,
    supergraph: {
      ...supergraphOf(deployedSchema(), calls, isCompiling),
      ...(registered && { documents: registered, datasets: { described: [], problems: [] } }),
      ...(datasets && { datasets }),
    },
    documents: { limits: DEFAULT_LIMITS, introspection: true },
    newContext: ({ access }) => subgraphContext(models.open, models.served, TODAY, access),
    authenticate: async () => developer,
    maySendText: () => true,
    makeFresh: freshEnough(models.source),
    responses: null,
    watch: () => () => {},
    openExport: models.openExport,
    dataVersion: models.version,
    corsOrigins: [],
    bodyLimitBytes: 1_000_000,
    requestDeadlineMs: 5_000,
    pages: '/nonexistent',
    consoleStatus: async () => ({ models: [] }),
    metrics: createMetrics(),
    log,
    ...rest,
  });
  async function ask(path: string, init: RequestInit = {}): Promise<TestAnswer> {
    const response = await fetch(`${gateway.url}${path}`, init);
    const text = await response.text();
    const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '') && text !== '';
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
  }
  const post = (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    ask('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return {
    models,
    gateway,
    url: gateway.url,
    lines,
    fetch: ask,
    post,
    ask: (query, variables = {}) => post({ query, variables }),
    async [Symbol.asyncDispose]() {
      await gateway.close();
      if (!settings.models) await models[Symbol.asyncDispose]();
    },
  };
}
