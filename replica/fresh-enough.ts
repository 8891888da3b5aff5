/**
 * Makes the read models of a request fresh enough before its statements run.
 *
 * ```
 * asOf within the bound, position seen ──────────────────────────────────► go on, at once
 *        └─no─► ask the replica ─► barrier ─► applied ─► seen here ─► go on
 *                     └─ not in time, or the ERP is away ───────────────► go on, and say so
 * ```
 *
 * A question names the rows that were asked for by id: an ERP that is polled does not tell that one is gone, so that row
 * is asked for too. Alone they are no reason for a question: deletions have a time of their own, and answers say it.
 *
 * A bound counts back from now as the database's clock may show it at the latest. An answer to a question counts from
 * when the ERP was asked for it, which was after the request came.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FreshnessAnswer } from './freshness-request.ts';
import { isReached, type Position } from './position.ts';
import type { ModelFreshness } from './served.ts';
import type { FreshnessWishes } from './wishes.ts';

/** What this process knows of the replica, and how it learns more. */
export interface FreshnessSource {
  freshness(type: string): ModelFreshness;
  /** How far it has seen the change log. */
  readonly position: Position;
  /** The latest that the clock of the replica's database may show now, in milliseconds. */
  latestNow(): number;
  /** Resolves after a look at the replica that began after the call. */
  refresh(): Promise<void>;
  /** Asks the replica to become fresher. The answer's consequences have then been seen. */
  ask(question: FreshnessQuestion, signal: AbortSignal): Promise<FreshnessAnswer>;
  /** Resolves when a look finds it so. */
  until(isSo: () => boolean, signal: AbortSignal): Promise<void>;
}

/** Single rows that a request asks for, by flat type. */
export type AskedIds = ReadonlyMap<string, readonly string[]>;

export interface FreshnessQuestion {
  readonly types: readonly string[];
  readonly ids: AskedIds;
  readonly maxStalenessMs: number;
}

export interface Reached {
  /** Everything that had to be in the answer by the bound is in the read models. */
  readonly isFresh: boolean;
  /** What the client saw before is in the read models. */
  readonly isVisible: boolean;
  /** How far this process had seen the change log. */
  readonly position: Position;
}

export interface Patience {
  readonly waitMs: number;
  /** Nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

const AGAIN_FIRST_MS = 20;
const AGAIN_LAST_MS = 500;

/** Not a promise where nothing has to be waited for: that is the usual case, and must cost nothing. */
export function reachFreshness(
  source: FreshnessSource,
  types: readonly string[],
  wishes: FreshnessWishes,
  patience: Patience,
  ids: AskedIds = noIds,
): Reached | Promise<Reached> {
  const request = new FreshnessNeed(source, types, ids, wishes);
  return request.isMet ? request.reached : request.reach(patience);
}

const noIds: AskedIds = new Map();

/** Null where something has to be waited for. */
export function reachedAtOnce(
  source: FreshnessSource,
  types: readonly string[],
  wishes: FreshnessWishes,
): Reached | null {
  const need = new FreshnessNeed(source, types, noIds, wishes);
  return need.isMet ? need.reached : null;
}

class FreshnessNeed {
  readonly #source: FreshnessSource;
  readonly #types: readonly string[];
  readonly #ids: AskedIds;
  readonly #maxStalenessMs: number;
  readonly #after: Position | null;
  #notBefore: number;

  constructor(
    source: FreshnessSource,
    types: readonly string[],
    ids: AskedIds,
    { maxStalenessMs, after }: FreshnessWishes,
  ) {
    const isForeign = after !== null && after.epoch !== source.position.epoch;
    this.#source = source;
    this.#types = types;
    this.#ids = ids;
    this.#after = isForeign ? null : after;
    // What was seen before the database was rebuilt cannot be compared, but the ERP had committed it: all it has will do.
    this.#maxStalenessMs = isForeign ? 0 : (maxStalenessMs ?? Number.POSITIVE_INFINITY);
    this.#notBefore = source.latestNow() - this.#maxStalenessMs;
  }

  get isMet(): boolean {
    return this.#isVisible && this.#late.length === 0;
  }

  get reached(): Reached {
    return { isFresh: this.#late.length === 0, isVisible: this.#isVisible, position: this.#source.position };
  }

  async reach({ waitMs, signal }: Patience): Promise<Reached> {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(waitMs)]);
    try {
      if (!this.#isVisible) await this.#see(patience);
      await this.#refresh(patience);
    } catch (error) {
      if (!patience.aborted) throw error;
    }
    return this.reached;
  }

  get #isVisible(): boolean {
    return this.#after === null || isReached(this.#after, this.#source.position);
  }

  get #late(): string[] {
    return this.#types.filter((type) => this.#source.freshness(type).asOf.getTime() < this.#notBefore);
  }

  async #see(patience: AbortSignal): Promise<void> {
    // News may be on its way, or lost.
    void this.#source.refresh().catch(() => undefined);
    await this.#source.until(() => this.#isVisible, patience);
  }

  async #refresh(patience: AbortSignal): Promise<void> {
    for (let pauseMs = AGAIN_FIRST_MS; ; pauseMs = Math.min(2 * pauseMs, AGAIN_LAST_MS)) {
      // A read model that has stopped does not come nearer by waiting.
      const late = this.#late.filter((type) => !this.#source.freshness(type).stopped);
      if (late.length === 0) return;
      const isAway = await this.#ask(late, patience).catch((error: unknown) => {
        if (patience.aborted) throw error;
        return false; // The connection was lost; another one comes.
      });
      if (isAway || this.#late.length === 0) return;
      // Something waits behind the stream.
      await sleep(pauseMs, undefined, { signal: patience });
    }
  }

  /** Resolves with whether the ERP is away. */
  async #ask(late: readonly string[], patience: AbortSignal): Promise<boolean> {
    const question = { types: late, ids: this.#ids, maxStalenessMs: this.#maxStalenessMs };
    const { answer, asOf } = await this.#source.ask(question, patience);
    if (answer === 'unavailable') return true;
    if (asOf) this.#notBefore = Math.min(this.#notBefore, asOf.getTime() - this.#maxStalenessMs);
    return false;
  }
}
