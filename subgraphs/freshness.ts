/**
 * How fresh an answer is: the oldest `asOf` of the read models it used.
 *
 * A read model's time is taken before its statement runs, so that what the statement saw is at least
 * that fresh.
 */
import type { ModelFreshness } from '../replica/served.ts';

export interface Freshness {
  /** Everything the ERP had committed by then is in the answer. Null when it used no read model. */
  readonly asOf: Date | null;
  /** A read model it used no longer follows the ERP, or trails it by more than is normal. */
  readonly stale: boolean;
}

/** `asOf` moves once a second; what trails by this much has lost its stream. */
const STALE_AFTER_MS = 10_000;

export class FreshnessCollector {
  #asOf: Date | null = null;
  #stopped = false;

  use({ asOf, stopped }: ModelFreshness): void {
    this.#oldest(asOf);
    this.#stopped ||= stopped;
  }

  /** What another process's subgraph said of its part. */
  include({ asOf, stale }: Freshness): void {
    if (asOf) this.#oldest(asOf);
    this.#stopped ||= stale;
  }

  get(now: number = Date.now()): Freshness {
    const trails = this.#asOf !== null && now - this.#asOf.getTime() > STALE_AFTER_MS;
    return { asOf: this.#asOf, stale: this.#stopped || trails };
  }

  #oldest(asOf: Date): void {
    if (this.#asOf === null || asOf < this.#asOf) this.#asOf = asOf;
  }
}
