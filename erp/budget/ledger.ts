/**
 * Decides who may call the ERP now. Pure: it is handed the state and the time, and draws nothing but its jitter.
 *
 * ```
 * ask ─► paused? ─► breaker open? ─► a higher class waits? ─► too many at once? ─► window spent? ─► too early? ─► lease
 *                                                                                                                 │
 *          spent: counts for one more window ◄── end: answered, throttled, failed ◄──────────────────────────────┘
 * ```
 *
 * A request counts from before it is sent until a window after it was answered, not after it was sent: wherever
 * between the two the ERP counts it, no window of the ERP's holds more than the limit.
 */
import {
  type BudgetLimits,
  type CallClass,
  callClasses,
  earliness,
  keptFor,
  lookAgainMs,
  mostAtOnce,
  perClass,
  rankOf,
} from './limits.ts';
import type { Outcome } from './outcome.ts';
import type { LedgerState } from './state.ts';

/** A call whose process has not been heard of for so long has ended. */
export const LEASE_MS = 5_000;
/** A call without an answer is taken for running so much longer: the ERP has yet to notice that nobody listens. */
const LINGER_MS = 1_000;
/** Who waits says so again before this has passed. */
export const WAITING_MS = 1_000;

/** Spent calls are kept in so many steps to a window. */
const STEPS = 100;

const OUTCOMES_KEPT = 10;
const OPEN_AT_FAILURES = 5;
const OPEN_FIRST_MS = 1_000;
const OPEN_LONGEST_MS = 15_000;

const PAUSE_FIRST_MS = 1_000;
const PAUSE_LONGEST_MS = 60_000;
const RETRY_AFTER_LONGEST_MS = 3_600_000;
const JITTER_SHARE = 0.1;
const JITTER_MOST_MS = 500;

export const emptyState = (limits: BudgetLimits): LedgerState => ({
  limits,
  spent: [],
  leases: [],
  waiting: [],
  pacedTo: 0,
  pausedUntil: 0,
  pauses: 0,
  recent: [],
  openUntil: null,
  trips: 0,
  probe: null,
  totals: { calls: perClass(() => 0), throttled: 0, failed: 0 },
});

export class Ledger {
  readonly state: LedgerState;
  readonly #limits: BudgetLimits;
  readonly nowMs: number;
  readonly #random: () => number;
  #isChanged = false;

  /** Takes `state` for itself. */
  constructor(state: LedgerState, limits: BudgetLimits, nowMs: number, random: () => number = Math.random) {
    this.state = { ...state, limits };
    this.#limits = limits;
    this.nowMs = nowMs;
    this.#random = random;
    this.#expire();
  }

  /** Calls that count at present, of this class and others that `of` names. */
  held(of: (kind: CallClass) => boolean): number {
    const leased = this.state.leases.filter(({ kind }) => of(kind)).length;
    const kinds = callClasses.filter(of);
    return this.state.spent.reduce((sum, { calls }) => kinds.reduce((all, kind) => all + calls[kind], sum), leased);
  }

  /** Whether there is anything to save. What ceases to count by itself is no change. */
  get isChanged(): boolean {
    return this.#isChanged;
  }

  renew(ids: ReadonlySet<string>): void {
    for (const lease of this.state.leases) {
      if (!ids.has(lease.id) || lease.until > this.nowMs + LEASE_MS / 2) continue;
      lease.until = this.nowMs + LEASE_MS;
      this.#isChanged = true;
    }
  }

  /**
   * Of a lease that has run out in the meantime, nothing more is learnt. Requests beyond the one that was leased count
   * from now on, and whoever is next waits for their pace.
   */
  end(id: string, outcome: Outcome, requests = 1): void {
    const { state } = this;
    const lease = state.leases.find((one) => one.id === id);
    if (!lease) return;
    this.#isChanged = true;
    for (let more = 1; more < requests; more++) {
      this.#spend(lease.kind, this.nowMs);
      state.pacedTo += this.#intervalMs;
      state.totals.calls[lease.kind]++;
    }
    const isDone = outcome.kind !== 'silent' && outcome.kind !== 'abandoned';
    if (isDone) {
      state.leases.splice(state.leases.indexOf(lease), 1);
      this.#spend(lease.kind, this.nowMs);
    } else lease.until = Math.min(lease.until, this.nowMs + LINGER_MS);
    this.#learn(id, outcome);
  }

  /** Leases a call under `id`, or says after how many milliseconds to ask again. */
  ask(id: string, kind: CallClass, owner: string): number {
    const waitMs = this.#waitMs(kind, owner);
    if (waitMs > 0) return waitMs;
    const { state } = this;
    this.#isChanged = true;
    state.leases.push({ id, kind, until: this.nowMs + LEASE_MS });
    state.pacedTo = Math.max(state.pacedTo, this.nowMs) + this.#intervalMs;
    state.totals.calls[kind]++;
    if (state.openUntil !== null) state.probe = id;
    return 0;
  }

  /** What `owner` waits for from now on, instead of what it said before. */
  wait(owner: string, kinds: readonly CallClass[]): void {
    const said = this.state.waiting.filter((one) => one.owner === owner);
    const isSaid = said.length === kinds.length && said.every(({ kind }) => kinds.includes(kind));
    if (isSaid && said.every(({ until }) => until > this.nowMs + WAITING_MS / 2)) return;
    this.#isChanged = true;
    const others = this.state.waiting.filter((one) => one.owner !== owner);
    this.state.waiting = [...others, ...kinds.map((kind) => ({ owner, kind, until: this.nowMs + WAITING_MS }))];
  }

  /** For how long the one at `place` behind the first of those who wait will wait at the least. */
  paceMs(kind: CallClass, place: number): number {
    const earlyMs = earliness[kind] * this.#limits.windowMs;
    return this.state.pacedTo + place * this.#intervalMs - earlyMs - this.nowMs;
  }

  get #intervalMs(): number {
    return this.#limits.windowMs / this.#limits.requests;
  }

  #waitMs(kind: CallClass, owner: string): number {
    const { state } = this;
    const waits = [
      state.pausedUntil - this.nowMs,
      this.#breakerWaitMs(kind),
      state.waiting.some((one) => one.owner !== owner && rankOf[one.kind] < rankOf[kind]) ? lookAgainMs[kind] : 0,
      this.#isCrowded(kind) ? lookAgainMs[kind] : 0,
      this.#windowWaitMs(kind),
      this.paceMs(kind, 0),
    ];
    return Math.max(0, ...waits);
  }

  #breakerWaitMs(kind: CallClass): number {
    const { openUntil, probe } = this.state;
    if (openUntil === null) return 0;
    return probe === null ? openUntil - this.nowMs : lookAgainMs[kind];
  }

  #isCrowded(kind: CallClass): boolean {
    const { concurrency } = this.#limits;
    const { leases } = this.state;
    const alike = leases.filter((lease) => rankOf[lease.kind] >= rankOf[kind]).length;
    return leases.length >= concurrency || alike >= mostAtOnce(kind, concurrency);
  }

  #windowWaitMs(kind: CallClass): number {
    const { requests } = this.#limits;
    const left = requests - this.held((other) => rankOf[other] < rankOf[kind]);
    let missing = 1 + keptFor(kind, left, requests) + this.held(() => true) - requests;
    if (missing <= 0) return 0;
    for (const { until, calls } of this.state.spent) {
      missing -= callClasses.reduce((sum, other) => sum + calls[other], 0);
      if (missing <= 0) return until - this.nowMs;
    }
    return this.#intervalMs; // what is being called now has yet to be answered
  }

  /** Forgets what no longer counts, and ends what its process did not. */
  #expire(): void {
    const { state } = this;
    const lapsed = state.leases.filter(({ until }) => until <= this.nowMs);
    state.leases = state.leases.filter(({ until }) => until > this.nowMs);
    this.#isChanged = lapsed.length > 0;
    for (const { id, kind, until } of lapsed) {
      this.#spend(kind, until);
      if (id === state.probe) this.#open();
    }
    state.waiting = state.waiting.filter(({ until }) => until > this.nowMs);
    state.spent = state.spent.filter(({ until }) => until > this.nowMs);
  }

  #spend(kind: CallClass, answeredAt: number): void {
    const { windowMs } = this.#limits;
    const stepMs = windowMs / STEPS;
    const until = Math.ceil((answeredAt + windowMs) / stepMs) * stepMs;
    const { spent } = this.state;
    const step = spent.find((one) => one.until === until);
    if (step) step.calls[kind]++;
    else {
      spent.push({ until, calls: { ...perClass(() => 0), [kind]: 1 } });
      spent.sort((one, other) => one.until - other.until);
    }
  }

  #learn(id: string, outcome: Outcome): void {
    const { state } = this;
    const isProbe = id === state.probe;
    if (isProbe) state.probe = null; // abandoned, another one is made
    if (outcome.kind === 'abandoned' || outcome.kind === 'unused') return;
    const isBad = outcome.kind !== 'answered';
    if (outcome.kind === 'throttled') {
      state.totals.throttled++;
      this.#pause(outcome.retryAfterMs);
    }
    if (outcome.kind === 'failed' || outcome.kind === 'silent') state.totals.failed++;
    // While it is open, only the probe says how the ERP is now.
    if (state.openUntil !== null && !isProbe) return;
    if (!isBad) {
      state.pauses = 0;
      if (isProbe) this.#close();
    }
    state.recent = [...state.recent, isBad].slice(-OUTCOMES_KEPT);
    if (isBad && (isProbe || state.recent.filter(Boolean).length >= OPEN_AT_FAILURES)) this.#open();
  }

  /** Nobody calls for as long as the ERP has asked, or for longer each time where it did not say. */
  #pause(retryAfterMs: number | null): void {
    const { state } = this;
    const isPaused = state.pausedUntil > this.nowMs;
    if (isPaused && retryAfterMs === null) return; // sent before everybody knew
    if (!isPaused) state.pauses++;
    const ms =
      retryAfterMs === null
        ? Math.min(PAUSE_LONGEST_MS, PAUSE_FIRST_MS * 2 ** (state.pauses - 1))
        : Math.min(RETRY_AFTER_LONGEST_MS, retryAfterMs);
    state.pausedUntil = Math.max(state.pausedUntil, this.nowMs + this.#withJitter(ms));
  }

  #open(): void {
    const { state } = this;
    state.trips++;
    const ms = Math.min(OPEN_LONGEST_MS, OPEN_FIRST_MS * 2 ** (state.trips - 1));
    state.openUntil = this.nowMs + this.#withJitter(ms);
    state.probe = null;
    state.recent = [];
  }

  #close(): void {
    this.state.openUntil = null;
    this.state.trips = 0;
    this.state.recent = [];
  }

  /** Never shorter. */
  #withJitter(ms: number): number {
    return ms + this.#random() * Math.min(JITTER_MOST_MS, ms * JITTER_SHARE);
  }
}
