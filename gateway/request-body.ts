/** Reads a request's body, up to a limit in bytes: what is longer is refused before any of it is parsed. */
import type { IncomingMessage } from 'node:http';
import { ErrorCode } from '../runtime/errors.ts';
import { refusal } from './refusal.ts';

/** By its events: going through a stream as an iterator costs as much as parsing what is in it. */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  // Not inflated: a few bytes may stand for gigabytes.
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') throw refusal(415, ErrorCode.BadUserInput, 'Send the body without compression.');
  const tooLarge = () => {
    // The rest is thrown away as it comes: a client that still writes would not see an answer otherwise.
    request.resume();
    return refusal(413, ErrorCode.BadUserInput, `The body is larger than ${limitBytes} bytes.`);
  };
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge();
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let length = 0;
  const take = (chunk: Buffer): void => {
    length += chunk.length;
    if (length <= limitBytes) {
      chunks.push(chunk);
      return;
    }
    request.off('data', take);
    reject(tooLarge());
  };
  request.on('data', take);
  request.once('end', () => resolve(Buffer.concat(chunks)));
  request.once('error', reject);
  return promise;
}
