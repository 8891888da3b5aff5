/** What an export and the thread that encodes it know and say to each other. */
import type { Column } from './dataset.ts';

export type ColumnFormat = 'parquet' | 'arrow';

/** What an encoder has to know of a column. */
export interface EncodedColumn extends Pick<Column, 'name' | 'type' | 'scale'> {
  readonly isNullable: boolean;
}

/** Each part is good until the next one is asked for; the first one holds the first rows. */
export type Encoder = (
  blocks: AsyncIterable<Uint8Array>,
  columns: readonly EncodedColumn[],
) => AsyncIterable<Uint8Array>;

export type ToThread =
  | { readonly kind: 'begin'; readonly format: ColumnFormat; readonly columns: readonly EncodedColumn[] }
  /** Whole rows, as PostgreSQL's COPY writes them. */
  | { readonly kind: 'block'; readonly bytes: Uint8Array }
  | { readonly kind: 'end' };

export type FromThread =
  /** One block more. */
  | { readonly kind: 'wanted' }
  | { readonly kind: 'part'; readonly bytes: Uint8Array }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly reason: string };
