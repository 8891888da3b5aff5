/**
 * Stands before the ERP's API, notes when each command first came there, and is silent to whoever writes of one product: one
 * key whose commands never end.
 */
import { once } from 'node:events';
import { Agent, createServer, request as forward } from 'node:http';

export interface SickKey extends AsyncDisposable {
  readonly url: string;
  /** By `Date.now()`, when the head of its first request was there, by the command's id. */
  readonly calledAtMs: ReadonlyMap<string, number>;
  fallIll(productId: string): void;
  recover(): void;
}

export async function sickKeyBefore(url: string): Promise<SickKey> {
  let sick: string | null = null;
  const calledAtMs = new Map<string, number>();
  const agent = new Agent({ keepAlive: true });
  const server = createServer(async (request, response) => {
    const came = Date.now();
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    const [, id] = /"skiff:([^"]+)"/.exec(body.toString()) ?? [];
    if (id !== undefined && !calledAtMs.has(id)) calledAtMs.set(id, came);
    if (sick !== null && request.method === 'POST' && body.includes(`"${sick}"`)) return;
    const passed = forward(
      new URL(request.url ?? '/', url),
      { method: request.method, headers: request.headers, agent },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
        answer.on('close', () => answer.complete || response.destroy());
      },
    );
    passed.on('error', () => response.destroy());
    passed.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    calledAtMs,
    fallIll(productId) {
      sick = productId;
    },
    recover() {
      sick = null;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      agent.destroy();
    },
  };
}
