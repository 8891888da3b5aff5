/**
 * How fresh an answer is: the oldest `asOf` of the read models it used.
 *
 * A read model's time is taken before its statement runs, so that what the statement saw is at least
 * that fresh.
 */
import type { Position } from '../replica/position.ts';
import type { ModelFreshness } from '../replica/served.ts';

export interface Freshness {
  /** Everything the ERP had committed by then is in the answer. Null when it used no read model. */
  readonly asOf: Date | null;
  /** It is older than was asked for, or a read model it used no longer follows the ERP or trails it by more than is normal. */
  readonly stale: boolean;
  /** Rows that are gone are known to be up to then, where that is older: an API that is polled does not tell of them. */
  readonly deletionsAsOf?: Date;
}

/** `asOf` moves once a second; what trails by this much has lost its stream. */
const STALE_AFTER_MS = 10_000;
/** A header holds no more. */
const MOST_OWED = 50;

export class FreshnessCollector {
  #asOf: Date | null = null;
  #deletionsAsOf: Date | null = null;
  #isStale = false;
  #position: Position | null = null;
  /** The least that a part of the answer had seen. */
  #least: Position | null = null;
  #isOfOne = true;
  #waitedMs: number | null = null;
  readonly #owed = new Set<string>();

  use({ asOf, deletionsAsOf, stopped }: ModelFreshness): void {
    this.#asOf = older(this.#asOf, asOf);
    this.#deletionsAsOf = older(this.#deletionsAsOf, deletionsAsOf);
    this.#isStale ||= stopped;
  }

  /** It is older than was asked for. */
  miss(): void {
    this.#isStale = true;
  }

  /** What another process's subgraph said of its part. */
  include({ asOf, deletionsAsOf, stale }: Freshness): void {
    if (asOf) this.#asOf = older(this.#asOf, asOf);
    if (deletionsAsOf) this.#deletionsAsOf = older(this.#deletionsAsOf, deletionsAsOf);
    this.#isStale ||= stale;
  }

  /** How far the change log had been seen before the statements ran. */
  get position(): Position | null {
    return this.#position;
  }

  /** Commands whose effect the client's next answer is to show. */
  get owed(): readonly string[] {
    return [...this.#owed].slice(-MOST_OWED);
  }

  get owes(): boolean {
    return this.#owed.size > 0;
  }

  owe(commands: readonly string[]): void {
    for (const id of commands) this.#owed.add(id);
  }

  saw(position: Position): void {
    const before = this.#position;
    this.#isOfOne &&= before === null || before.epoch === position.epoch;
    if (this.#least === null || position.batch < this.#least.batch) this.#least = position;
    // Another process's subgraph may stand on another database: of that one this answer promises nothing.
    if (before === null || (position.epoch === before.epoch && position.batch > before.batch))
      this.#position = position;
  }

  /** What a part of the answer has seen cannot be known. */
  sawNothing(): void {
    this.#isOfOne = false;
  }

  /** What every part of the answer had seen; null where they are of several databases. */
  get least(): Position | null {
    return this.#isOfOne ? this.#least : null;
  }

  /** How long the answer waited to be fresh enough; null when nothing was wished for. */
  get waitedMs(): number | null {
    return this.#waitedMs;
  }

  waited(ms: number): void {
    this.#waitedMs = ms;
  }

  get(now: number = Date.now()): Freshness {
    const [asOf, deletionsAsOf] = [this.#asOf, this.#deletionsAsOf];
    const trails = asOf !== null && now - asOf.getTime() > STALE_AFTER_MS;
    const stale = this.#isStale || trails;
    return asOf && deletionsAsOf && deletionsAsOf < asOf ? { asOf, stale, deletionsAsOf } : { asOf, stale };
  }
}

const older = (one: Date | null, other: Date): Date => (one === null || other < one ? other : one);
