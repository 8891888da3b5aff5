/**
 * A way by TCP to an embedded server that can be closed, for those who go by it alone:
 *
 *     await using gate = await openGate(erp.url);
 *     gate.close();
 */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { socketPath } from '../../../runtime/embedded-postgres/socket-dir.ts';

export interface Gate extends AsyncDisposable {
  /** The same database, by this way. */
  readonly url: string;
  /** Cuts who is connected, and lets nobody in. */
  close(): void;
  open(): void;
}

export async function openGate(databaseUrl: string): Promise<Gate> {
  const behind = new URL(databaseUrl);
  const directory = behind.searchParams.get('host') ?? '';
  const sockets = new Set<Socket>();
  let isOpen = true;
  const server = createServer((near) => {
    if (!isOpen) return void near.resetAndDestroy();
    const far = connect(socketPath(directory, Number(behind.port)));
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {}); // the other side is told by the end of this one
      socket.once('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = new URL(databaseUrl);
  url.searchParams.delete('host');
  url.hostname = '127.0.0.1';
  url.port = String(typeof address === 'object' && address ? address.port : 0);
  const close = () => {
    isOpen = false;
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: url.href,
    close,
    open: () => {
      isOpen = true;
    },
    async [Symbol.asyncDispose]() {
      close();
      server.close();
      await once(server, 'close');
    },
  };
}
