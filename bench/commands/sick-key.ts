/** Stands before the ERP's API and is silent to whoever writes of one product: one key whose commands never end. */
import { once } from 'node:events';
import { createServer, request as forward } from 'node:http';

export interface SickKey extends AsyncDisposable {
  readonly url: string;
  fallIll(productId: string): void;
  recover(): void;
}

export async function sickKeyBefore(url: string): Promise<SickKey> {
  let sick: string | null = null;
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    if (sick !== null && request.method === 'POST' && body.includes(`"${sick}"`)) return;
    const passed = forward(
      new URL(request.url ?? '/', url),
      { method: request.method, headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
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
    fallIll(productId) {
      sick = productId;
    },
    recover() {
      sick = null;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
