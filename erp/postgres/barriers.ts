/**
 * Waits until everything the ERP had flushed at the moment of a question is applied (SEMANTICS.md C2).
 *
 * ```
 * ask ─► asked ──one query for all who wait──► waiting for L ──stream has come to L, and is applied──► done
 * ```
 *
 * A question joins only a query that has not been sent: one that is under way may have been answered before
 * the question. The position is asked for by SQL, since a keepalive's trails commits already acknowledged.
 *
 * Whole pages of WAL are flushed ahead of their last record's end, so with a transaction open and nobody
 * committing the flushed position may stand in the middle of a record, where the stream cannot come to, for as
 * long as nothing else is written. Then we write a record of a few bytes of our own behind it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Barrier } from '../connector.ts';
import { isAtOrAfter, type Watermark } from '../watermark.ts';
import { isPageEnd } from './lsn.ts';

/** What a barrier needs of the ERP and the stream while they are connected. */
export interface BarrierSource {
  /** Up to where the ERP's WAL is flushed now. */
  flushed(): Promise<Watermark>;
  /** Asks the stream how far it has come; `reached` tells. */
  askStream(): void;
  /** Writes and flushes a record that concerns nobody. */
  nudge(): Promise<void>;
  readonly allowanceMs: number;
}

interface Waiter {
  resolve(barrier: Barrier): void;
  reject(reason: unknown): void;
}

const ASK_AGAIN_FIRST_MS = 2;
const ASK_AGAIN_LAST_MS = 50;
const NUDGE_AFTER_MS = 30;

export class Barriers {
  #source: BarrierSource | null = null;
  #applied: Watermark | null = null;
  /** Everybody who waits, and for what position once the ERP has said. */
  readonly #waiters = new Map<Waiter, Watermark | null>();
  #isQuerying = false;
  #ended: { readonly reason: unknown } | null = null;

  async wait(signal: AbortSignal): Promise<Barrier> {
    signal.throwIfAborted();
    if (this.#ended) throw this.#ended.reason;
    const { promise, resolve, reject } = Promise.withResolvers<Barrier>();
    const waiter = { resolve, reject };
    const leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave);
    this.#waiters.set(waiter, null);
    void this.#query();
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', leave);
      this.#waiters.delete(waiter);
    }
  }

  /** The stream runs, and everything up to `applied` is applied. */
  open(source: BarrierSource, applied: Watermark): void {
    this.#source = source;
    this.#applied = applied;
    void this.#query();
  }

  /** The stream has ended. Who waits is asked for anew in the next: that may be of another history. */
  close(): void {
    this.#source = null;
    for (const waiter of this.#waiters.keys()) this.#waiters.set(waiter, null);
  }

  /** No stream comes any more. */
  end(reason: unknown): void {
    this.#ended = { reason };
    this.close();
    for (const waiter of this.#waiters.keys()) waiter.reject(reason);
  }

  /** Everything up to `applied` has come and is applied. */
  reached(applied: Watermark): void {
    this.#applied = applied;
    for (const [waiter, position] of this.#waiters) if (position) this.#settle(waiter, position);
  }

  async #query(): Promise<void> {
    const source = this.#source;
    const asking = [...this.#waiters].filter(([, position]) => position === null).map(([waiter]) => waiter);
    if (!source || this.#isQuerying || asking.length === 0) return;
    this.#isQuerying = true;
    try {
      const position = await source.flushed();
      if (source === this.#source) this.#answered(source, position, asking);
    } catch {
      // The connection is lost, and the stream with it: they are asked for in the next.
      if (source === this.#source) this.#source = null;
    } finally {
      this.#isQuerying = false;
    }
    await this.#query();
  }

  #answered(source: BarrierSource, position: Watermark, asking: readonly Waiter[]): void {
    const staying = asking.filter((waiter) => this.#waiters.has(waiter));
    for (const waiter of staying) {
      this.#waiters.set(waiter, position);
      this.#settle(waiter, position);
    }
    if (staying.some((waiter) => this.#waiters.has(waiter))) void this.#press(source, position);
  }

  #settle(waiter: Waiter, position: Watermark): void {
    if (!this.#source || !this.#applied || !isAtOrAfter(this.#applied, position)) return;
    this.#waiters.delete(waiter);
    waiter.resolve({ position, allowanceMs: this.#source.allowanceMs });
  }

  /** Asks the stream again and again until it has come to `position`, or nobody waits for it any more. */
  async #press(source: BarrierSource, position: Watermark): Promise<void> {
    const isAwaited = () => source === this.#source && [...this.#waiters.values()].includes(position);
    const nudgeAt = isPageEnd(position) ? performance.now() + NUDGE_AFTER_MS : Number.POSITIVE_INFINITY;
    let isNudged = false;
    for (let pauseMs = ASK_AGAIN_FIRST_MS; isAwaited(); pauseMs = Math.min(2 * pauseMs, ASK_AGAIN_LAST_MS)) {
      source.askStream();
      if (!isNudged && performance.now() >= nudgeAt) {
        isNudged = true;
        await source.nudge();
      }
      await sleep(pauseMs);
    }
  }
}
