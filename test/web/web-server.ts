/** Lends a server for the pages as the gateway serves them, under its policy, with stand-ins for what they ask. */
import type { IncomingHttpHeaders } from 'node:http';
import { fileURLToPath } from 'node:url';
import { type Answer, json, type Route, startHttpServer } from '../../gateway/http-server.ts';
import { asksForPage, pagesIn } from '../../gateway/pages.ts';
import { refusal } from '../../gateway/refusal.ts';
import { readBody } from '../../gateway/request-body.ts';
import { ErrorCode } from '../../runtime/errors.ts';
import { createLog } from '../../runtime/log.ts';
import { buildWeb } from '../../web/build.ts';

const dist = fileURLToPath(new URL('../../web/dist/', import.meta.url));
const BODY_LIMIT_BYTES = 1_000_000;

export interface GraphqlRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly headers: IncomingHttpHeaders;
}

export interface StandIns {
  /** Answers POST /graphql. */
  graphql?(request: GraphqlRequest): unknown;
  /** Answers GET /graphql/documents. */
  documents?: readonly { readonly ids: readonly string[]; readonly text: string }[];
  /** Answers GET /console/status.json. */
  status?(): unknown;
  /** The only token that is known; without it, nobody needs one. */
  token?: string;
}

export interface WebServer extends AsyncDisposable {
  readonly url: string;
}

export async function webServer(standIns: StandIns): Promise<WebServer> {
  await buildWeb();
  const pages = pagesIn(dist);
  const { url, close } = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    bodyLimitBytes: BODY_LIMIT_BYTES,
    quickAnswer: () => null,
    corsOrigins: [],
    log: createLog({ level: 'silent' }),
    routes: [
      route('/graphql', async ({ request }) => {
        if (request.method === 'GET' && asksForPage(request.headers.accept)) return pages.page('graphiql');
        const body: unknown = JSON.parse((await readBody(request, BODY_LIMIT_BYTES)).toString());
        return known(standIns, request.headers, () => standIns.graphql?.(graphqlRequest(body, request.headers)));
      }),
      route('/graphql/documents', async ({ request }) =>
        known(standIns, request.headers, () => ({ documents: standIns.documents ?? [] })),
      ),
      route('/console', () => pages.page('console')),
      route('/console/status.json', async ({ request }) => known(standIns, request.headers, () => standIns.status?.())),
      pages.files,
    ],
  });
  return { url, [Symbol.asyncDispose]: () => close(0) };
}

const route = (path: string, answer: Route['answer']): Route => ({ path, methods: ['GET', 'POST'], answer });

/** To who is known; 503 when the stand-in gives nothing. */
function known({ token }: StandIns, { authorization }: IncomingHttpHeaders, answer: () => unknown): Answer {
  if (token !== undefined && authorization !== `Bearer ${token}`) {
    const challenge = { 'www-authenticate': 'Basic realm="skiff", Bearer realm="skiff"' };
    throw refusal(401, ErrorCode.Unauthenticated, 'Send an API key.', challenge);
  }
  const content = answer();
  return content === undefined ? { status: 503, headers: {}, body: '' } : json(200, content);
}

function graphqlRequest(body: unknown, headers: IncomingHttpHeaders): GraphqlRequest {
  if (typeof body !== 'object' || body === null || !('query' in body)) throw new TypeError('Not a GraphQL request');
  const variables = 'variables' in body && body.variables ? Object.fromEntries(Object.entries(body.variables)) : {};
  return { query: String(body.query), variables, headers };
}
