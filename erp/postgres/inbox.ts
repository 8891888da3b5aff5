/**
 * What has come from the stream and is not applied yet, in stream order.
 *
 * ```
 * stream ──add──► [change change commit │ change task change commit │ position] ──next──► applier
 * ```
 *
 * A batch is whatever came while the one before was applied: whole transactions, as many as fit; of a
 * transaction larger than a batch, a part. At low load each transaction is a batch of its own, at once. Where somebody
 * waits for a position, a batch ends there.
 * A stream may be read on while `isFull` is false: that bounds the memory.
 */
import type { Change } from '../change.ts';
import type { Watermark } from '../watermark.ts';

export type Delivery =
  /** Changes in stream order; `through` is where the last of them ends its transaction, if it does. */
  | { readonly kind: 'batch'; readonly changes: readonly Change[]; readonly through: Watermark | null }
  /** To be done between what came before and what comes behind. */
  | { readonly kind: 'task'; readonly task: () => Promise<void> }
  /** Everything up to here has come, and nothing of it since the last delivery concerned us. */
  | { readonly kind: 'position'; readonly position: Watermark };

type Entry =
  | { readonly kind: 'change'; readonly change: Change; readonly bytes: number }
  | { readonly kind: 'commit'; readonly end: Watermark }
  | { readonly kind: 'task'; readonly task: () => Promise<void> }
  | { readonly kind: 'position'; readonly position: Watermark };

/** Full at so many batches of changes, or so many bytes of them, whatever comes first. */
const FULL_BATCHES = 4;
const FULL_BYTES = 32 * 1024 * 1024;

export class Inbox {
  readonly #batchSize: () => number;
  readonly #awaited: () => Watermark | null;
  #entries: Entry[] = [];
  /** Entries before this one are delivered. Cut off now and then: `shift` of a long array is slow. */
  #head = 0;
  #changes = 0;
  #bytes = 0;
  #commits = 0;
  #wake: (() => void) | null = null;
  #failure: { readonly cause: unknown } | null = null;

  /**
   * @param batchSize how many changes a batch may hold; asked for every batch anew
   * @param awaited a position that somebody waits for; asked for every batch too
   */
  constructor(batchSize: () => number, awaited: () => Watermark | null = () => null) {
    this.#batchSize = batchSize;
    this.#awaited = awaited;
  }

  /** @param bytes what the change takes of the stream, as the measure of its size */
  addChange(change: Change, bytes: number): void {
    this.#add({ kind: 'change', change, bytes });
    this.#changes++;
    this.#bytes += bytes;
  }

  /** The transaction of the changes before ends here. One without changes is only a position. */
  addCommit(end: Watermark): void {
    const last = this.#last;
    if (!last || last.kind === 'commit' || last.kind === 'position') {
      this.addPosition(end);
    } else {
      this.#add({ kind: 'commit', end });
      this.#commits++;
    }
  }

  addTask(task: () => Promise<void>): void {
    this.#add({ kind: 'task', task });
  }

  /** To be called between transactions only. */
  addPosition(position: Watermark): void {
    if (this.#last?.kind === 'position') this.#entries.pop();
    this.#add({ kind: 'position', position });
  }

  get isEmpty(): boolean {
    return this.#last === undefined;
  }

  get isFull(): boolean {
    if (this.#changes <= 1) return false;
    return this.#changes >= FULL_BATCHES * this.#batchSize() || this.#bytes >= FULL_BYTES;
  }

  /** The stream has ended: `next` rejects with `cause` once what is being applied is done. */
  fail(cause: unknown): void {
    this.#failure ??= { cause };
    this.#wake?.();
  }

  /** Resolves with what is to be done next. To be called again when that is done. */
  async next(): Promise<Delivery> {
    while (!this.#failure && !this.#isReady) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
    if (this.#failure) throw this.#failure.cause;
    return this.#take();
  }

  get #last(): Entry | undefined {
    return this.#entries.length > this.#head ? this.#entries.at(-1) : undefined;
  }

  #add(entry: Entry): void {
    this.#entries.push(entry);
    this.#wake?.();
  }

  /** Waits for the end of a transaction, unless it has outgrown a batch. */
  get #isReady(): boolean {
    const first = this.#entries[this.#head];
    if (!first) return false;
    return first.kind !== 'change' || this.#commits > 0 || this.#changes > this.#batchSize() || this.isFull;
  }

  #take(): Delivery {
    const first = this.#entries[this.#head];
    if (first && first.kind !== 'change') {
      this.#drop(1);
      return first.kind === 'commit' ? { kind: 'position', position: first.end } : first;
    }
    const { taken, changes, through } = this.#batch();
    this.#drop(taken);
    return { kind: 'batch', changes, through };
  }

  /**
   * The changes to the last commit that fits, else as many as fit of the transaction that is first. Of one
   * still open the last change that came stays behind, so that there is one to bring `through`.
   */
  #batch(): { taken: number; changes: Change[]; through: Watermark | null } {
    const size = this.#batchSize();
    const awaited = this.#awaited();
    const changes: Change[] = [];
    let whole: { taken: number; changes: number; through: Watermark } | null = null;
    let taken = 0;
    for (const entry of this.#waiting()) {
      if (entry.kind === 'commit') whole = { taken: taken + 1, changes: changes.length, through: entry.end };
      else if (entry.kind === 'change' && changes.length < size) changes.push(entry.change);
      else break;
      taken++;
      if (entry.kind === 'commit' && awaited && entry.end >= awaited) break;
    }
    if (whole) return { ...whole, changes: changes.slice(0, whole.changes) };
    const isAllThereIs = this.#head + taken === this.#entries.length;
    return isAllThereIs
      ? { taken: taken - 1, changes: changes.slice(0, -1), through: null }
      : { taken, changes, through: null };
  }

  *#waiting(): Iterable<Entry> {
    for (let at = this.#head; at < this.#entries.length; at++) {
      const entry = this.#entries[at];
      if (entry) yield entry;
    }
  }

  #drop(count: number): void {
    for (let at = this.#head; at < this.#head + count; at++) {
      const entry = this.#entries[at];
      if (entry?.kind === 'commit') this.#commits--;
      if (entry?.kind !== 'change') continue;
      this.#changes--;
      this.#bytes -= entry.bytes;
    }
    this.#head += count;
    if (this.#head < this.#entries.length / 2) return;
    this.#entries = this.#entries.slice(this.#head);
    this.#head = 0;
  }
}
