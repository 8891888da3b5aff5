/** Lends an ERP that answers every request after a while, and knows how many it had: in any window, and at once. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { z } from 'zod';

export interface CountingErp extends AsyncDisposable {
  readonly url: string;
  /** When each request came, by path. */
  readonly arrivals: readonly { readonly path: string; readonly at: number }[];
  mostInWindow(windowMs: number): number;
  readonly mostAtOnce: number;
}

export async function countingErp({ takesMs }: { takesMs: number }): Promise<CountingErp> {
  const arrivals: { path: string; at: number }[] = [];
  let atOnce = 0;
  let mostAtOnce = 0;
  const server = createServer((request, response) => {
    arrivals.push({ path: request.url ?? '', at: performance.now() });
    mostAtOnce = Math.max(mostAtOnce, ++atOnce);
    setTimeout(() => {
      atOnce--;
      response.end('answer');
    }, takesMs);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.object({ port: z.number() }).parse(server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    arrivals,
    get mostAtOnce() {
      return mostAtOnce;
    },
    mostInWindow(windowMs) {
      return Math.max(
        0,
        ...arrivals.map(({ at }, first) => arrivals.slice(first).filter((other) => other.at < at + windowMs).length),
      );
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
