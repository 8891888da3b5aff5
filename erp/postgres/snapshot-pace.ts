/**
 * When another snapshot may be taken.
 *
 * A slot that is lost as soon as it is made (the replica is too slow, or the ERP writes more than a slot may hold back
 * while the tables are copied) must not have the ERP read its tables without end. The first loss is made good at once;
 * when another follows, the next snapshot waits, twice as long each time. After some quiet hours all is forgotten.
 */

const AT_ONCE = 2;
const LONGEST_WAIT_MS = 3_600_000;
const FORGOTTEN_AFTER_MS = 2 * LONGEST_WAIT_MS;

export class SnapshotPace {
  readonly #firstWaitMs: number;
  #taken = 0;
  #lastAt = Number.NEGATIVE_INFINITY;

  constructor(firstWaitMs: number) {
    this.#firstWaitMs = firstWaitMs;
  }

  /** A snapshot was completed. */
  taken(nowMs: number): void {
    this.#taken = nowMs - this.#lastAt > FORGOTTEN_AFTER_MS ? 1 : this.#taken + 1;
    this.#lastAt = nowMs;
  }

  /** For how long yet no other one may begin. */
  waitMs(nowMs: number): number {
    if (this.#taken < AT_ONCE) return 0;
    const waitMs = Math.min(LONGEST_WAIT_MS, this.#firstWaitMs * 2 ** (this.#taken - AT_ONCE));
    return Math.max(0, this.#lastAt + waitMs - nowMs);
  }
}
