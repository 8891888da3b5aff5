/** What every format of a dataset is. */
import type { Export } from '../../subgraphs/dataset.ts';
import type { Dataset } from './dataset.ts';

export interface Written {
  readonly dataset: Dataset;
  /** CSV begins with a mark by which Excel knows UTF-8. */
  readonly bom: boolean;
  /** No text of a CSV is a formula. */
  readonly safe: boolean;
  /** Members that a JSON object has before its rows, and behind them, when they have all been written. */
  readonly before: Readonly<Record<string, unknown>>;
  readonly behind: () => Readonly<Record<string, unknown>>;
}

export interface Format {
  readonly extension: string;
  readonly mediaType: string;
  /** Whether it gets smaller by compression; what is not compressed in itself does. */
  readonly isCompressible: boolean;
  /** The whole answer, each part good until the next one is asked for; the first one holds the first rows. */
  write(rows: Export['rows'], written: Written): AsyncIterable<Uint8Array>;
}
