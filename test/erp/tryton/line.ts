/**
 * A line to Tryton that breaks when the test says so: every call of Tryton's API is a connection of its own.
 *
 *     await using line = await openLine(server.apiUrl);
 *     line.cutAnswersTo('model.production.create');
 */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface Line extends AsyncDisposable {
  /** Of Tryton by this line, without the database. */
  readonly url: string;
  /** Tryton does what is asked, and who asked hears nothing: each time, or so many times. */
  cutAnswersTo(method: string, times?: number): void;
  /** What happens before Tryton hears of the next such call. */
  before(method: string, work: () => Promise<unknown>): void;
  /** Nothing is cut any more. */
  mend(): void;
  /** How many answers were cut. */
  readonly cuts: number;
}

export async function openLine(apiUrl: string): Promise<Line> {
  const behind = new URL(apiUrl);
  const sockets = new Set<Socket>();
  const cutting = new Map<string, number>();
  const awaiting = new Map<string, () => Promise<unknown>>();
  let cuts = 0;
  const server = createServer((near) => {
    const far = connect(Number(behind.port), behind.hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {}); // the other side is told by the end of this one
      socket.once('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    let method = '';
    near.on('data', async (part) => {
      near.pause();
      method ||= /"method":"([\w.]+)"/.exec(part.toString('latin1'))?.[1] ?? '';
      const work = awaiting.get(method);
      awaiting.delete(method);
      await work?.();
      far.write(part);
      near.resume();
    });
    far.on('data', (part) => {
      const left = cutting.get(method) ?? 0;
      if (left <= 0) return void near.write(part);
      cutting.set(method, left - 1);
      cuts += 1;
      near.resetAndDestroy();
    });
    far.on('end', () => near.end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/`,
    cutAnswersTo: (method, times = Number.POSITIVE_INFINITY) => void cutting.set(method, times),
    before: (method, work) => void awaiting.set(method, work),
    mend: () => cutting.clear(),
    get cuts() {
      return cuts;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
