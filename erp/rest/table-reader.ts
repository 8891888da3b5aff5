/**
 * Reads one table of an ERP through its API: walks over what was written since the last one, key sweeps, rows by key.
 *
 * ```
 * walk:  page ─► apply, with the cursor ─► page ─► … ─► complete: the table is as of this walk's begin
 * sweep: page of keys ─► remembered ─► … ─► what differs from the mirror is asked for by key ─► deletions are known
 * ```
 *
 * A walk's time is taken before its first page is asked for. Where pages were counted, a row may have slipped from
 * one to another in between: then a walk over changes is repeated until nothing new comes, and the first walk
 * over a whole table ends with a sweep that also asks for every row the walk did not bring.
 */
import { z } from 'zod';
import { type CallBudget, type CallClass, ErpUnavailable } from '../budget.ts';
import type { MirrorTable, PolledTable, PollProgress, ReplicaSink, TableRead } from '../connector.ts';
import type { ReadRow, RowKey, Transport } from '../transport.ts';

const Walk = z.object({
  begunAt: z.string(),
  sinceMs: z.number().nullable(),
  cursor: z.string().nullable(),
  /** Of the first page; null before it. */
  erpTimeMs: z.number().nullable(),
  mayHaveSkipped: z.boolean(),
  /** What a repeated walk must not find any more: rows written before the first one began. */
  foundNews: z.boolean(),
  isRepeated: z.boolean(),
});
type Walk = z.infer<typeof Walk>;

const Sweep = z.object({
  begunAt: z.string().nullable(),
  after: z.array(z.string()).nullable(),
  isListed: z.boolean(),
  /** Rows that no read since then brought are asked for as well: the walk that this sweep completes began then. */
  unseenSince: z.string().nullable(),
});
type Sweep = z.infer<typeof Sweep>;

export interface ReaderSettings {
  readonly transport: Transport;
  readonly budget: Pick<CallBudget, 'call'>;
  /** A row may become readable so long after the time that it says it was written. */
  readonly longestTransactionMs: number;
  readonly onRows: (rows: number) => void;
}

/** Who waits for it: somebody who cannot wait for ever, or the copy. */
export interface Caller {
  readonly kind: CallClass;
  readonly signal: AbortSignal;
  readonly deadlineMs?: number;
}

/** What is to be read from is not known before the first copy is complete. */
const NOT_COPIED_RETRY_MS = 5_000;

const newSweep: Sweep = { begunAt: null, after: null, isListed: false, unseenSince: null };

export class TableReader {
  readonly table: MirrorTable;
  readonly #sink: ReplicaSink;
  readonly #settings: ReaderSettings;
  #polledToMs: number | null;
  #walk: Walk | null;
  #sweep: Sweep | null;
  #asOf: string | null;
  #isCopied: boolean;
  #deletionsAsOf: string | null;
  readonly #beganEmpty: boolean;

  constructor(table: MirrorTable, held: PolledTable | undefined, sink: ReplicaSink, settings: ReaderSettings) {
    this.table = table;
    this.#sink = sink;
    this.#settings = settings;
    this.#polledToMs = held?.polledToMs ?? null;
    this.#walk = held?.walk ? Walk.parse(JSON.parse(held.walk)) : null;
    this.#sweep = held?.sweep ? Sweep.parse(JSON.parse(held.sweep)) : null;
    this.#asOf = held?.asOf ?? null;
    this.#deletionsAsOf = held?.deletionsAsOf ?? null;
    this.#isCopied = held?.isCopied ?? false;
    this.#beganEmpty = held?.beganEmpty ?? false;
  }

  /** All of it was read once. */
  get isCopied(): boolean {
    return this.#isCopied && this.#asOf !== null;
  }

  get asOf(): Date | null {
    return this.#asOf === null ? null : new Date(this.#asOf);
  }

  get deletionsAsOf(): Date | null {
    return this.#deletionsAsOf === null ? null : new Date(this.#deletionsAsOf);
  }

  /** The first copy: a walk over everything, from where it was left. */
  async copy(caller: Caller): Promise<void> {
    if (this.#asOf === null) await this.poll(caller);
    if (this.#isCopied) return;
    await this.#sink.tableCopied(this.table.name);
    this.#isCopied = true;
  }

  /** A walk over what was written since the last, or from where one was left. */
  async poll(caller: Caller): Promise<void> {
    if (this.#sweep?.unseenSince) return this.sweep(caller);
    this.#walk ??= await this.#newWalk();
    const walk = await this.#walkOn(this.#walk, caller, 'kept');
    if (walk.sinceMs !== null || !walk.mayHaveSkipped) return this.#complete(walk, { walk: null });
    // Its end is the begin of a sweep, in one step: whoever is killed between them would take it for complete.
    this.#sweep = { ...newSweep, unseenSince: walk.begunAt };
    const polledToMs = this.#nextSinceMs(walk);
    await this.#store({ walk: null, sweep: JSON.stringify(this.#sweep), polledToMs });
    this.#polledToMs = polledToMs;
    this.#walk = null;
    await this.sweep(caller);
  }

  /** The same beside a poll under way; nothing of it is kept but its end. */
  async pollNow(caller: Caller): Promise<void> {
    if (this.#polledToMs === null) throw new ErpUnavailable(NOT_COPIED_RETRY_MS);
    await this.#complete(await this.#walkOn(await this.#newWalk(), caller, 'unkept'), {});
  }

  async sweep(caller: Caller): Promise<void> {
    const { name } = this.table;
    let sweep = this.#sweep ?? newSweep;
    while (!sweep.isListed) {
      const begunAt = sweep.begunAt ?? (await this.#sink.now());
      const { after } = sweep;
      const page = await this.#call(caller, (transport, signal) => transport.keys(name, after, signal));
      sweep = { ...sweep, begunAt, after: page.next ? [...page.next] : null, isListed: page.next === null };
      await this.#sink.listed(name, page.keys, { sweep: JSON.stringify(sweep) });
      this.#sweep = sweep;
    }
    const { begunAt, unseenSince } = sweep;
    if (begunAt === null) throw new TypeError('A sweep that listed keys has begun');
    for (;;) {
      const keys = await this.#sink.sweepDifference(name, begunAt, unseenSince);
      if (keys.length === 0) break;
      await this.readKeys(keys, caller);
    }
    const asOf = unseenSince === null ? {} : { asOf: unseenSince };
    await this.#sink.endSweep(name, { sweep: null, deletionsAsOf: begunAt, ...asOf });
    this.#sweep = null;
    this.#deletionsAsOf = begunAt;
    this.#reached(unseenSince);
  }

  /** Rows by their keys; those that do not exist are deletions. */
  async readKeys(keys: readonly RowKey[], caller: Caller): Promise<void> {
    const { transport } = this.#settings;
    for (let asked = keys; asked.length > 0; ) {
      const some = asked.slice(0, transport.keysPerCall);
      const begunAt = await this.#sink.now();
      const rows = await this.#call(caller, (one, signal) => one.byKeys(this.table.name, some, signal));
      const found = new Set(rows.map((row) => JSON.stringify(this.#keyOf(row))));
      const gone = some.filter((key) => !found.has(JSON.stringify(key)));
      const { unsure } = await this.#sink.applyRead({ table: this.table.name, begunAt, rows, gone });
      asked = [...unsure, ...asked.slice(some.length)];
    }
  }

  async #newWalk(): Promise<Walk> {
    return {
      begunAt: await this.#sink.now(),
      sinceMs: this.#polledToMs,
      cursor: null,
      erpTimeMs: null,
      mayHaveSkipped: false,
      foundNews: false,
      isRepeated: false,
    };
  }

  /** Resolves with the walk when its last page is applied. */
  async #walkOn(begun: Walk, caller: Caller, state: 'kept' | 'unkept'): Promise<Walk> {
    let walk = begun;
    for (;;) {
      const begunAt = await this.#sink.now();
      const { sinceMs, cursor } = walk;
      const page = await this.#call(caller, (transport, signal) =>
        transport.walk(this.table.name, sinceMs, cursor, signal),
      );
      const next: Walk = {
        ...walk,
        cursor: page.next,
        erpTimeMs: walk.erpTimeMs ?? page.erpTimeMs,
        mayHaveSkipped: walk.mayHaveSkipped || page.mayHaveSkipped,
      };
      // The last page is repeated by who is killed before the walk is complete.
      const progress = state === 'kept' && page.next !== null ? { walk: JSON.stringify(next) } : undefined;
      const news = await this.#applyPage(page.rows, begunAt, caller, progress);
      const before = next.erpTimeMs ?? Number.POSITIVE_INFINITY;
      walk = { ...next, foundNews: next.foundNews || news.some(({ updatedAtMs }) => updatedAtMs < before) };
      if (state === 'kept') this.#walk = walk;
      if (page.next !== null) continue;
      if (walk.sinceMs === null || !walk.mayHaveSkipped || (walk.isRepeated && !walk.foundNews)) return walk;
      walk = { ...walk, mayHaveSkipped: false, foundNews: false, isRepeated: true };
    }
  }

  async #applyPage(
    rows: readonly ReadRow[],
    begunAt: string,
    caller: Caller,
    progress: Partial<PollProgress> | undefined,
  ): Promise<ReadRow[]> {
    const news: ReadRow[] = [];
    const size = this.#sink.batchSize;
    for (let at = 0; at < rows.length; at += size) {
      const some = rows.slice(at, at + size);
      const isLast = at + size >= rows.length;
      const read: TableRead = {
        table: this.table.name,
        begunAt,
        rows: some,
        gone: [],
        ...(isLast && progress && { progress }),
      };
      const result = await this.#sink.applyRead(read);
      news.push(...result.news);
      await this.readKeys(result.unsure, caller);
    }
    this.#settings.onRows(rows.length);
    return news;
  }

  async #complete(walk: Walk, progress: Partial<PollProgress>): Promise<void> {
    const polledToMs = this.#nextSinceMs(walk);
    // Whatever is there was read since the walk began.
    const isFirst = walk.sinceMs === null && this.#beganEmpty;
    const deletions = isFirst ? { deletionsAsOf: walk.begunAt } : {};
    await this.#store({ ...progress, polledToMs, asOf: walk.begunAt, ...deletions });
    if (isFirst) this.#deletionsAsOf ??= walk.begunAt;
    this.#polledToMs = Math.max(polledToMs, this.#polledToMs ?? polledToMs);
    if (progress.walk === null) this.#walk = null;
    this.#reached(walk.begunAt);
  }

  async #store(progress: Partial<PollProgress>): Promise<void> {
    const begunAt = await this.#sink.now();
    await this.#sink.applyRead({ table: this.table.name, begunAt, rows: [], gone: [], progress });
  }

  #nextSinceMs({ erpTimeMs, sinceMs }: Walk): number {
    return Math.floor((erpTimeMs ?? sinceMs ?? 0) - this.#settings.longestTransactionMs);
  }

  #reached(asOf: string | null): void {
    if (asOf !== null && (this.#asOf === null || new Date(asOf) > new Date(this.#asOf))) this.#asOf = asOf;
  }

  #keyOf({ row }: ReadRow): (string | null)[] {
    return this.table.key.map((column) => row[column] ?? null);
  }

  #call<Result>(
    { kind, signal, deadlineMs }: Caller,
    work: (transport: Transport, signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const { budget, transport } = this.#settings;
    return budget.call(kind, (calling) => work(transport, calling), {
      signal,
      isRepeatable: true,
      ...(deadlineMs !== undefined && { deadlineMs }),
    });
  }
}
