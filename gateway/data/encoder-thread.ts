/** The thread that encodes exports, one after the other (`encoder.ts`). */
import { parentPort } from 'node:worker_threads';
import type { ColumnFormat, EncodedColumn, Encoder, FromThread, ToThread } from './encoder-messages.ts';

/** Blocks on their way or waiting here, so that the next one is there when this one is done. */
const AHEAD = 2;

const port = parentPort;
if (!port) throw new Error('encoder-thread.ts is run as a thread');

const post = (message: FromThread, ...transfer: ArrayBuffer[]) => port.postMessage(message, transfer);

let waiting: ToThread[] = [];
let wake: (() => void) | null = null;

async function* blocks(): AsyncGenerator<Uint8Array, void> {
  for (let ahead = 0; ahead < AHEAD; ahead++) post({ kind: 'wanted' });
  for (;;) {
    const next = waiting.shift();
    if (next?.kind === 'block') {
      yield next.bytes;
      post({ kind: 'wanted' });
    } else if (next?.kind === 'end') return;
    else {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
}

/** Loaded when it is asked for: most never are. */
async function encoderOf(format: ColumnFormat): Promise<Encoder> {
  switch (format) {
    case 'parquet':
      return (await import('./parquet.ts')).parquet;
    case 'arrow':
      return (await import('./arrow.ts')).arrow;
  }
}

async function encode(format: ColumnFormat, columns: readonly EncodedColumn[]): Promise<void> {
  try {
    const encoder = await encoderOf(format);
    for await (const part of encoder(blocks(), columns)) {
      // The encoder writes the next one where this one is.
      const bytes = Uint8Array.from(part);
      post({ kind: 'part', bytes }, bytes.buffer);
    }
    post({ kind: 'done' });
  } catch (error) {
    post({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
  }
}

port.on('message', (message: ToThread) => {
  if (message.kind === 'begin') {
    waiting = [];
    void encode(message.format, message.columns);
  } else {
    waiting.push(message);
    wake?.();
  }
});
