/** Reads a dataset to its end, as fast as it comes, and says what that took. */
import { request } from 'node:http';
import { RecordBatchReader } from 'apache-arrow';
import { parquetMetadata } from 'hyparquet';

export interface Download {
  readonly seconds: number;
  readonly firstByteMs: number;
  readonly bytes: number;
  readonly rows: number;
}

/** Of parts as they come; the rows when they have ended. */
interface Count {
  add(part: Buffer): void;
  rows(): number | Promise<number>;
}

const TAIL_BYTES = 32 * 1024 * 1024;
const LINE_FEED = 10;

export async function download(url: string, format: string): Promise<Download> {
  const count = counter(format);
  const began = performance.now();
  let firstByteMs = Number.NaN;
  let bytes = 0;
  await new Promise<void>((resolve, reject) => {
    const asked = request(url, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url} was answered ${response.statusCode}`));
      response.on('data', (part: Buffer) => {
        if (bytes === 0) firstByteMs = performance.now() - began;
        bytes += part.length;
        count.add(part);
      });
      response.on('end', resolve).on('error', reject);
    });
    asked.on('error', reject).end();
  });
  const seconds = (performance.now() - began) / 1_000;
  return { seconds, firstByteMs, bytes, rows: await count.rows() };
}

function counter(format: string): Count {
  switch (format) {
    case 'parquet':
      return parquetRows();
    case 'arrow':
      return arrowRows();
    default:
      return lines(format === 'csv' ? 1 : 0);
  }
}

/** No text of the sandbox has a line end in it. */
function lines(header: number): Count {
  let found = 0;
  let last = 0;
  return {
    add(part) {
      for (let at = part.indexOf(LINE_FEED); at >= 0; at = part.indexOf(LINE_FEED, at + 1)) found++;
      last = part.at(-1) ?? last;
    },
    // Rows of JSON stand between line ends, not in front of them.
    rows: () => found - header + (last === LINE_FEED ? 0 : 1),
  };
}

/** The metadata stand at the end. */
function parquetRows(): Count {
  let tail: Buffer[] = [];
  let kept = 0;
  return {
    add(part) {
      tail.push(part);
      kept += part.length;
      if (kept < 2 * TAIL_BYTES) return;
      tail = [Buffer.concat(tail).subarray(-TAIL_BYTES)];
      kept = TAIL_BYTES;
    },
    rows: () => Number(parquetMetadata(new Uint8Array(Buffer.concat(tail)).buffer).num_rows),
  };
}

function arrowRows(): Count {
  const parts = new TransformStream<Uint8Array, Uint8Array>(undefined, { highWaterMark: 1_000_000 });
  const writer = parts.writable.getWriter();
  const counted = (async () => {
    let rows = 0;
    for await (const batch of await RecordBatchReader.from(parts.readable)) rows += batch.numRows;
    return rows;
  })();
  return {
    add: (part) => void writer.write(part),
    async rows() {
      // Who reads Arrow closes the stream at its end mark, if that comes first.
      await writer.close().catch(() => undefined);
      return counted;
    },
  };
}
