/** Formats that are written column by column, loaded where they are used: in a thread. */
import type { EncodedColumn } from './encoder-messages.ts';

/** Each part is good until the next one is asked for; the first one holds the first rows. */
export type Encoder = (
  blocks: AsyncIterable<Uint8Array>,
  columns: readonly EncodedColumn[],
) => AsyncIterable<Uint8Array>;

export type ColumnFormat = 'parquet' | 'arrow';

export async function encoderOf(format: ColumnFormat): Promise<Encoder> {
  switch (format) {
    case 'parquet':
      return (await import('./parquet.ts')).parquet;
    case 'arrow':
      return (await import('./arrow.ts')).arrow;
  }
}
