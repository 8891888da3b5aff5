/**
 * Capture by polling an ERP's API: first a copy of every table, then what was written since, and key sweeps for what
 * was deleted.
 *
 * ```
 * copy  (backfill) ─ table by table ─┐
 * poll  ─ every table, again and again ├─► sink.applyRead
 * sweep ─ one table after the other ──┘
 * live reads, beside them and before them in the budget
 * ```
 *
 * What the ERP refuses for the moment (429, 5xx, silence) is waited out and fails nothing. Every page is kept with
 * where to go on, so a process that is killed repeats one page of each walk under way.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Bell } from '../../runtime/bell.ts';
import { OperatorFault } from '../../runtime/errors.ts';
import type { Log } from '../../runtime/log.ts';
import { type CallBudget, ErpUnavailable } from '../budget.ts';
import type {
  Barrier,
  Capture,
  CaptureStatus,
  ErpClock,
  LiveRead,
  MirrorTable,
  Polling,
  ReplicaSink,
  SourceIdentity,
} from '../connector.ts';
import { ErpCallFailed, type RowKey } from '../transport.ts';
import { LiveReads } from './live-reads.ts';
import { TableReader } from './table-reader.ts';

export interface PollSettings extends Polling {
  readonly tables: readonly MirrorTable[];
  readonly budget: Pick<CallBudget, 'call'>;
  readonly log: Log;
  readonly onProgress?: (rows: number) => void;
}

export interface PolledCapture extends Capture {
  liveRead(asked: LiveRead, signal: AbortSignal): Promise<void>;
  /** Reads rows that are known to have changed, behind those who wait for an answer. Resolves when they are applied. */
  readKeys(table: string, keys: readonly RowKey[], signal: AbortSignal): Promise<void>;
  /** Which ERP it reads. */
  readonly source: SourceIdentity;
  /** One call. Rejects when the ERP's API cannot be reached. */
  clock(sink: ReplicaSink, signal: AbortSignal): Promise<ErpClock>;
  /** As `run`, on a mirror that another capture of the same ERP has kept till now. */
  takeOver(sink: ReplicaSink, clock: ErpClock, signal: AbortSignal): Promise<void>;
  /** Whatever was not polled, or not swept, since is so at once; nobody waits for it. */
  want(since: Date): void;
}

export const pollCapture = (settings: PollSettings): PolledCapture => new PollCapture(settings);

/** Tables copied at once, and tables polled at once; the budget decides how fast. */
const TABLES_AT_ONCE = 4;
const RETRY_FIRST_MS = 500;
const RETRY_LAST_MS = 15_000;
/** While tables are copied nothing is polled or swept more often: the copy would take as much longer. */
const WHILE_COPYING_EVERY_MS = 60_000;
/** Whoever asks whether the API can be reached does not wait longer. */
const CLOCK_MS = 10_000;
/** After a refusal that waiting does not mend. */
const REFUSED_PAUSE_MS = 60_000;

class PollCapture implements PolledCapture {
  readonly #settings: PollSettings;
  readonly #started = Promise.withResolvers<{
    readonly readers: ReadonlyMap<string, TableReader>;
    readonly live: LiveReads;
    readonly sink: ReplicaSink;
  }>();
  readonly #wanted = new Bell();
  #wantedSince = new Date(0);
  #state: CaptureStatus['state'] = 'starting';
  #fault: string | null = null;
  #hasAnswered = false;
  readonly #copied = new AbortController();

  constructor(settings: PollSettings) {
    this.#settings = settings;
    this.#started.promise.catch(() => {}); // who waits for it is told
  }

  run(sink: ReplicaSink, signal: AbortSignal): Promise<void> {
    return this.#run(sink, signal);
  }

  takeOver(sink: ReplicaSink, clock: ErpClock, signal: AbortSignal): Promise<void> {
    return this.#run(sink, signal, clock);
  }

  /** A page of what was written in the last moment: its rows do not matter. */
  async clock(sink: ReplicaSink, signal: AbortSignal): Promise<ErpClock> {
    const { transport, budget, tables, longestTransactionMs } = this.#settings;
    const [table] = tables;
    if (!table) throw new TypeError('The connector mirrors no table');
    const page = (calling: AbortSignal) => transport.walk(table.name, Date.now(), null, calling);
    const { erpTimeMs } = await budget.call('poll', page, { signal, isRepeatable: true, deadlineMs: CLOCK_MS });
    return { erpTimeMs, at: await sink.now(), longestTransactionMs };
  }

  async #run(sink: ReplicaSink, signal: AbortSignal, clock?: ErpClock): Promise<void> {
    const { transport, tables, budget, longestTransactionMs, onProgress } = this.#settings;
    const ending = new AbortController();
    const running = AbortSignal.any([signal, ending.signal]);
    let rowsRead = 0;
    const onRows = (rows: number) => {
      this.#hasAnswered = true;
      rowsRead += rows;
      if (this.#state === 'snapshot') onProgress?.(rowsRead);
    };
    try {
      const held = await sink.beginPolling(this.source, clock);
      const settings = { transport, budget, longestTransactionMs, onRows };
      const readers = tables.map((table) => new TableReader(table, held.get(table.name), sink, settings));
      const byName = new Map(readers.map((reader) => [reader.table.name, reader]));
      const live = new LiveReads(byName, transport.keysPerCall, () => sink.now());
      this.#started.resolve({ readers: byName, live, sink });
      const loops = [this.#copy(readers, running), this.#poll(readers, running), this.#sweep(readers, running)];
      await Promise.all(loops).finally(async () => {
        ending.abort();
        await Promise.allSettled(loops);
      });
    } catch (error) {
      this.#started.reject(error);
      if (!signal.aborted) throw error;
    } finally {
      this.#state = 'stopped';
    }
  }

  async barrier(signal: AbortSignal): Promise<Barrier> {
    await this.liveRead({ tables: this.#settings.tables.map(({ name }) => name), rows: new Map() }, signal);
    const { sink } = await this.#started.promise;
    const state = await sink.state();
    if (!state) throw new Error('The replica holds nothing after a poll of all tables');
    return { position: state.position, allowanceMs: 0 };
  }

  async liveRead(asked: LiveRead, signal: AbortSignal): Promise<void> {
    const { live } = await this.#started.promise;
    await live.read(asked, signal);
  }

  async readKeys(table: string, keys: readonly RowKey[], signal: AbortSignal): Promise<void> {
    const reader = (await this.#started.promise).readers.get(table);
    if (!reader) throw new TypeError(`${table} is not mirrored`);
    await reader.readKeys(keys, { kind: 'poll', signal });
  }

  want(since: Date): void {
    if (since <= this.#wantedSince) return;
    this.#wantedSince = since;
    this.#wanted.ring();
  }

  status(): CaptureStatus {
    return { state: this.#state, fault: this.#fault, received: null, retainedBytes: null };
  }

  get source(): SourceIdentity {
    return { system: this.#settings.transport.system, timeline: 'api', slot: 'poll' };
  }

  async #copy(readers: readonly TableReader[], signal: AbortSignal): Promise<void> {
    const missing = readers.filter(({ isCopied }) => !isCopied);
    if (missing.length > 0) {
      this.#state = 'snapshot';
      this.#settings.log.info({ tables: missing.length }, "copying the ERP's tables through its API");
    }
    await eachOf(missing, (reader) =>
      this.#persist(`copying ${reader.table.name}`, signal, () => reader.copy({ kind: 'backfill', signal })),
    );
    this.#copied.abort();
    if (!signal.aborted) this.#state = 'streaming';
  }

  async #poll(readers: readonly TableReader[], signal: AbortSignal): Promise<void> {
    const { pollEveryMs } = this.#settings;
    let dueAt = performance.now();
    while (!signal.aborted) {
      await this.#restWhileCopying(signal);
      const isDue = performance.now() >= dueAt;
      if (isDue) dueAt = performance.now() + pollEveryMs;
      const due = readers.filter((reader) => reader.isCopied && (isDue || this.#isWanted(reader.asOf)));
      await eachOf(due, (reader) =>
        this.#persist(`polling ${reader.table.name}`, signal, () => reader.poll({ kind: 'poll', signal })),
      );
      if (due.some(({ asOf }) => this.#isWanted(asOf))) continue;
      await this.#wanted.wait(Math.max(0, dueAt - performance.now()), signal);
    }
  }

  async #sweep(readers: readonly TableReader[], signal: AbortSignal): Promise<void> {
    const sweptAt = new Map<TableReader, number>();
    const { sweepEveryMs } = this.#settings;
    while (!signal.aborted) {
      await this.#restWhileCopying(signal);
      const due = readers.filter((reader) => {
        const at = sweptAt.get(reader);
        const isDue = at === undefined || performance.now() - at >= sweepEveryMs;
        return reader.isCopied && (isDue || this.#isWanted(reader.deletionsAsOf));
      });
      for (const reader of due) {
        sweptAt.set(reader, performance.now());
        const kind = reader.deletionsAsOf ? 'poll' : 'backfill';
        await this.#persist(`sweeping ${reader.table.name}`, signal, () => reader.sweep({ kind, signal }));
      }
      if (due.length === 0) await pause(Math.min(1_000, sweepEveryMs), signal);
    }
  }

  async #restWhileCopying(signal: AbortSignal): Promise<void> {
    const { signal: copied } = this.#copied;
    if (!copied.aborted) await pause(WHILE_COPYING_EVERY_MS, AbortSignal.any([signal, copied]));
  }

  /** A time that is not after what is wanted, in whole milliseconds, may be before it. */
  #isWanted(asOf: Date | null): boolean {
    return asOf === null || asOf <= this.#wantedSince;
  }

  /** Until it is done. Rejects only with what a person must mend and nothing has shown to be sound yet. */
  async #persist(what: string, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        await work();
        if (attempt > 0) this.#fault = null;
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof OperatorFault && !this.#hasAnswered) throw error;
        this.#fault = error instanceof Error ? error.message : String(error);
        this.#settings.log.warn({ err: error }, `${what} was interrupted and is taken up again`);
        await pause(pauseMs(error, attempt), signal);
      }
    }
  }
}

function pauseMs(error: unknown, attempt: number): number {
  const mayPass = error instanceof ErpUnavailable || (error instanceof ErpCallFailed && error.mayPass);
  if (!mayPass && error instanceof ErpCallFailed) return REFUSED_PAUSE_MS;
  const longest = Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** attempt);
  const asked = error instanceof ErpCallFailed ? (error.retryAfterMs ?? 0) : 0;
  return asked + longest * (0.5 + Math.random() / 2);
}

/** Some at a time, the next one as soon as one is done. */
async function eachOf<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = items[Symbol.iterator]();
  const worker = async () => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: TABLES_AT_ONCE }, worker));
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(Math.max(0, ms), undefined, { signal }).catch(() => {});
