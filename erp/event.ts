/**
 * What an ERP tells of by webhook, and what a capture by events needs of the ERP and of the replica.
 *
 * An event names a row, not its values: whoever hears of it asks for the row, also of one that is said to be deleted,
 * because it may be back. So events may come twice, late, in any order and from anybody's memory without harm. Only
 * one that never comes matters, and the numbers tell of it.
 */
import type { RowKey } from './transport.ts';

export interface ErpEvent {
  /** Of its subscription: from 1, without a gap, given when the change was committed. */
  readonly sequence: number;
  readonly table: string;
  readonly key: RowKey;
  /** The row's after this change; of a deletion one that is higher than any the row had. */
  readonly version: bigint;
}

export interface Delivery {
  readonly subscription: string;
  readonly events: readonly ErpEvent[];
}

/** An ERP's webhooks, as its connector declares them. */
export interface Webhooks {
  /** The header that holds `t=<seconds>,v1=<HMAC-SHA256 of "t.body", hex>`; in lower case. */
  readonly signatureHeader: string;
  /** The ERP repeats what was not taken, and what it overtook arrives, within this time in all likelihood. */
  readonly fillsGapsWithinMs: number;
  /** How often tables are polled and swept beside them, though nothing is missing. */
  readonly pollEveryMs: number;
  readonly sweepEveryMs: number;
  /** Throws when the body is not what this ERP sends. */
  delivery(body: unknown): Delivery;
  /** Asks the ERP to tell us, at `url` and signed with `secret`. May be asked again. One request. */
  subscribe(url: string, secret: string, signal: AbortSignal): Promise<void>;
}

/** A row that events have named, to be read. */
export interface NamedRow {
  readonly table: string;
  readonly key: RowKey;
  /** The last event that named it, in the order of arrival. */
  readonly arrival: string;
}

/** Numbers that did not come. */
export interface EventGap {
  readonly subscription: string;
  /** The last number before it. */
  readonly after: number;
  /** When the first event behind it came, on the replica's clock. */
  readonly since: Date;
}

/** The replica, as a capture by events sees it. */
export interface EventSink {
  /** Resolves with how many were not known, when they are durable. */
  takeEvents(delivery: Delivery): Promise<number>;
  /** Some hundred of each table, oldest first. Rows that are held in the version that was told of, or a later one, are not among them. */
  namedRows(): Promise<readonly NamedRow[]>;
  /** They were read after they were named. */
  namedRowsRead(rows: readonly NamedRow[]): Promise<void>;
  /**
   * Gaps that have been open for longer than `ms`. One is closed by the events that were missing, or by polls and key
   * sweeps of all tables that began after an event behind it had come.
   */
  eventGaps(ms: number): Promise<readonly EventGap[]>;
}
