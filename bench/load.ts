/**
 * As many requests as a server answers: over some connections, each with one request under way at any time.
 *
 * Written on sockets, since load and server share the machine: Node's own client costs more than what is measured.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface LoadSettings {
  readonly url: string;
  /** Sent one after the other, round and round: those with a body by POST, those with a query by GET. */
  readonly bodies: readonly (Buffer | URLSearchParams)[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly forMs: number;
  /** No more than so many requests. */
  readonly most?: number;
  /** Which body is the first. */
  readonly from?: number;
}

export interface LoadFigures {
  readonly requestsPerSecond: number;
  readonly requests: number;
  readonly latenciesMs: readonly number[];
}

/** Requests per second. Rejects at the first answer that is not 200. */
export const requestsPerSecond = async (settings: LoadSettings): Promise<number> =>
  (await load(settings)).requestsPerSecond;

export async function load(settings: LoadSettings): Promise<LoadFigures> {
  const { url, bodies, headers = {}, connections, forMs, most = Number.POSITIVE_INFINITY, from = 0 } = settings;
  const { hostname, port, pathname } = new URL(url);
  const requests = bodies.map((body) => requestOf(hostname, pathname, headers, body));
  const latenciesMs: number[] = [];
  let next = from;
  const began = performance.now();
  const ask = async (): Promise<void> => {
    const socket = connect(Number(port), hostname);
    socket.setNoDelay(true);
    await once(socket, 'connect');
    for (let now = began; now - began < forMs && next - from < most; ) {
      const sent = performance.now();
      await exchange(socket, requests[next++ % requests.length] ?? Buffer.alloc(0));
      now = performance.now();
      latenciesMs.push(now - sent);
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: connections }, ask));
  const tookMs = performance.now() - began;
  return { requestsPerSecond: (latenciesMs.length * 1_000) / tookMs, requests: latenciesMs.length, latenciesMs };
}

type Headers = Readonly<Record<string, string | number>>;

function requestOf(host: string, path: string, headers: Headers, sent: Buffer | URLSearchParams): Buffer {
  const isGet = sent instanceof URLSearchParams;
  const ofBody = isGet ? {} : { 'content-type': 'application/json', 'content-length': sent.length };
  const lines = [
    isGet ? `GET ${path}?${sent} HTTP/1.1` : `POST ${path} HTTP/1.1`,
    ...Object.entries({ host, ...headers, ...ofBody }).map(([name, value]) => `${name}: ${value}`),
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), isGet ? Buffer.alloc(0) : sent]);
}

const LAST_CHUNK = '0\r\n\r\n';

function exchange(socket: Socket, request: Buffer): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let missing = Number.POSITIVE_INFINITY;
  let isChunked = false;
  let head = '';
  let tail = '';
  const settle = (error?: Error): void => {
    socket.off('data', take);
    socket.off('close', closed);
    if (error) reject(error);
    else resolve();
  };
  const closed = (): void => settle(new Error('The server closed the connection'));
  const takeHead = (part: Buffer): void => {
    head += part.toString('latin1');
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    const [, length] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? [];
    isChunked = /\r\ntransfer-encoding: *chunked/i.test(head);
    if (!head.startsWith('HTTP/1.1 200') || (length === undefined && !isChunked)) {
      settle(new Error(head.slice(0, 500)));
      return;
    }
    missing = isChunked ? 0 : Number(length) - (head.length - end - '\r\n\r\n'.length);
  };
  const take = (part: Buffer): void => {
    if (missing === Number.POSITIVE_INFINITY) takeHead(part);
    else if (!isChunked) missing -= part.length;
    if (isChunked) {
      tail = (tail + part.subarray(-LAST_CHUNK.length).toString('latin1')).slice(-LAST_CHUNK.length);
      if (tail === LAST_CHUNK) settle();
    } else if (missing <= 0) settle();
  };
  socket.on('data', take);
  socket.on('close', closed);
  socket.write(request);
  return promise;
}
