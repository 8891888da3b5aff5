/**
 * The ERP's call budget: everything that calls an ERP's API does it through here, over all processes.
 *
 * ```
 * call ─► turn (erp/budget/turns.ts) ─► work: one request ─► answered ─► result
 *           ▲                              ├─► throttled: everybody pauses ─┐
 *           └── repeatable, time is left ──┴─► failed: counts at the breaker ┘
 * ```
 *
 * How many calls the ERP takes, who goes first and whether it is well is decided in erp/budget/ledger.ts, from a state
 * that all processes share. A library's breaker or rate limiter knows its own process only, so none is used.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ErrorCode, SkiffError } from '../runtime/errors.ts';
import type { BudgetLimits, CallClass, PerClass } from './budget/limits.ts';
import { outcomeOf } from './budget/outcome.ts';
import { type BudgetState, budgetState } from './budget/show.ts';
import type { BudgetStore } from './budget/store.ts';
import { NoTurn, type Turn, Turns } from './budget/turns.ts';
import { ErpCallFailed } from './transport.ts';

export type { BudgetLimits, BudgetState, BudgetStore, CallClass, PerClass };

export interface CallOptions {
  readonly signal: AbortSignal;
  /** All that the caller can wait: for its turn, for the answer, and for what is repeated. Left out: as long as it takes. */
  readonly deadlineMs?: number;
  /** An idempotent read, to be repeated when the ERP failed or asked to come back later. */
  readonly isRepeatable?: boolean;
}

export type Work<Result> = (signal: AbortSignal, another: () => void) => Promise<Result>;

export interface CallBudget {
  /**
   * Does `work` when it is its turn. It makes one request and reads the whole answer, and throws `ErpCallFailed` where
   * the ERP did not answer as it should; its signal ends it at the deadline or when the ERP is silent for too long.
   * Work of several requests, one after the other, calls `another` before each further one: it counts, too, once
   * the work has ended, and the ERP has all its time for it.
   */
  call<Result>(kind: CallClass, work: Work<Result>, options: CallOptions): Promise<Result>;
  state(): Promise<BudgetState>;
}

/** The ERP does not answer, or its budget leaves no call before the caller's deadline. */
export class ErpUnavailable extends SkiffError {
  constructor(retryAfterMs: number, options?: ErrorOptions) {
    const message = 'The ERP cannot be asked at present';
    super(ErrorCode.ErpUnavailable, message, { retryAfterMs: Math.ceil(retryAfterMs) }, options);
  }
}

export interface CallBudgetSettings {
  readonly store: BudgetStore;
  readonly limits: BudgetLimits;
}

export const callBudget = ({ store, limits }: CallBudgetSettings): CallBudget => new SharedBudget(store, limits);

/** A caller with less patience than this says nothing of the ERP by leaving. */
const SILENCE_MS = 1_000;
const NEWEST_SHARE = 0.1;
const REPEAT_FIRST_MS = 100;
const REPEAT_LAST_MS = 5_000;

/** As `AbortSignal.timeout` says it. */
const timedOut = (): DOMException => new DOMException('The operation was aborted due to timeout', 'TimeoutError');

class SharedBudget implements CallBudget {
  readonly #turns: Turns;
  readonly #limits: BudgetLimits;
  /** How long a call usually takes. */
  #usualMs = 0;

  constructor(store: BudgetStore, limits: BudgetLimits) {
    this.#turns = new Turns(store, limits);
    this.#limits = limits;
  }

  async state(): Promise<BudgetState> {
    return budgetState(await this.#turns.ledger());
  }

  async call<Result>(
    kind: CallClass,
    work: Work<Result>,
    { signal, deadlineMs = Number.POSITIVE_INFINITY, isRepeatable = false }: CallOptions,
  ): Promise<Result> {
    const deadlineAt = performance.now() + deadlineMs;
    for (let attempt = 0; ; attempt++) {
      const turn = await this.#turn(kind, signal, deadlineAt);
      try {
        return await this.#attempt(turn, work, signal, deadlineAt);
      } catch (error) {
        if (signal.aborted || !isRepeatable || !(error instanceof ErpCallFailed && error.mayPass)) throw error;
        const pauseMs = Math.min(REPEAT_LAST_MS, REPEAT_FIRST_MS * 2 ** attempt) * (0.5 + Math.random() / 2);
        if (performance.now() + pauseMs > deadlineAt) throw new ErpUnavailable(pauseMs, { cause: error });
        await sleep(pauseMs, undefined, { signal });
      }
    }
  }

  async #turn(kind: CallClass, signal: AbortSignal, deadlineAt: number): Promise<Turn> {
    try {
      return await this.#turns.next(kind, { signal, deadlineAt: deadlineAt - 2 * this.#usualMs });
    } catch (error) {
      throw error instanceof NoTurn ? new ErpUnavailable(error.retryAfterMs, { cause: error }) : error;
    }
  }

  async #attempt<Result>(turn: Turn, work: Work<Result>, signal: AbortSignal, deadlineAt: number): Promise<Result> {
    const startedAt = performance.now();
    const { callTimeoutMs } = this.#limits;
    const patience = new AbortController();
    let isSilence = false;
    let requests = 0;
    let timer: NodeJS.Timeout | undefined;
    const another = () => {
      requests += 1;
      const patienceMs = Math.min(callTimeoutMs, deadlineAt - performance.now());
      isSilence = patienceMs >= Math.min(SILENCE_MS, callTimeoutMs);
      clearTimeout(timer);
      timer = setTimeout(() => patience.abort(timedOut()), Math.max(0, Math.ceil(patienceMs)));
    };
    another();
    try {
      const result = await work(AbortSignal.any([signal, patience.signal]), another);
      turn.end({ kind: 'answered' }, requests);
      this.#usualMs += (performance.now() - startedAt - this.#usualMs) * NEWEST_SHARE;
      return result;
    } catch (error) {
      if (signal.aborted) turn.end({ kind: 'abandoned' }, requests);
      else if (patience.signal.aborted) {
        turn.end({ kind: isSilence ? 'silent' : 'abandoned' }, requests);
        throw new ErpCallFailed('The ERP did not answer in time', null, null, { cause: error });
      } else turn.end(outcomeOf(error), requests);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}
