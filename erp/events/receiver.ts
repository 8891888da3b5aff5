/**
 * The address that an ERP's webhooks are sent to.
 *
 * ```
 * POST ─► signature ─► form ─► take (durable) ─► 204
 *            └─ 401      └─ 400    └─ 503, and the ERP sends it again
 * ```
 *
 * Nothing of a message is looked at before its signature, and nothing is acknowledged that a kill could lose.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { FaultCode, OperatorFault } from '../../runtime/errors.ts';
import type { Log } from '../../runtime/log.ts';
import type { Delivery } from '../event.ts';
import { signatureFault } from './signature.ts';

export interface ReceiverSettings {
  readonly host: string;
  /** 0 takes any. */
  readonly port: number;
  readonly secret: string;
  readonly signatureHeader: string;
  /** Throws when the body is not what the ERP sends. */
  readonly delivery: (body: unknown) => Delivery;
  /** Resolves when it is durable. */
  readonly take: (delivery: Delivery) => Promise<void>;
  readonly log: Log;
}

export interface Receiver {
  readonly url: string;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly message?: string;
}

const BODY_LIMIT_BYTES = 1_000_000;
const REQUEST_TIMEOUT_MS = 10_000;

export async function startReceiver(settings: ReceiverSettings): Promise<Receiver> {
  const { host, port, log } = settings;
  const timeouts = { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS };
  const server = createServer(timeouts, async (request, response) => {
    const { status, message } = await answerOf(request, settings).catch((err: unknown): Answer => {
      log.warn({ err }, 'events could not be taken; the ERP will send them again');
      return { status: 503, message: 'Not taken. Send it again later.' };
    });
    if (status >= 400 && status < 500) log.warn({ status, from: request.socket.remoteAddress }, `refused: ${message}`);
    // What was not read of the body would be taken for the next request.
    const headers = request.complete ? {} : { connection: 'close' };
    response.writeHead(status, { ...headers, ...(message && { 'content-type': 'application/json; charset=utf-8' }) });
    response.end(message && JSON.stringify({ error: { message } }));
  });
  server.listen(port, host);
  await once(server, 'listening').catch((cause: unknown) => {
    throw new OperatorFault(
      FaultCode.Configuration,
      `Events cannot be received on ${host}:${port}: ${cause instanceof Error ? cause.message : cause}`,
      'Set SKIFF_EVENTS_HOST and SKIFF_EVENTS_PORT to an address that is free, or stop what listens there.',
      { cause },
    );
  });
  const address = server.address();
  const taken = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}/`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      const patience = setTimeout(() => server.closeAllConnections(), REQUEST_TIMEOUT_MS);
      await closed;
      clearTimeout(patience);
    },
  };
}

async function answerOf(request: IncomingMessage, settings: ReceiverSettings): Promise<Answer> {
  const { secret, signatureHeader, delivery, take } = settings;
  if (request.method !== 'POST') return { status: 405, message: 'Events come by POST.' };
  const body = await bodyOf(request);
  if (body === null) return { status: 413, message: `The body is larger than ${BODY_LIMIT_BYTES} bytes.` };
  const header = request.headers[signatureHeader];
  const fault = signatureFault(typeof header === 'string' ? header : undefined, body, secret, Date.now());
  if (fault) return { status: 401, message: fault };
  let told: Delivery;
  try {
    told = delivery(JSON.parse(body.toString('utf8')));
  } catch {
    return { status: 400, message: 'The body does not hold events.' };
  }
  await take(told);
  return { status: 204 };
}

/** Null when it is too long to be read. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    length += chunk.length;
    if (length > BODY_LIMIT_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
