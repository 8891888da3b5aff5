/** The role `subgraph <name>`: one subgraph as a process of its own. */
import { z } from 'zod';
import { deskOf } from '../commands/open.ts';
import type { Connector } from '../erp/connector.ts';
import { flatReads, type KeptRows } from '../replica/read.ts';
import { serveReplica } from '../replica/serve.ts';
import { port, positiveInteger, wholeNumber } from '../runtime/env.ts';
import { FaultCode, OperatorFault } from '../runtime/errors.ts';
import type { Log } from '../runtime/log.ts';
import type { Shutdown } from '../runtime/shutdown.ts';
import type { DeployedSchema } from '../schema/deployed.ts';
import { subgraphContext } from './context.ts';
import { FollowedCache } from './followed-cache.ts';
import { freshEnough } from './fresh-enough.ts';
import { subgraphSecret } from './identity.ts';
import { startSubgraph } from './server.ts';
import { subgraphSchema } from './subgraph-schema.ts';
import { todayIn } from './today.ts';

/** What a subgraph reads from its environment. */
export const SubgraphEnv = z
  .object({
    SKIFF_HOST: z.string().default('127.0.0.1'),
    SKIFF_PORT: port.default(4001),
    SKIFF_BODY_LIMIT_BYTES: positiveInteger.default(10_000_000),
    SKIFF_SUBGRAPH_SECRET: subgraphSecret,
    SKIFF_CACHE_BYTES: wholeNumber.default(0),
    SKIFF_COMMAND_POLICY: z.string().optional(),
  })
  .transform((env) => ({
    host: env.SKIFF_HOST,
    port: env.SKIFF_PORT,
    bodyLimitBytes: env.SKIFF_BODY_LIMIT_BYTES,
    secret: env.SKIFF_SUBGRAPH_SECRET,
    cacheBytes: env.SKIFF_CACHE_BYTES,
    commandPolicy: env.SKIFF_COMMAND_POLICY,
  }));

export interface SubgraphRole {
  readonly name: string;
  readonly config: z.output<typeof SubgraphEnv>;
  readonly databaseUrl: string;
  readonly connector: Connector;
  readonly schema: DeployedSchema;
  readonly log: Log;
  readonly shutdown: Shutdown;
}

export async function runSubgraph(role: SubgraphRole): Promise<void> {
  const { name, config, databaseUrl, connector, schema, log, shutdown } = role;
  const subgraph = schema.subgraphs.find((one) => one.name === name);
  if (!subgraph) {
    const names = schema.subgraphs.map((one) => one.name).join(', ');
    throw new OperatorFault(FaultCode.Configuration, `"${name}" is no subgraph.`, `The subgraphs are ${names}.`);
  }
  const { flat } = schema;
  const { rows, serving } = await serveReplica({ databaseUrl, connector, flat, log, shutdown });
  if (shutdown.signal.aborted) return;
  const { changes, isFollowing } = serving;
  const kept =
    config.cacheBytes === 0 ? null : new FollowedCache<KeptRows>({ changes, isFollowing, maxBytes: config.cacheBytes });
  const openReads = flatReads(flat, serving, rows, kept);
  // What commands are judged by is read as it is.
  const openUnkept = flatReads(flat, serving, rows);
  const today = todayIn(connector.timeZone);
  const { desk } = await deskOf({
    policy: config.commandPolicy,
    databaseUrl,
    openReads: openUnkept,
    source: serving,
    today,
    shutdown,
  });
  const server = await startSubgraph({
    ...config,
    name,
    schema: subgraphSchema(name, subgraph.sdl, flat),
    types: flat.types.filter((type) => type.subgraph === name),
    makeFresh: freshEnough(serving),
    newContext: (day, scope, caller) => subgraphContext(openReads, serving, day ?? today(), scope, () => desk(caller)),
    introspection: false,
    log,
  });
  shutdown.add({ name: `subgraph ${name}`, stop: () => server.close() });
  process.stdout.write(`Skiff's subgraph ${name} is ready: ${server.url}\n`);
}
