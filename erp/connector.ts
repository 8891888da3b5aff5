/**
 * What Skiff needs to know of one ERP, and how a capture and the replica talk.
 *
 * A connector is declared: the tables it mirrors, a folder of read models, the parameters they
 * take, and the capture that brings the changes. Everything that knows this ERP stays behind it.
 */
import type { Readable } from 'node:stream';
import type { Change } from './change.ts';
import type { CommandChannel, Settling } from './command.ts';
import type { EventSink, Webhooks } from './event.ts';
import type { ReadRow, RowKey, Transport } from './transport.ts';
import type { Watermark } from './watermark.ts';

/** A table of the ERP, of which the named columns are mirrored. */
export interface MirrorTable {
  /** As the ERP names it; mirrored as `erp."<name>"`. */
  readonly name: string;
  /** Primary-key columns, in their order. */
  readonly key: readonly string[];
  /** Mirrored columns and their SQL types, the key's included. Others of the ERP's columns are ignored. */
  readonly columns: Readonly<Record<string, string>>;
  /** Indexes of the mirror beside the primary key: what stands after `on erp.<table>`, e.g. `(shipment)` or `(product, to_location) include (quantity) where state = 'done'`. */
  readonly indexes?: readonly string[];
}

export interface Connector {
  readonly name: string;
  readonly tables: readonly MirrorTable[];
  /** Folder of `<model>.sql` files. */
  readonly readModels: URL;
  /** Replaces `:name` in read models by a quoted literal: the company, the language of texts. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The zone whose day `$today` is, unless `SKIFF_TIME_ZONE` says otherwise. */
  readonly timeZone: string;
  /** The publication a capture by logical replication reads. */
  readonly publication: string;
  /** How it is captured where only its API can be reached. */
  readonly polling?: (access: ApiAccess) => Polling;
  /** How it tells of changes, so that it need not be polled as often. */
  readonly webhooks?: (access: ApiAccess) => Webhooks;
  /** How it is written to. */
  readonly commands?: (access: ApiAccess) => CommandChannel;
  /** What its database's administrator may run, so that the ERP itself refuses a second document of one command. */
  readonly onceSql?: readonly string[];
  /** Indexes of these that the deployment relies upon. */
  readonly onceIndexes?: readonly string[];
}

/** Where an ERP's API is, and as whom. */
export interface ApiAccess {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** Where one server has several. */
  readonly database?: string | undefined;
}

/** What a capture by polling has to know of an ERP. */
export interface Polling {
  readonly transport: Transport;
  /** A row may become readable so long after the time that it says it was written. */
  readonly longestTransactionMs: number;
  /** From one round over all tables to the next. */
  readonly pollEveryMs: number;
  /** From one key sweep of a table to the next. */
  readonly sweepEveryMs: number;
}

/** What a deployment may set of a connector. Left out: the connector's own default. */
export interface ConnectorSettings {
  readonly company?: string | undefined;
  readonly language?: string | undefined;
  readonly timeZone?: string | undefined;
  /** What the ERP can tell of a request whose answer was lost, where that differs between installations. */
  readonly writes?: Settling['way'] | undefined;
  /** By a searchable reference alone: so long after it was sent a request may still take effect. */
  readonly settlesWithinMs?: number | undefined;
}

export type ConnectorFactory = (settings: ConnectorSettings) => Connector;

/** Which stream the replica's watermark belongs to. Another identity means another history: a new snapshot. */
export interface SourceIdentity {
  /** PostgreSQL's system identifier and timeline, and the slot's name; an API's URL. */
  readonly system: string;
  readonly timeline: string;
  readonly slot: string;
}

export interface CapturedState {
  readonly source: SourceIdentity;
  readonly position: Watermark;
}

/** A column of a mirrored table that the ERP no longer has as declared. */
export interface TableFault {
  readonly column: string;
  readonly problem: 'missing' | 'type';
  /** The declared and the found type, for the message. */
  readonly expected: string;
  readonly found?: string;
}

/** Receives whole tables while a snapshot is read. Nothing of it counts before `commit`. */
export interface CopyWriter {
  /** One table's rows in PostgreSQL's COPY text format, in the order of `columns`. Resolves with the number of rows. */
  copy(table: string, columns: readonly string[], rows: Readable): Promise<number>;
  /** Everything was copied as it stood at `at`. */
  commit(at: Watermark): Promise<void>;
  abort(): Promise<void>;
}

/** The replica, as a capture sees it. */
export interface CaptureSink {
  /** What the replica holds, or null: then a snapshot comes first. */
  state(): Promise<CapturedState | null>;
  /**
   * A copy of all tables, for a first start or a lost slot. An empty mirror is filled; a mirror that answers
   * are read from keeps answering, and the difference is applied as changes when the snapshot commits.
   */
  beginSnapshot(source: SourceIdentity): Promise<CopyWriter>;
  /** Tables newly mirrored, with a new column, or healed: to be copied beside the running stream. */
  tablesToCopy(): Promise<readonly string[]>;
  /** From when this resolves, the stream's changes of `table` win over what the copy brings. */
  beginTableCopy(table: string): Promise<CopyWriter>;
  /** How many changes a batch should hold at the most, by how long the last ones took. */
  readonly batchSize: number;
  /**
   * Applies changes in stream order and resolves when they are committed. `through` is set when the last
   * of them closes an ERP transaction: everything up to there is then applied. A transaction may come in several
   * calls, and comes again whole after a crash.
   */
  apply(changes: readonly Change[], through: Watermark | null): Promise<void>;
  /** Everything up to `position` is applied, though nothing of it concerned us. Resolves when that is durable. */
  advance(position: Watermark): Promise<void>;
  /** How a mirrored table now differs from its declaration; no faults means it fits (again). */
  reportTable(table: string, faults: readonly TableFault[]): Promise<void>;
}

/** How far a table is read that is captured by polling. Each field is written by itself, in the turn that its rows come in. */
export interface PollProgress {
  /** On the ERP's clock, in ms: from where the next walk has to read. Never goes back. */
  readonly polledToMs: number | null;
  /** Where the walk and the key sweep under way stand; null when none is. The replica only keeps them. */
  readonly walk: string | null;
  readonly sweep: string | null;
  /** On the replica's clock: the begin of the last complete walk, and of the last complete key sweep. Never go back. */
  readonly asOf: string | null;
  readonly deletionsAsOf: string | null;
}

export interface PolledTable extends PollProgress {
  /** Its mirror was complete once, with all its columns. */
  readonly isCopied: boolean;
  /** No row of its mirror is older than its first walk: that one leaves no deletion unknown. */
  readonly beganEmpty: boolean;
}

/** What the ERP's clock showed, in ms, at a time on the replica's, or before it. */
export interface ErpClock {
  readonly erpTimeMs: number;
  readonly at: string;
  /** A row may have become readable so long after the time that it says it was written. */
  readonly longestTransactionMs: number;
}

/** What a call to the ERP's API answered. */
export interface TableRead {
  readonly table: string;
  /** `ReadSink.now` before the call was sent. */
  readonly begunAt: string;
  readonly rows: readonly ReadRow[];
  /** Keys asked for by name that do not exist. */
  readonly gone: readonly RowKey[];
  /** What this read completes. */
  readonly progress?: Partial<PollProgress>;
}

export interface ReadResult {
  /** Rows that were not known in this version. */
  readonly news: readonly ReadRow[];
  /**
   * Keys of which this read and an overlapping one say different things, one that the row is there and one that it is
   * not. The other one's word stands; only a read begun now can tell.
   */
  readonly unsure: readonly RowKey[];
}

/**
 * The replica, as a capture through an API sees it (SEMANTICS.md C4, C5). A row is applied if its version is at least
 * the one that is held; a deletion refuses every read begun before it was known.
 */
export interface ReadSink {
  /** The clock that freshness is told by: the replica's database's. */
  now(): Promise<string>;
  /**
   * What is held of each table. Of another ERP than `source` nothing counts as read; but where another capture of the
   * same ERP has kept the mirror till now, what it holds counts as read up to its asOf, which `clock` translates.
   */
  beginPolling(source: SourceIdentity, clock?: ErpClock): Promise<ReadonlyMap<string, PolledTable>>;
  applyRead(read: TableRead): Promise<ReadResult>;
  /** Everything of the table was read once: read models may be built on it. */
  tableCopied(table: string): Promise<void>;
  /** Remembers a page of a key sweep that began at `begunAt`. */
  listed(table: string, keys: readonly RowKey[], progress: Partial<PollProgress>): Promise<void>;
  /** Keys that the sweep listed but the mirror lacks (or that no read since `unseenSince` brought), and the reverse. */
  sweepDifference(table: string, begunAt: string, unseenSince: string | null): Promise<readonly RowKey[]>;
  /** The sweep is over: what it listed is forgotten. */
  endSweep(table: string, progress: Partial<PollProgress>): Promise<void>;
}

/** A position up to which everything the ERP had committed when it was asked is applied. */
export interface Barrier {
  readonly position: Watermark;
  /** How much older than the question the answer may be, e.g. with `synchronous_commit=off` in the ERP. */
  readonly allowanceMs: number;
}

/** Whatever is applied up to the barrier's position makes it true, and may say so before the barrier is resolved. */
export type OnBarrierKnown = (barrier: Barrier | null) => void;

export interface CaptureStatus {
  /** `downgraded`: the ERP is polled, because its database, which is to be replicated, cannot be reached. */
  readonly state: 'starting' | 'snapshot' | 'streaming' | 'downgraded' | 'reconnecting' | 'stopped';
  /** Last fault met, in words for an operator. */
  readonly fault: string | null;
  readonly received: Watermark | null;
  /** WAL the ERP keeps for us. */
  readonly retainedBytes: number | null;
}

/** What a question needs of an ERP that is read through its API. */
export interface LiveRead {
  /** Tables to be read from their last poll on. */
  readonly tables: readonly string[];
  /** Rows to be read whatever their last poll says: a poll does not tell of those that are gone. */
  readonly rows: ReadonlyMap<string, readonly RowKey[]>;
  /** A walk that began since, of whomever, serves as well. Left out: none but one that begins from now on. */
  readonly asOf?: Date;
}

export type ReplicaSink = CaptureSink & ReadSink & EventSink;

/** `Sink` is what of the replica this way of capture uses. */
export interface Capture<Sink = ReplicaSink> {
  /** Brings changes to the sink until the signal aborts. Connection losses are ridden out; rejects only with what a person must mend. */
  run(sink: Sink, signal: AbortSignal): Promise<void>;
  /**
   * Waits until everything the ERP had flushed at the moment of the call is applied.
   * @param onKnown what is waited for, as soon as the ERP has said; null when that counts no more
   */
  barrier(signal: AbortSignal, onKnown?: OnBarrierKnown): Promise<Barrier>;
  /**
   * Of a capture through an API: at most one walk per table and one call for the rows of a table, shared by all who
   * ask meanwhile. Resolves when what they brought is applied. Comes and goes where a capture changes its way.
   */
  readonly liveRead?: ((asked: LiveRead, signal: AbortSignal) => Promise<void>) | undefined;
  status(): CaptureStatus;
}
