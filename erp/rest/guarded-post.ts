/**
 * A POST whose last check stands in the same turn as its first byte: `fetch` connects and queues in between.
 *
 * The connection is there first, kept from an earlier request or made now; then `beforeWrite` runs, and the request
 * is handed to the socket before anything else can run.
 */
import { type Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { type Agent as HttpsAgent, request as httpsRequest } from 'node:https';

export interface Posted {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface GuardedPost {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly agent: HttpAgent | HttpsAgent;
  readonly signal: AbortSignal;
  readonly beforeWrite: () => void;
}

export function guardedPost({ url, headers, body, agent, signal, beforeWrite }: GuardedPost): Promise<Posted> {
  const { promise, resolve, reject } = Promise.withResolvers<Posted>();
  const isSecure = url.protocol === 'https:';
  const length = String(Buffer.byteLength(body));
  const options = { method: 'POST', headers: { ...headers, 'content-length': length }, agent, signal };
  const sent = (isSecure ? httpsRequest : httpRequest)(url, options, (response) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (part: string) => {
      text += part;
    });
    response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    response.on('error', reject);
  });
  sent.on('error', reject);
  sent.on('socket', (socket) => {
    const write = () => {
      try {
        beforeWrite();
      } catch (error) {
        sent.destroy(error instanceof Error ? error : new Error(String(error)));
        return;
      }
      sent.end(body);
    };
    if (socket.connecting) socket.once(isSecure ? 'secureConnect' : 'connect', write);
    else write();
  });
  return promise;
}
