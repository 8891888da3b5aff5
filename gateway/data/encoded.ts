/** Rows compressed on their way, for clients that take it: names and codes come again in every row. */
import { constants, createGzip } from 'node:zlib';
import type { Format } from './format.ts';

/** Whether the client takes gzip, and the format is not compressed in itself. */
export const takesGzip = ({ isCompressible }: Format, header: string | string[] | undefined): boolean =>
  isCompressible &&
  String(header ?? '')
    .split(',')
    .some((one) => /^\s*(gzip|\*)\s*(;\s*q=(?!0(\.0{1,3})?\s*$).*)?$/i.test(one));

/** A little less small, and far less dear. */
const LEVEL = 3;

/** What is compressed of the first part leaves at once: whoever waits for the first rows has them. */
export async function* gzipped(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void> {
  const gzip = createGzip({ level: LEVEL });
  const feeding = fed(gzip, parts).catch((error: unknown) => {
    gzip.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  try {
    for await (const part of gzip) yield part;
  } finally {
    gzip.destroy();
    await feeding;
  }
}

async function fed(gzip: ReturnType<typeof createGzip>, parts: AsyncIterable<Uint8Array>): Promise<void> {
  let isFirst = true;
  for await (const part of parts) {
    if (gzip.destroyed) return;
    // When this one is read the next may overwrite it.
    await new Promise<void>((resolve) => {
      gzip.once('close', resolve);
      gzip.write(part, () => {
        gzip.off('close', resolve);
        resolve();
      });
    });
    if (isFirst) gzip.flush(constants.Z_SYNC_FLUSH);
    isFirst = false;
  }
  gzip.end();
}
