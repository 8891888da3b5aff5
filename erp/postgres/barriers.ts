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
import type { Barrier, OnBarrierKnown } from '../connector.ts';
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
  onKnown: OnBarrierKnown;
  /** What is waited for, once the ERP has said. */
  position: Watermark | null;
  /** Since when, on the monotonic clock. */
  sinceMs: number;
}

const ASK_AGAIN_FIRST_MS = 2;
const ASK_AGAIN_LAST_MS = 50;
const NUDGE_AFTER_MS = 30;

export class Barriers {
  #source: BarrierSource | null = null;
  #applied: Watermark | null = null;
  /** In the order they asked, and so in the order of their positions. */
  readonly #waiters = new Set<Waiter>();
  #isQuerying = false;
  #isPressing = false;
  #ended: { readonly reason: unknown } | null = null;

  async wait(signal: AbortSignal, onKnown: OnBarrierKnown = () => {}): Promise<Barrier> {
    signal.throwIfAborted();
    if (this.#ended) throw this.#ended.reason;
    const { promise, resolve, reject } = Promise.withResolvers<Barrier>();
    const waiter: Waiter = { resolve, reject, onKnown, position: null, sinceMs: 0 };
    const leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave);
    this.#waiters.add(waiter);
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
    for (const waiter of this.#waiters) {
      if (waiter.position) waiter.onKnown(null);
      waiter.position = null;
    }
  }

  /** No stream comes any more. */
  end(reason: unknown): void {
    this.#ended = { reason };
    this.close();
    for (const waiter of this.#waiters) waiter.reject(reason);
  }

  /** What is waited for next. A batch that comes so far should end there. */
  get awaited(): Watermark | null {
    return this.#first?.position ?? null;
  }

  /** Everything up to `applied` has come and is applied. */
  reached(applied: Watermark): void {
    this.#applied = applied;
    this.#settle();
  }

  async #query(): Promise<void> {
    const source = this.#source;
    const asking = [...this.#waiters].filter(({ position }) => position === null);
    if (!source || this.#isQuerying || asking.length === 0) return;
    this.#isQuerying = true;
    try {
      const position = await source.flushed();
      if (source === this.#source) {
        const { allowanceMs } = source;
        for (const waiter of asking) {
          Object.assign(waiter, { position, sinceMs: performance.now() });
          waiter.onKnown({ position, allowanceMs });
        }
        this.#settle();
        void this.#press();
      }
    } catch {
      // The connection is lost, and the stream with it: they are asked for in the next.
      if (source === this.#source) this.#source = null;
    } finally {
      this.#isQuerying = false;
    }
    await this.#query();
  }

  /** Of those who wait for what is not applied yet. */
  get #first(): Waiter | undefined {
    for (const waiter of this.#waiters) {
      if (waiter.position && waiter.position > (this.#applied ?? waiter.position)) return waiter;
    }
    return undefined;
  }

  #settle(): void {
    const { allowanceMs } = this.#source ?? { allowanceMs: 0 };
    for (const { position, resolve } of this.#waiters) {
      if (position && this.#applied && isAtOrAfter(this.#applied, position)) resolve({ position, allowanceMs });
    }
  }

  /** Asks the stream again and again how far it has come, until nobody waits for it any more. */
  async #press(): Promise<void> {
    if (this.#first) this.#source?.askStream();
    if (this.#isPressing) return;
    this.#isPressing = true;
    let nudgedFor: Watermark | null = null;
    let pauseMs = ASK_AGAIN_FIRST_MS;
    for (let waiter = this.#first; waiter && this.#source; waiter = this.#first) {
      await sleep(pauseMs);
      pauseMs = Math.min(2 * pauseMs, ASK_AGAIN_LAST_MS);
      const { position, sinceMs } = waiter;
      if (position && position !== nudgedFor && isPageEnd(position) && performance.now() - sinceMs > NUDGE_AFTER_MS) {
        nudgedFor = position;
        await this.#source?.nudge().catch(() => {}); // then the next record that is written lets it pass
      }
      this.#source?.askStream();
    }
    this.#isPressing = false;
  }
}
