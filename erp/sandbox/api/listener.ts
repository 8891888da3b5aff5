/** The API's port: taken, given up for a while when connections are to be refused, and closed. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { FaultCode, OperatorFault } from '../../../runtime/errors.ts';

export interface Listener {
  readonly url: string;
  /** For so long connections are refused; open ones are reset. */
  refuse(forMs: number): void;
  close(): Promise<void>;
}

const TRY_AGAIN_MS = 200;

export async function listen(server: Server, host: string, port: number): Promise<Listener> {
  await begin(server, host, port);
  const address = server.address();
  const taken = typeof address === 'object' && address !== null ? address.port : port;
  let again: NodeJS.Timeout | undefined;
  const listenAgain = (afterMs: number) => {
    again = setTimeout(() => server.listen(taken, host), afterMs);
  };
  // Somebody else has taken the port meanwhile.
  server.on('error', () => listenAgain(TRY_AGAIN_MS));

  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    refuse(forMs) {
      clearTimeout(again);
      // The answer to who asked for it goes out first.
      setImmediate(stop);
      listenAgain(forMs);
    },
    async close() {
      clearTimeout(again);
      if (!server.listening) return;
      const closed = once(server, 'close');
      stop();
      await closed;
    },
  };
}

async function begin(server: Server, host: string, port: number): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    throw new OperatorFault(
      FaultCode.Configuration,
      `The sandbox ERP's API cannot listen on ${host}:${port}: somebody else does.`,
      'Set SKIFF_SANDBOX_PORT to a free port (0 takes any), or stop what listens there.',
    );
  }
}
