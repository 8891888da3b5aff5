/**
 * Formats of columns are encoded in a thread of their own: a group of rows takes longer than whoever asks a small
 * question should wait, and what an encoder throws away is collected before it has grown large.
 *
 * ```
 * rows as text ──block──► thread: batches ─► encoder ──part──► answer
 *       ▲───────wanted───────┘
 * ```
 *
 * A block is read when the thread wants one, and a part is asked for when the one before was taken, so a slow reader holds
 * no more than some of each. One thread is kept for the next export.
 */
import { on } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ColumnFormat, EncodedColumn, FromThread, ToThread } from './encoder-messages.ts';

/** Enough for the largest group, and for what Parquet says of all groups at its end; more would only be garbage. */
const LIMITS = { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 8 };

let idle: Worker | null = null;

export async function* encoded(
  format: ColumnFormat,
  blocks: AsyncIterable<Uint8Array>,
  columns: readonly EncodedColumn[],
): AsyncGenerator<Uint8Array, void> {
  const thread = idle ?? started();
  idle = null;
  const post = (message: ToThread, ...transfer: ArrayBuffer[]) => thread.postMessage(message, transfer);
  const source = blocks[Symbol.asyncIterator]();
  const messages = on(thread, 'message', { close: ['exit'] });
  let isDone = false;
  try {
    post({ kind: 'begin', format, columns });
    for await (const [message] of messages) {
      const said: FromThread = message;
      if (said.kind === 'wanted') {
        const { done, value } = await source.next();
        if (done) post({ kind: 'end' });
        else {
          const bytes = Uint8Array.from(value);
          post({ kind: 'block', bytes }, bytes.buffer);
        }
      } else if (said.kind === 'part') yield said.bytes;
      else if (said.kind === 'failed') throw new RangeError(said.reason);
      else {
        isDone = true;
        return;
      }
    }
    throw new Error('The encoder has ended in the middle');
  } finally {
    if (isDone && idle === null) idle = thread;
    else void thread.terminate();
    await source.return?.();
  }
}

function started(): Worker {
  const thread = new Worker(new URL('./encoder-thread.ts', import.meta.url), { resourceLimits: LIMITS });
  // While nobody reads what it makes, nobody has to wait for it; its errors end an export by what reads its messages.
  thread.unref();
  thread.on('error', () => {
    if (idle === thread) idle = null;
  });
  return thread;
}
