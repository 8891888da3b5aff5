/**
 * Stands between a process and its database, and lets the connection that hears notifications fall silent without closing
 * it, as a machine does that is cut off.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface HalfOpen extends AsyncDisposable {
  readonly url: string;
  /** Nothing goes through that connection, either way, until it is restored. */
  cut(): void;
  restore(): void;
}

export async function halfOpen(databaseUrl: string): Promise<HalfOpen> {
  const url = new URL(databaseUrl);
  const name = `.s.PGSQL.${url.port}`;
  const target = join(url.searchParams.get('host') ?? '', name);
  const folder = await mkdtemp(join(tmpdir(), 'skiff-way-'));
  const sockets = new Set<Socket>();
  const listening = new Set<Socket>();
  let isCut = false;
  const server = createServer((client) => {
    const upstream = connect(target);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.setNoDelay(true);
      socket.on('close', () => {
        sockets.delete(socket);
        listening.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (part) => {
      if (part.includes('listen skiff_')) {
        listening.add(client).add(upstream);
        if (isCut) for (const socket of [client, upstream]) socket.pause();
      }
      upstream.write(part);
    });
    upstream.on('data', (part) => client.write(part));
  });
  server.listen(join(folder, name));
  await once(server, 'listening');
  url.searchParams.set('host', folder);
  return {
    url: url.href,
    cut() {
      isCut = true;
      for (const socket of listening) socket.pause();
    },
    restore() {
      isCut = false;
      for (const socket of listening) socket.resume();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
