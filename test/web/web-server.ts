/**
 * Lends a server for the pages: `web/dist` under the policy the pages promise to live with, and stand-ins
 * for what they ask.
 */
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildWeb } from '../../web/build.ts';

const dist = fileURLToPath(new URL('../../web/dist/', import.meta.url));

export const POLICY = [
  `default-src 'self'`,
  `script-src 'self'`,
  `style-src 'self' 'unsafe-inline'`,
  `worker-src 'self' blob:`,
  `font-src 'self' data:`,
  `img-src 'self' data:`,
  `connect-src 'self'`,
].join('; ');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
};

export interface GraphqlRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly headers: IncomingMessage['headers'];
}

export interface StandIns {
  /** Answers POST /graphql. */
  graphql?(request: GraphqlRequest): unknown;
  /** Answers GET /console/status.json; 503 when it gives nothing. */
  status?(): unknown;
}

export interface WebServer extends AsyncDisposable {
  readonly url: string;
}

export async function webServer(standIns: StandIns): Promise<WebServer> {
  await buildWeb();
  const server = createServer((request, response) => {
    answer(standIns, request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answer(standIns: StandIns, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  if (pathname === '/graphql' && request.method === 'POST') {
    const body: unknown = JSON.parse(Buffer.concat(await request.toArray()).toString());
    return json(response, standIns.graphql?.(graphqlRequest(body, request)));
  }
  if (pathname === '/console/status.json') return json(response, standIns.status?.());
  if (pathname === '/graphql') return file(response, 'graphiql/index.html');
  if (pathname === '/console') return file(response, 'console/index.html');
  return file(response, pathname.replace(/^\/web\//, ''));
}

function graphqlRequest(body: unknown, { headers }: IncomingMessage): GraphqlRequest {
  if (typeof body !== 'object' || body === null || !('query' in body)) throw new TypeError('Not a GraphQL request');
  const variables = 'variables' in body && body.variables ? Object.fromEntries(Object.entries(body.variables)) : {};
  return { query: String(body.query), variables, headers };
}

function json(response: ServerResponse, content: unknown): void {
  if (content === undefined) response.writeHead(503).end();
  else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(content));
}

function file(response: ServerResponse, name: string): void {
  const path = join(dist, name);
  if (!path.startsWith(dist) || !existsSync(path)) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, {
    'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
  });
  response.end(readFileSync(path));
}
