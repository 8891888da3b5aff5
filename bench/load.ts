/**
 * As many requests as a server answers: over some connections, each with one request under way at any time.
 *
 * Written on sockets, since load and server share the machine: Node's own client costs more than what is measured.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface LoadSettings {
  readonly url: string;
  /** Sent one after the other, round and round. */
  readonly bodies: readonly Buffer[];
  readonly connections: number;
  readonly forMs: number;
}

/** Requests per second. Rejects at the first answer that is not 200. */
export async function requestsPerSecond({ url, bodies, connections, forMs }: LoadSettings): Promise<number> {
  const { hostname, port, pathname } = new URL(url);
  const requests = bodies.map((body) => requestOf(hostname, pathname, body));
  let next = 0;
  let answered = 0;
  const began = performance.now();
  const ask = async (): Promise<void> => {
    const socket = connect(Number(port), hostname);
    socket.setNoDelay(true);
    await once(socket, 'connect');
    while (performance.now() - began < forMs) {
      await exchange(socket, requests[next++ % requests.length] ?? Buffer.alloc(0));
      answered++;
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: connections }, ask));
  return (answered * 1_000) / (performance.now() - began);
}

const requestOf = (host: string, path: string, body: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(
      `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`,
    ),
    body,
  ]);

function exchange(socket: Socket, request: Buffer): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let missing = Number.POSITIVE_INFINITY;
  let head = '';
  const settle = (error?: Error): void => {
    socket.off('data', take);
    socket.off('close', closed);
    if (error) reject(error);
    else resolve();
  };
  const closed = (): void => settle(new Error('The server closed the connection'));
  const take = (part: Buffer): void => {
    if (missing === Number.POSITIVE_INFINITY) {
      head += part.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      const [, length] = /\r\ncontent-length: (\d+)/i.exec(head) ?? [];
      if (!head.startsWith('HTTP/1.1 200') || length === undefined) {
        settle(new Error(head.slice(0, 500)));
        return;
      }
      missing = Number(length) - (head.length - end - '\r\n\r\n'.length);
    } else missing -= part.length;
    if (missing <= 0) settle();
  };
  socket.on('data', take);
  socket.on('close', closed);
  socket.write(request);
  return promise;
}
