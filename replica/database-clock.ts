/**
 * What the clock of the replica's database shows now, known without asking it.
 *
 * ```
 *           sent ──────── received        on our monotonic clock
 *                 ▲ shown                 on the database's, some time between
 * ```
 *
 * Each answer of the database bounds the distance of the two clocks from both sides. Whoever decides whether something
 * is fresh enough needs the side from which it looks older: the latest the clock may show. Bounds of
 * several answers are cut; when they do not meet, the clock was set, and only the new one counts.
 */

/** Clocks of two machines drift apart, by less than this share of the time that passes. */
const DRIFT = 0.0005;

export class DatabaseClock {
  /** Database's time minus ours, in milliseconds. */
  #least = Number.NEGATIVE_INFINITY;
  #most = Number.POSITIVE_INFINITY;
  #knownAt = 0;

  /** The database's clock showed `shownMs` between `sentAt` and `receivedAt`. */
  shown(shownMs: number, sentAt: number, receivedAt: number): void {
    const drift = (receivedAt - this.#knownAt) * DRIFT;
    this.#least = Math.max(this.#least - drift, shownMs - receivedAt);
    this.#most = Math.min(this.#most + drift, shownMs - sentAt);
    if (this.#least > this.#most) [this.#least, this.#most] = [shownMs - receivedAt, shownMs - sentAt];
    this.#knownAt = receivedAt;
  }

  /** The latest it may show at a moment of our monotonic clock; infinitely late before the first answer. */
  latest(now: number = performance.now()): number {
    return now + this.#most + (now - this.#knownAt) * DRIFT;
  }
}
