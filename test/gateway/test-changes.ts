/** A change log that a test writes. */
import type { Change, FeedPosition, Follower } from '../../replica/change-feed.ts';

export class TestChanges {
  readonly #followers: Follower[] = [];
  readonly #log: Change[] = [];
  isLive = true;
  batch: number;
  readonly #from: number;
  readonly #epoch: string;

  /** Nothing is known of what came before this batch. */
  constructor(from = 1, epoch = 'e') {
    this.batch = from;
    this.#from = from;
    this.#epoch = epoch;
  }

  get position(): FeedPosition {
    return { era: this.#epoch, epoch: this.#epoch, batch: this.batch };
  }

  follow(follower: Follower): void {
    this.#followers.push(follower);
  }

  changesSince({ era, batch }: Pick<FeedPosition, 'era' | 'batch'>): readonly Change[] | null {
    if (era !== this.#epoch || batch < this.#from) return null;
    return this.#log.filter((change) => change.batch > batch);
  }

  tell(change: Omit<Change, 'batch'>): void {
    const told = { ...change, batch: ++this.batch };
    this.#log.push(told);
    for (const follower of this.#followers) follower.changed([told]);
  }

  lose(): void {
    for (const follower of this.#followers) follower.lost();
  }
}
