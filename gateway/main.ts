/** The role `gateway`: the subgraphs, in this process or elsewhere, behind one port. */
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { deskOf } from '../commands/open.ts';
import { commandMetrics, commandStatus } from '../commands/status.ts';
import { storedBudgets } from '../erp/budget/postgres-store.ts';
import { budgetMetrics } from '../erp/budget-metrics.ts';
import type { Connector } from '../erp/connector.ts';
import { apiKeys } from '../replica/api-keys.ts';
import { exportPool } from '../replica/connect.ts';
import { flatExports } from '../replica/exports.ts';
import type { FlatSchema } from '../replica/flat-type.ts';
import { flatReads, type KeptRows } from '../replica/read.ts';
import { serveReplica } from '../replica/serve.ts';
import { replicaMetrics, replicaStatus } from '../replica/status.ts';
import { port, positiveInteger, redisUrl, wholeNumber } from '../runtime/env.ts';
import type { Log } from '../runtime/log.ts';
import { createMetrics } from '../runtime/metrics.ts';
import { remembered } from '../runtime/remembered.ts';
import type { Shutdown } from '../runtime/shutdown.ts';
import { readDatasets } from '../schema/datasets.ts';
import type { DeployedSchema } from '../schema/deployed.ts';
import { DOCUMENTS, readRegistry } from '../schema/registry.ts';
import { servedDocuments } from '../schema/served-documents.ts';
import { watchSchema } from '../schema/watch.ts';
import { cacheMetrics, sharedMetrics } from '../subgraphs/cache-metrics.ts';
import { callerOf, subgraphContext } from '../subgraphs/context.ts';
import { FollowedCache } from '../subgraphs/followed-cache.ts';
import { freshEnough } from '../subgraphs/fresh-enough.ts';
import { subgraphSecret } from '../subgraphs/identity.ts';
import { localSubgraph } from '../subgraphs/in-process.ts';
import { developer } from '../subgraphs/principal.ts';
import { subgraphSchema } from '../subgraphs/subgraph-schema.ts';
import { todayIn } from '../subgraphs/today.ts';
import { authentication } from './authentication.ts';
import { isLocalHost } from './cors.ts';
import type { Supergraph } from './deployment.ts';
import { startGateway } from './gateway.ts';
import { DEFAULT_LIMITS } from './limits/limits.ts';
import { ResponseCache } from './response-cache.ts';
import { redisStore } from './shared-store.ts';
import { callByHttp, callInProcess } from './subgraph-calls.ts';
import { type TokenIssuer, tokenVerifier } from './tokens.ts';

/** Of finished answers, where the operator says nothing else. */
const RESPONSE_CACHE_BYTES = 64 * 2 ** 20;

const list = (text: string): string[] =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);

interface OidcEnv {
  readonly SKIFF_OIDC_ISSUER?: string | undefined;
  readonly SKIFF_OIDC_AUDIENCE?: string | undefined;
  readonly SKIFF_OIDC_JWKS_URL?: string | undefined;
}

const oidc = (env: OidcEnv) => [env.SKIFF_OIDC_ISSUER, env.SKIFF_OIDC_AUDIENCE, env.SKIFF_OIDC_JWKS_URL] as const;

const tokenIssuer = ([issuer, audience, jwksUrl]: ReturnType<typeof oidc>): TokenIssuer | null =>
  issuer !== undefined && audience !== undefined && jwksUrl !== undefined ? { issuer, audience, jwksUrl } : null;

/** What the gateway reads from its environment. */
export const GatewayEnv = z
  .object({
    SKIFF_HOST: z.string().default('127.0.0.1'),
    SKIFF_PORT: port.default(4000),
    SKIFF_CORS_ORIGINS: z.string().default(''),
    SKIFF_PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
    SKIFF_DOCUMENTS: z.enum(['any', 'registered']).default('any'),
    SKIFF_DOCUMENT_DIRS: z.string().default(''),
    SKIFF_SUBGRAPH_URLS: z
      .string()
      .default('')
      .refine((text) => list(text).every((one) => /^\w+=https?:\/\/\S+$/.test(one)), {
        error: 'must look like inventory=http://host:4001/graphql,shipping=http://…',
      }),
    SKIFF_SUBGRAPH_SECRET: subgraphSecret.optional(),
    SKIFF_OIDC_ISSUER: z.string().optional(),
    SKIFF_OIDC_AUDIENCE: z.string().optional(),
    SKIFF_OIDC_JWKS_URL: z.url({ protocol: /^https?$/ }).optional(),
    SKIFF_REQUEST_TIMEOUT_MS: positiveInteger.default(10_000),
    SKIFF_SUBGRAPH_TIMEOUT_MS: positiveInteger.default(5_000),
    SKIFF_BODY_LIMIT_BYTES: positiveInteger.default(1_000_000),
    SKIFF_CACHE_BYTES: wholeNumber.default(0),
    SKIFF_RESPONSE_CACHE_BYTES: wholeNumber.default(RESPONSE_CACHE_BYTES),
    SKIFF_CACHE_URL: redisUrl.optional(),
    SKIFF_EXPORTS: positiveInteger.default(4),
    SKIFF_EXPORT_TIMEOUT_MS: positiveInteger.default(300_000),
    SKIFF_COMMAND_POLICY: z.string().optional(),
  })
  .refine((env) => env.SKIFF_SUBGRAPH_URLS === '' || env.SKIFF_SUBGRAPH_SECRET !== undefined, {
    error: 'SKIFF_SUBGRAPH_URLS needs SKIFF_SUBGRAPH_SECRET: the same one that the subgraphs are given.',
  })
  .refine((env) => env.SKIFF_CACHE_URL === undefined || env.SKIFF_RESPONSE_CACHE_BYTES > 0, {
    error: 'SKIFF_CACHE_URL needs SKIFF_RESPONSE_CACHE_BYTES: what gateways share each of them keeps, too.',
  })
  .refine((env) => new Set(oidc(env).map((value) => value === undefined)).size === 1, {
    error: 'SKIFF_OIDC_ISSUER, SKIFF_OIDC_AUDIENCE and SKIFF_OIDC_JWKS_URL go together: set all of them or none.',
  })
  .transform((env) => ({
    host: env.SKIFF_HOST,
    port: env.SKIFF_PORT,
    corsOrigins: list(env.SKIFF_CORS_ORIGINS),
    publicUrl: env.SKIFF_PUBLIC_URL?.replace(/\/+$/, ''),
    textIsAllowed: env.SKIFF_DOCUMENTS === 'any',
    documentFolders: [DOCUMENTS, ...list(env.SKIFF_DOCUMENT_DIRS)],
    subgraphUrls: new Map(
      list(env.SKIFF_SUBGRAPH_URLS).map((one): [string, string] => [
        one.slice(0, one.indexOf('=')),
        one.slice(one.indexOf('=') + 1),
      ]),
    ),
    subgraphSecret: env.SKIFF_SUBGRAPH_SECRET ?? '',
    tokenIssuer: tokenIssuer(oidc(env)),
    requestDeadlineMs: env.SKIFF_REQUEST_TIMEOUT_MS,
    subgraphTimeoutMs: env.SKIFF_SUBGRAPH_TIMEOUT_MS,
    bodyLimitBytes: env.SKIFF_BODY_LIMIT_BYTES,
    cacheBytes: env.SKIFF_CACHE_BYTES,
    responseCacheBytes: env.SKIFF_RESPONSE_CACHE_BYTES,
    cacheUrl: env.SKIFF_CACHE_URL,
    mostExports: env.SKIFF_EXPORTS,
    exportTimeoutMs: env.SKIFF_EXPORT_TIMEOUT_MS,
    commandPolicy: env.SKIFF_COMMAND_POLICY,
  }));

type GatewayConfig = z.output<typeof GatewayEnv>;

export interface GatewayRole {
  readonly config: GatewayConfig;
  readonly databaseUrl: string;
  readonly connector: Connector;
  readonly schema: DeployedSchema;
  /** The schema as its files now say. */
  readonly redeploy: () => Promise<DeployedSchema>;
  readonly log: Log;
  readonly shutdown: Shutdown;
  /** Pages of any port of this machine may read answers, and who asks from it needs no credential. */
  readonly isDemo: boolean;
}

const pages = fileURLToPath(new URL('../web/dist/', import.meta.url));

export async function runGateway(role: GatewayRole): Promise<void> {
  const { config, databaseUrl, connector, schema, log, shutdown, isDemo } = role;
  if (schema.leftOut.length > 0) {
    log.info({ leftOut: schema.leftOut }, `The connector ${connector.name} has no read model for these types`);
  }
  const { db, rows, serving } = await serveReplica({ databaseUrl, connector, flat: schema.flat, log, shutdown });
  if (shutdown.signal.aborted) return;
  const exports = exportPool(databaseUrl, config.mostExports, config.exportTimeoutMs);
  shutdown.add({ name: 'connections of exports', stop: () => exports.end() });

  const metrics = createMetrics();
  const status = remembered(() => replicaStatus(db));
  replicaMetrics(metrics, status);
  budgetMetrics(
    metrics,
    remembered(() => storedBudgets(db)),
  );
  const commands = remembered(() => commandStatus(db));
  commandMetrics(metrics, commands);
  const { changes, isFollowing } = serving;
  const kept =
    config.cacheBytes === 0 ? null : new FollowedCache<KeptRows>({ changes, isFollowing, maxBytes: config.cacheBytes });
  let openReads = flatReads(schema.flat, serving, rows, kept);
  // What commands are judged by is read as it is.
  let openUnkept = flatReads(schema.flat, serving, rows);
  const openExports = (flat: FlatSchema) => flatExports(flat, serving, exports, config.exportTimeoutMs);
  let openExport = openExports(schema.flat);
  const today = todayIn(connector.timeZone);
  const { desk, watch } = await deskOf({
    policy: config.commandPolicy,
    databaseUrl,
    openReads: (day, scope) => openUnkept(day, scope),
    source: serving,
    today,
    shutdown,
  });
  const shared = config.cacheUrl === undefined ? null : redisStore(config.cacheUrl, log);
  if (shared) shutdown.add({ name: 'the shared cache', stop: () => shared.close() });
  const responses =
    config.responseCacheBytes === 0
      ? null
      : new ResponseCache({
          changes,
          isFollowing,
          shared,
          maxBytes: config.responseCacheBytes,
          hashOf: (type) => serving.get(type).hash,
          today,
        });
  cacheMetrics(metrics, { ...(kept && { rows: kept }), ...(responses && { responses }) });
  if (responses && shared) sharedMetrics(metrics, () => ({ ...responses.sharedCounts, ...shared.counts }));
  const gateway = await startGateway({
    ...config,
    responses,
    supergraph: supergraphOf(schema, config, log),
    documents: { limits: DEFAULT_LIMITS, introspection: true },
    newContext: (principal, origin) =>
      subgraphContext(openReads, serving, today(), principal.access, () => desk(callerOf(principal, origin))),
    authenticate: authentication({
      findApiKey: apiKeys((statement) => db.query(statement)),
      verifyToken: config.tokenIssuer && tokenVerifier(config.tokenIssuer),
      localPrincipal: isDemo && isLocalHost(config.host) ? developer : null,
    }),
    maySendText: ({ scopes }) => config.textIsAllowed || scopes.has('develop'),
    makeFresh: freshEnough(serving),
    watch,
    openExport: (...asked) => openExport(...asked),
    dataVersion: serving.version,
    corsOrigins: isDemo ? 'localhost' : config.corsOrigins,
    pages,
    consoleStatus: async () => ({
      ...(await status()),
      commands: await commands(),
      ...(responses && { keptAnswers: responses.status }),
    }),
    metrics,
    log,
  });
  shutdown.add({ name: 'gateway', stop: () => gateway.close() });
  watchSchema(async () => {
    try {
      const changed = await role.redeploy();
      await gateway.reload(supergraphOf(changed, config, log));
      kept?.clear();
      openReads = flatReads(changed.flat, serving, rows, kept);
      openUnkept = flatReads(changed.flat, serving, rows);
      openExport = openExports(changed.flat);
    } catch (err) {
      log.error({ err }, 'The changed schema is not served; the one before goes on');
    }
  }, shutdown.signal);
  process.stdout.write(
    `Skiff is ready: ${gateway.url}/graphql   (console ${gateway.url}/console, metrics ${gateway.url}/metrics)\n`,
  );
}

function supergraphOf(schema: DeployedSchema, config: GatewayConfig, log: Log): Supergraph {
  const { supergraph, subgraphs, flat } = schema;
  const { documents, datasets, leftOut } = servedDocuments(
    readRegistry(config.documentFolders),
    readDatasets(config.documentFolders),
    schema,
  );
  if (leftOut.length > 0) log.info({ leftOut }, 'These persisted documents ask for types that are left out');
  return {
    sdl: supergraph,
    flat,
    inProcess: new Set(subgraphs.map(({ name }) => name).filter((name) => !config.subgraphUrls.has(name))),
    documents,
    datasets,
    calls: new Map(
      subgraphs.map(({ name, sdl }) => {
        const url = config.subgraphUrls.get(name);
        return [
          name,
          url === undefined
            ? callInProcess(localSubgraph(subgraphSchema(name, sdl, flat)))
            : callByHttp(name, url, config.subgraphSecret, config.subgraphTimeoutMs),
        ];
      }),
    ),
  };
}
