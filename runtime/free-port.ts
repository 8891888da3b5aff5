/** A TCP port that nobody listens on right now. Somebody else may take it before you do: be ready to try again. */
import { once } from 'node:events';
import { createServer } from 'node:net';

export async function freePort(host = '127.0.0.1'): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error(`No TCP port on ${host}`);
  return address.port;
}
