/**
 * What a capture by polling needs of an ERP's API: rows changed since a time, rows by their keys, and all keys in order.
 *
 * An API that speaks REST is declared (`erp/rest/`); one that speaks something else implements this. Values are the
 * text of `change.ts` already. Times come from two clocks that nobody compares: those here are the ERP's.
 */
import type { RowText } from './change.ts';

/** The key columns' values, in the order of the table's key. */
export type RowKey = readonly string[];

export interface ReadRow {
  readonly row: RowText;
  /** Grows with every write of the row; what was written earlier never overwrites what was written later. */
  readonly version: bigint;
  /** The ERP's clock, in ms, when the row says it was written: the begin of that transaction at the earliest. */
  readonly updatedAtMs: number;
}

export interface RowPage {
  readonly rows: readonly ReadRow[];
  /** Where the walk goes on; null at its end. Kept between processes. */
  readonly next: string | null;
  /** The ERP's clock, in ms, at or before the moment the rows were read. */
  readonly erpTimeMs: number;
  /** Found by counting rows, so that one may be skipped while others are written. */
  readonly mayHaveSkipped: boolean;
}

export interface KeyPage {
  readonly keys: readonly RowKey[];
  /** After which key the next page begins; null at the end. */
  readonly next: RowKey | null;
}

export interface Transport {
  /** Which ERP this is: what was read of another counts for nothing. */
  readonly system: string;
  /** How many keys `byKeys` takes at the most. */
  readonly keysPerCall: number;
  /** One page of the rows written at or after `sinceMs`; of all rows if that is null. One call. */
  walk(table: string, sinceMs: number | null, cursor: string | null, signal: AbortSignal): Promise<RowPage>;
  /** The rows of these keys; those that do not exist are left out. One call. */
  byKeys(table: string, keys: readonly RowKey[], signal: AbortSignal): Promise<readonly ReadRow[]>;
  /** One page of all keys, in an order that is the ERP's own. One call. */
  keys(table: string, after: RowKey | null, signal: AbortSignal): Promise<KeyPage>;
}

/** The ERP answered a call with something else than what was asked for, or not at all. */
export class ErpCallFailed extends Error {
  /** The answer's HTTP status; null when there was no answer. */
  readonly status: number | null;
  /** When the ERP says it may be asked again. */
  readonly retryAfterMs: number | null;

  constructor(message: string, status: number | null, retryAfterMs: number | null = null, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }

  /** Too many calls: nothing is wrong with this one. */
  get isThrottled(): boolean {
    return this.status === 429;
  }

  /** Asking again later may help. */
  get mayPass(): boolean {
    return this.status === null || this.status === 429 || this.status >= 500;
  }
}
