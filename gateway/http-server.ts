/**
 * The gateway's HTTP server: gives each request an id, finds who answers it, writes the answer and one
 * line of the log, and ends without cutting anybody off.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ErrorCode, SkiffError } from '../runtime/errors.ts';
import type { Log } from '../runtime/log.ts';
import { clientError } from '../subgraphs/client-error.ts';
import type { Origin } from '../subgraphs/context.ts';
import { type CorsOrigins, corsHeaders, isPreflight, preflightHeaders } from './cors.ts';
import { asRefusal, Refusal, refusal } from './refusal.ts';
import { readBody } from './request-body.ts';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly url: URL;
  readonly requestId: string;
  /** Aborts when the client goes away before its answer. */
  readonly signal: AbortSignal;
  /** Read once, whoever asks. Rejects with a refusal where it is longer than the server takes. */
  body(): Promise<Buffer>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Whole; or in parts, as fast as the client takes them, of which each is used until the next one is asked for. What
   * fails in the middle breaks the connection off.
   */
  readonly body: string | Buffer | AsyncIterable<Uint8Array>;
  /** Aborts when no further part can come: a client that takes none would not be told otherwise. */
  readonly parts?: AbortSignal | undefined;
  /** For the log. */
  readonly operation?: string | undefined;
  /** Who asked, for the log. */
  readonly principal?: string | undefined;
  /** Asked so often, by machines, that the log has it only in detail. */
  readonly isQuiet?: boolean;
}

/** Where it comes from, and under which id it is told of. */
export const originOf = ({ requestId, request }: Exchange): Origin => ({
  requestId,
  address: request.socket.remoteAddress ?? null,
});

export interface Route {
  readonly methods: readonly string[];
  /** A path, or the beginning of one when it ends in `/`. */
  readonly path: string;
  answer(exchange: Exchange): Promise<Answer>;
}

/** Answers what can be answered before a route is looked for; null for all else. Reads no more of a request than its body. */
export type QuickAnswer = (exchange: Exchange) => Promise<Answer | null> | null;

export interface HttpServerSettings {
  readonly host: string;
  readonly port: number;
  readonly bodyLimitBytes: number;
  readonly quickAnswer: QuickAnswer;
  readonly corsOrigins: CorsOrigins;
  readonly routes: readonly Route[];
  readonly log: Log;
}

export interface HttpServer {
  readonly url: string;
  /** Takes no more requests and resolves when those that are running are answered, or time is up. */
  close(drainMs: number): Promise<void>;
}

/** Time for a client to send its headers, and its whole request. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than clients and proxies keep an idle connection, so that it is they who close it. */
const KEEP_ALIVE_MS = 65_000;
const MOST_LOGGED_CHARACTERS = 200;
/** Bytes of an answer that is worth copying to spare a system call's second part. */
const MOST_AT_ONCE = 16_384;
/** Addresses come without theirs; nothing is made of this one. */
const ORIGIN = 'http://skiff';

type FindRoute = (method: string, path: string) => Route;

interface Responding extends HttpServerSettings {
  readonly isClosing: () => boolean;
  readonly find: FindRoute;
  /** Writes the lines of requests. What they hold is chosen and none of it secret: to search each for secrets is dear. */
  readonly lines: Log;
}

export async function startHttpServer(settings: HttpServerSettings): Promise<HttpServer> {
  let isClosing = false;
  const lines = settings.log.child({}, { redact: [] });
  const responding = { ...settings, find: finder(settings.routes), lines, isClosing: () => isClosing };
  const server = createServer(
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_MS },
    (request, response) => {
      respond(request, response, responding).catch((err: unknown) => {
        settings.log.error({ err }, 'An answer could not be written');
        response.destroy();
      });
    },
  );
  server.listen(settings.port, settings.host);
  await once(server, 'listening');
  return {
    url: urlOf(server, settings.host),
    async close(drainMs) {
      isClosing = true;
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      const deadline = setTimeout(() => server.closeAllConnections(), drainMs);
      await closed;
      clearTimeout(deadline);
    },
  };
}

function urlOf(server: Server, host: string): string {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** What few routes ask for is made when they do: most requests need no more than their path. */
class Arrival implements Exchange {
  readonly request: IncomingMessage;
  readonly requestId: string;
  readonly path: string;
  readonly #response: ServerResponse;
  readonly #bodyLimitBytes: number;
  #leaving: AbortController | undefined;
  #body: Promise<Buffer> | undefined;
  #url: URL | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, bodyLimitBytes: number) {
    this.request = request;
    this.#response = response;
    this.#bodyLimitBytes = bodyLimitBytes;
    this.requestId = requestIdOf(request);
    // What stands behind the question mark may be data.
    this.path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  }

  get signal(): AbortSignal {
    this.#leaving ??= leavingOf(this.#response);
    return this.#leaving.signal;
  }

  get hasClientLeft(): boolean {
    return this.#response.destroyed && !this.#response.writableFinished;
  }

  body(): Promise<Buffer> {
    this.#body ??= readBody(this.request, this.#bodyLimitBytes);
    return this.#body;
  }

  get url(): URL {
    const target = this.request.url ?? '/';
    if (!this.#url && !URL.canParse(target, ORIGIN)) {
      throw refusal(400, ErrorCode.BadUserInput, 'This is no address.');
    }
    this.#url ??= new URL(target, ORIGIN);
    return this.#url;
  }

  get route(): string {
    return isPlainPath(this.path) ? this.path : this.url.pathname;
  }
}

function leavingOf(response: ServerResponse): AbortController {
  const leaving = new AbortController();
  const leave = () => {
    if (!response.writableFinished) leaving.abort();
  };
  if (response.destroyed) leave();
  else response.on('close', leave);
  return leaving;
}

/** One that an address has as it is written. */
const isPlainPath = (path: string): boolean => /^\/(?!\/)[\w/-]*$/.test(path);

async function respond(request: IncomingMessage, response: ServerResponse, settings: Responding): Promise<void> {
  const began = performance.now();
  const arrival = new Arrival(request, response, settings.bodyLimitBytes);
  const { requestId } = arrival;

  const answer = await answerOf(arrival, settings);
  const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body;
  const headers: Record<string, string | number> = {
    'x-content-type-options': 'nosniff',
    ...corsHeaders(request, settings.corsOrigins),
    ...answer.headers,
    'x-request-id': requestId,
  };
  if ('length' in body && answer.status !== 304) headers['content-length'] = body.length;
  if (settings.isClosing()) headers.connection = 'close';
  response.writeHead(answer.status, headers);
  let isBrokenOff = false;
  const breakOff = () => {
    // One whose client has gone is not broken off by us.
    if (response.destroyed) return;
    isBrokenOff = true;
    response.destroy();
  };
  answer.parts?.addEventListener('abort', breakOff);
  const bytes = await sent(request, response, body, (err) => {
    settings.log.error({ requestId, err }, 'An answer ended in the middle');
    breakOff();
  });
  answer.parts?.removeEventListener('abort', breakOff);

  const line = {
    requestId,
    method: request.method,
    path: arrival.path.slice(0, MOST_LOGGED_CHARACTERS),
    status: answer.status,
    ms: Math.round((performance.now() - began) * 10) / 10,
    bytes,
    ...(answer.operation ? { operation: answer.operation } : {}),
    ...(answer.principal ? { principal: answer.principal } : {}),
    ...(isBrokenOff ? { brokenOff: true } : arrival.hasClientLeft ? { clientLeft: true } : {}),
  };
  settings.lines[answer.isQuiet ? 'debug' : 'info'](line, 'request');
}

/** Resolves with how many bytes were sent, until all are or the client has gone. */
async function sent(
  { method }: IncomingMessage,
  response: ServerResponse,
  body: Buffer | AsyncIterable<Uint8Array>,
  onFault: (fault: unknown) => void,
): Promise<number> {
  if ('length' in body) {
    if (method === 'HEAD') response.end();
    // Of a text, Node writes head and body at once; each character of this one stands for a byte.
    else if (body.length <= MOST_AT_ONCE) response.end(body.toString('latin1'), 'latin1');
    else response.end(body);
    return body.length;
  }
  if (method === 'HEAD') {
    response.end();
    return 0;
  }
  let bytes = 0;
  try {
    for await (const part of body) {
      bytes += part.length;
      await written(response, part);
      if (response.destroyed) return bytes;
    }
    response.end();
  } catch (fault) {
    // The status was sent: only a broken connection tells the client that rows are missing.
    if (!response.destroyed) onFault(fault);
  }
  return bytes;
}

/** Resolves when the part has left this process, or the client has gone. */
const written = (response: ServerResponse, part: Uint8Array): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      response.off('close', done);
      resolve();
    };
    response.on('close', done);
    if (response.destroyed) done();
    else response.write(part, done);
  });

async function answerOf(arrival: Arrival, { find, quickAnswer, corsOrigins, log }: Responding): Promise<Answer> {
  const { request, requestId } = arrival;
  if (isPreflight(request)) return { status: 204, headers: preflightHeaders(request, corsOrigins), body: '' };
  try {
    const quick = await quickAnswer(arrival);
    if (quick) return quick;
    return await find(request.method ?? '', arrival.route).answer(arrival);
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof SkiffError))
      log.error({ requestId, err: error }, 'A request failed');
    return refused(asRefusal(error), requestId);
  }
}

function finder(routes: readonly Route[]): FindRoute {
  const exact = Map.groupBy(routes, ({ path }) => path);
  const within = routes.filter(({ path }) => path.endsWith('/'));
  return (method, path) => {
    const here = [
      ...(exact.get(path) ?? []),
      ...within.filter((route) => path.startsWith(route.path) && path !== route.path),
    ];
    if (here.length === 0) throw refusal(404, ErrorCode.NotFound, 'There is nothing at this address.');
    const route = here.find(({ methods }) => methods.includes(method));
    if (route) return route;
    const allow = here.flatMap(({ methods }) => methods).join(', ');
    throw refusal(405, ErrorCode.BadUserInput, `This address answers ${allow}.`, { allow });
  };
}

/** A request that no route answered. */
function refused({ status, errors, headers }: Refusal, requestId: string): Answer {
  const body = errors.map((error) => {
    const { error: told } = clientError(error);
    return { ...told, extensions: { ...told.extensions, requestId } };
  });
  return json(status, { errors: body }, headers);
}

export const json = (status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers },
  body: JSON.stringify(value),
});

/** A client's own id, when it is one that a log can hold. */
function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
}
