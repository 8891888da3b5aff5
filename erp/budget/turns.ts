/**
 * This process's part in the budget: those who wait here for their turn, and the calls that are being made.
 *
 * ```
 * call ─► queue of its class ─┐
 * end of a call ──────────────┼─► round: read the state, decide, save ─► turns given
 * lease to be renewed ────────┘        └── saved by another process in between: again
 * ```
 *
 * One round at a time; what comes during it goes with the next, so that any number of callers cost two round trips.
 */
import { randomBytes } from 'node:crypto';
import { emptyState, LEASE_MS, Ledger, WAITING_MS } from './ledger.ts';
import { type BudgetLimits, type CallClass, callClasses, perClass, rankOf } from './limits.ts';
import type { Outcome } from './outcome.ts';
import type { BudgetStore } from './store.ts';

export interface Turn {
  /** `requests` is how many were made of it; left out, one. */
  end(outcome: Outcome, requests?: number): void;
}

export interface TurnWish {
  readonly signal: AbortSignal;
  /** By performance.now(), when it would be too late to begin the call. */
  readonly deadlineAt: number;
}

/** It would not be one's turn before the deadline. */
export class NoTurn extends Error {
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super(`No call can be made within ${Math.ceil(retryAfterMs)} ms`);
    this.name = 'NoTurn';
    this.retryAfterMs = retryAfterMs;
  }
}

interface Waiter {
  readonly deadlineAt: number;
  readonly give: (turn: Turn) => void;
  readonly refuse: (error: unknown) => void;
}

const RENEW_EVERY_MS = LEASE_MS / 3;
const SAY_AGAIN_MS = WAITING_MS / 2;
const AFTER_FAULT_MS = 1_000;

export class Turns {
  readonly #store: BudgetStore;
  readonly #limits: BudgetLimits;
  readonly #owner = randomBytes(8).toString('hex');
  readonly #queues: Record<CallClass, Waiter[]> = perClass(() => []);
  /** Leases of calls that are being made. */
  readonly #held = new Set<string>();
  #ended: { readonly id: string; readonly outcome: Outcome; readonly requests: number }[] = [];
  #lastId = 0;
  #isInRound = false;
  /** Something came that the present round does not know of. */
  #hasNews = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(store: BudgetStore, limits: BudgetLimits) {
    this.#store = store;
    this.#limits = limits;
  }

  /** Resolves when it is one's turn: then the call must be made at once, and its end be told. */
  async next(kind: CallClass, { signal, deadlineAt }: TurnWish): Promise<Turn> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Turn>();
    const queue = this.#queues[kind];
    const leave = (error: unknown) => {
      const at = queue.indexOf(waiter);
      if (at !== -1) queue.splice(at, 1);
      reject(error);
      if (queue.length === 0) this.#wake(); // others need not go after it any more
    };
    const waiter: Waiter = { deadlineAt, give: resolve, refuse: leave };
    const abort = () => leave(signal.reason);
    const isPatient = deadlineAt === Number.POSITIVE_INFINITY;
    const late = () => leave(new NoTurn(this.#limits.windowMs / this.#limits.requests));
    const timer = isPatient ? undefined : setTimeout(late, deadlineAt - performance.now());
    signal.addEventListener('abort', abort, { once: true });
    // Behind another one it is nobody's turn before it is that one's, whose time is known.
    const isFirst = callClasses.every((other) => rankOf[other] > rankOf[kind] || this.#queues[other].length === 0);
    queue.push(waiter);
    if (isFirst) this.#wake();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  }

  /** The state as it is now, asked or not. */
  async ledger(): Promise<Ledger> {
    const { state, nowMs } = await this.#store.read();
    return new Ledger(state ?? emptyState(this.#limits), this.#limits, nowMs);
  }

  #wake(): void {
    this.#hasNews = true;
    if (this.#isInRound) return;
    clearTimeout(this.#timer);
    this.#isInRound = true;
    void this.#rounds();
  }

  async #rounds(): Promise<void> {
    let againMs: number | null = null;
    do {
      this.#hasNews = false;
      try {
        againMs = await this.#round();
      } catch (error) {
        for (const kind of callClasses) for (const waiter of this.#queues[kind].splice(0)) waiter.refuse(error);
        againMs = this.#ended.length + this.#held.size > 0 ? AFTER_FAULT_MS : null;
        break;
      }
    } while (this.#hasNews || againMs === 0);
    this.#isInRound = false;
    if (againMs !== null) this.#timer = setTimeout(() => this.#wake(), againMs);
  }

  /** Resolves with after how many milliseconds the next one is due; null if nothing is left to do. */
  async #round(): Promise<number | null> {
    const startedAt = performance.now();
    const { state, version, nowMs } = await this.#store.read();
    const ledger = new Ledger(state ?? emptyState(this.#limits), this.#limits, nowMs);
    const ended = this.#ended;
    for (const { id, outcome, requests } of ended) ledger.end(id, outcome, requests);
    ledger.renew(this.#held);
    const { leased, waitMs } = this.#ask(ledger);
    ledger.wait(this.#owner, waitMs === null ? [] : callClasses.filter((kind) => this.#queues[kind].length > 0));
    if (ledger.isChanged && !(await this.#store.save(ledger.state, version))) return 0;

    this.#ended = this.#ended.slice(ended.length);
    // A process that was stopped meanwhile may have lost already what it is given here.
    const isLate = performance.now() - startedAt > LEASE_MS / 2;
    for (const { id, kind } of leased) this.#give(id, isLate ? undefined : this.#queues[kind].shift());
    if (isLate) return 0;
    if (waitMs !== null) return Math.min(waitMs, SAY_AGAIN_MS);
    return this.#held.size > 0 ? RENEW_EVERY_MS : null;
  }

  /** Leases for those who wait, the highest class first, until one has to wait longer. */
  #ask(ledger: Ledger): { readonly leased: readonly Leased[]; readonly waitMs: number | null } {
    const leased: Leased[] = [];
    for (const kind of callClasses) {
      for (let place = 0; place < this.#queues[kind].length; place++) {
        const id = `${this.#owner}:${++this.#lastId}`;
        const waitMs = ledger.ask(id, kind, this.#owner);
        if (waitMs > 0) {
          this.#refuseLate(ledger, waitMs, kind, place);
          return { leased, waitMs };
        }
        leased.push({ id, kind });
      }
    }
    return { leased, waitMs: null };
  }

  /**
   * Those from `place` on whose deadline comes before their turn can: no lower class has an earlier one. Kept until the
   * deadline, they would have the next ones wait so long that nobody had the time left to make his call.
   */
  #refuseLate(ledger: Ledger, waitMs: number, kind: CallClass, place: number): void {
    const now = performance.now();
    let before = 0;
    for (const other of callClasses.slice(rankOf[kind])) {
      for (const { deadlineAt, refuse } of this.#queues[other].slice(other === kind ? place : 0)) {
        const turnMs = Math.max(waitMs, ledger.paceMs(other, before));
        if (deadlineAt < now + turnMs) refuse(new NoTurn(turnMs));
        else before++;
      }
    }
  }

  #give(id: string, waiter: Waiter | undefined): void {
    const end = (outcome: Outcome, requests = 1) => {
      this.#held.delete(id);
      this.#ended.push({ id, outcome, requests });
      this.#wake();
    };
    this.#held.add(id);
    if (waiter) waiter.give({ end });
    else end({ kind: 'unused' });
  }
}

interface Leased {
  readonly id: string;
  readonly kind: CallClass;
}
