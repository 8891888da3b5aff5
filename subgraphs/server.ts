/**
 * One subgraph as a process of its own: an Apollo Server that gateways ask by HTTP.
 *
 * It speaks to gateways alone, which sign who asks: anybody else is answered 401. So it has no pages, no CORS (Apollo's own standalone server allows every
 * origin) and no traces. What a client may not see is taken out of its errors here already.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { ApolloServer, type ApolloServerPlugin, HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import {
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer';
import type { GraphQLSchema } from 'graphql';
import type { Caller } from '../commands/caller.ts';
import type { AccessScope } from '../replica/access-scope.ts';
import type { FlatType } from '../replica/flat-type.ts';
import { GroundsCollector } from '../replica/grounds.ts';
import type { Log } from '../runtime/log.ts';
import { idsAsked } from './asked-ids.ts';
import { clientError } from './client-error.ts';
import { callerOf, type SubgraphContext } from './context.ts';
import type { MakeFresh } from './fresh-enough.ts';
import { IDENTITY_HEADER, identityIn } from './identity.ts';
import { namedTypes } from './named-types.ts';
import { mayRead } from './principal.ts';
import { GROUNDS_EXTENSION, GROUNDS_HEADER } from './told-grounds.ts';
import {
  dayIn,
  freshnessHeaders,
  furtherHeaders,
  PATIENCE_HEADER,
  patienceIn,
  REQUEST_ID_HEADER,
  TODAY_HEADER,
} from './wire.ts';
import { wishesIn } from './wishes.ts';

export interface SubgraphServerSettings {
  readonly name: string;
  readonly schema: GraphQLSchema;
  /** Its flat types. */
  readonly types: readonly FlatType[];
  readonly makeFresh: MakeFresh;
  readonly host: string;
  readonly port: number;
  /** Known to the gateways: by it they say who asks. */
  readonly secret: string;
  /** `today` is the day the gateway bound; null lets it be the day it is. */
  readonly newContext: (today: string | null, scope: AccessScope, caller: Caller) => SubgraphContext;
  readonly introspection: boolean;
  readonly bodyLimitBytes: number;
  readonly log: Log;
}

export interface SubgraphServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Longer than a gateway keeps an idle connection, so that it is the gateway that closes it. */
const KEEP_ALIVE_MS = 65_000;
const DRAIN_MS = 5_000;

export async function startSubgraph(settings: SubgraphServerSettings): Promise<SubgraphServer> {
  const { name, log } = settings;
  const httpServer = createServer({ keepAliveTimeout: KEEP_ALIVE_MS });
  const apollo = new ApolloServer<SubgraphContext>({
    schema: settings.schema,
    introspection: settings.introspection,
    // Signals are the process's business.
    stopOnTerminationSignals: false,
    includeStacktraceInErrorResponses: false,
    plugins: [
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginDrainHttpServer({ httpServer, stopGracePeriodMillis: DRAIN_MS }),
      freshness(settings),
    ],
    formatError(formatted, thrown) {
      const { error, isUnknown } = clientError(formatted);
      if (isUnknown) log.error({ subgraph: name, err: thrown }, 'Part of an answer failed');
      return error;
    },
  });
  await apollo.start();

  httpServer.on('request', async (request, response) => {
    try {
      const answer = await answerOf(apollo, request, settings);
      response.writeHead(answer.status ?? 200, Object.fromEntries(answer.headers));
      if (answer.body.kind === 'complete') response.end(answer.body.string);
      else {
        for await (const part of answer.body.asyncIterator) response.write(part);
        response.end();
      }
    } catch (err) {
      log.error({ subgraph: name, requestId: request.headers[REQUEST_ID_HEADER], err }, 'A request failed');
      response.writeHead(500).end();
    }
  });
  httpServer.listen(settings.port, settings.host);
  await once(httpServer, 'listening');
  const address = httpServer.address();
  const port = typeof address === 'object' && address !== null ? address.port : settings.port;
  return { url: `http://${settings.host}:${port}/graphql`, close: () => apollo.stop() };
}

/** Grants what the gateway's client wishes before anything is read, and tells how fresh the answer is. */
function freshness({ schema, types, makeFresh }: SubgraphServerSettings): ApolloServerPlugin<SubgraphContext> {
  const named = namedTypes(schema, types);
  const asked = idsAsked(schema, types);
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ contextValue, operation, document, request }) {
          const headers = Object.fromEntries(request.http?.headers ?? []);
          const types = operation ? named(operation, document) : [];
          const patience = { waitMs: patienceIn(headers[PATIENCE_HEADER]), signal: NEVER };
          const ids = operation ? asked(operation, document, request.variables ?? {}) : undefined;
          await makeFresh(types, wishesIn(headers), contextValue.freshness, patience, ids);
          if (headers[GROUNDS_HEADER] === '1') contextValue.restOn(new GroundsCollector());
        },
        async willSendResponse({ contextValue, response }) {
          const { freshness } = contextValue;
          const grounds = contextValue.grounds();
          const headers = { ...freshnessHeaders(freshness), ...furtherHeaders(freshness) };
          for (const [header, value] of Object.entries(headers)) response.http.headers.set(header, value);
          if (grounds && !grounds.isLost && response.body.kind === 'single') {
            const { singleResult } = response.body;
            singleResult.extensions = { ...singleResult.extensions, [GROUNDS_EXTENSION]: grounds.grounds };
          }
        },
      };
    },
  };
}

/** A gateway that goes away leaves a wait that ends by itself. */
const NEVER = new AbortController().signal;

async function answerOf(
  apollo: ApolloServer<SubgraphContext>,
  request: IncomingMessage,
  { name, secret, newContext, bodyLimitBytes }: SubgraphServerSettings,
): Promise<HTTPGraphQLResponse> {
  const principal = identityIn(request.headers[IDENTITY_HEADER], request.headers[REQUEST_ID_HEADER], secret);
  if (!principal) return plain(401, 'A subgraph answers gateways that know its secret.');
  // The gateway has refused it already; two locks are better than one.
  if (!mayRead(principal, name)) return plain(403, `This needs the scope read:${name}.`);
  const body = await bodyOf(request, bodyLimitBytes);
  if (body === undefined) return plain(400, 'The body is no JSON, or too large.');
  // What the gateway was asked from is in its own log, under the same id.
  const origin = { requestId: String(request.headers[REQUEST_ID_HEADER]), address: null };
  const headers = new HeaderMap();
  for (const [header, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(header, Array.isArray(value) ? value.join(', ') : value);
  }
  const { method = 'GET', url = '/' } = request;
  const search = url.includes('?') ? url.slice(url.indexOf('?')) : '';
  return apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method, headers, search, body },
    context: async () =>
      newContext(dayIn(request.headers[TODAY_HEADER]), principal.access, callerOf(principal, origin)),
  });
}

/** The parsed body; undefined if it is none. */
async function bodyOf(request: IncomingMessage, limitBytes: number): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > limitBytes) return undefined;
    chunks.push(chunk);
  }
  if (length === 0) return {};
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}

function plain(status: number, text: string): HTTPGraphQLResponse {
  const headers = new HeaderMap();
  headers.set('content-type', 'text/plain; charset=utf-8');
  return { status, headers, body: { kind: 'complete', string: text } };
}
