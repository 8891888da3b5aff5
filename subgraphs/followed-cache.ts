/**
 * A cache that follows the change log: an entry is dropped when something it rests on has changed, and by nothing else
 * but want of room.
 *
 *     since = begin() ─► read ─► set(key, value, grounds, since)      kept if the ring reaches back to `since`
 *                                                                     and nothing since then touches its grounds
 *     get(key)                                                        only while the log is heard
 *
 * What is read after `begin` is at least as of the position it gave, so no change can fall between reading and keeping.
 */
import { LRUCache } from 'lru-cache';
import type { Change, ChangeFeed, FeedPosition } from '../replica/change-feed.ts';
import { concerns, concernsList, type Grounds, GroundsCollector, isTouched, tagsOf } from '../replica/grounds.ts';
import { ListIndex } from './list-index.ts';

export type { FeedPosition } from '../replica/change-feed.ts';
export type { Grounds, GroundsCollector } from '../replica/grounds.ts';

export interface FollowedCacheSettings {
  readonly changes: Pick<ChangeFeed, 'position' | 'changesSince' | 'follow'>;
  /** Whether what has been heard of the log is enough to answer by. */
  readonly isFollowing: () => boolean;
  readonly maxBytes: number;
}

interface Entry<Value> {
  readonly value: Value;
  readonly bytes: number;
  readonly grounds: Grounds;
}

/** What became of those that asked, and of what was kept. */
export interface CacheCounts {
  hits: number;
  misses: number;
  /** Asked while the log was not heard. */
  silent: number;
  kept: number;
  /** Not kept: something changed while it was read, or what changed could not be known. */
  refused: number;
  changed: number;
  lost: number;
  evicted: number;
}

const ENTRY_BYTES = 400;
const TAG_BYTES = 200;
const LIST_BYTES = 700;
/** Of the whole that one entry may take. */
const MOST_SHARE = 0.1;

export class FollowedCache<Value> {
  readonly #settings: FollowedCacheSettings;
  readonly #entries: LRUCache<string, Entry<Value>>;
  readonly #byTag = new Map<string, Set<string>>();
  readonly #byList = new ListIndex();
  readonly counts: CacheCounts = {
    hits: 0,
    misses: 0,
    silent: 0,
    kept: 0,
    refused: 0,
    changed: 0,
    lost: 0,
    evicted: 0,
  };

  constructor(settings: FollowedCacheSettings) {
    this.#settings = settings;
    this.#entries = new LRUCache({
      maxSize: settings.maxBytes,
      maxEntrySize: Math.max(1, Math.floor(settings.maxBytes * MOST_SHARE)),
      sizeCalculation: ({ bytes }) => bytes,
      dispose: (entry, key, reason) => {
        this.#unindex(key, entry);
        if (reason === 'evict') this.counts.evicted++;
      },
    });
    settings.changes.follow({
      changed: (changes) => {
        for (const change of changes) this.#drop(change);
      },
      lost: () => {
        this.counts.lost += this.#entries.size;
        this.clear();
      },
    });
  }

  get bytes(): number {
    return this.#entries.calculatedSize;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Value | undefined {
    const found = this.peek(key);
    this.count(found !== undefined);
    return found;
  }

  /** What `get` finds, not counted. */
  peek(key: string): Value | undefined {
    return this.#settings.isFollowing() ? this.#entries.get(key)?.value : undefined;
  }

  /** One lookup. */
  count(isHit: boolean): void {
    if (isHit) this.counts.hits++;
    else if (this.#settings.isFollowing()) this.counts.misses++;
    else this.counts.silent++;
  }

  /** From where on changes count for what is read after this call; null where it cannot be kept. */
  begin(): FeedPosition | null {
    return this.#settings.isFollowing() ? this.#settings.changes.position : null;
  }

  /** What is told all that an answer rests on. */
  collect(): GroundsCollector {
    return new GroundsCollector();
  }

  /** Whether it is known that nothing since then has touched what rests on these. */
  isUntouched(grounds: Grounds, since: FeedPosition): boolean {
    const changes = this.#settings.changes.changesSince(since);
    return changes !== null && !isTouched(grounds, changes);
  }

  /** Whether it was kept. */
  set(key: string, value: Value, bytes: number, grounds: Grounds, since: FeedPosition): boolean {
    if (!this.isUntouched(grounds, since)) {
      this.counts.refused++;
      return false;
    }
    const size =
      ENTRY_BYTES + 2 * key.length + bytes + TAG_BYTES * grounds.tags.length + LIST_BYTES * grounds.lists.length;
    const entry = { value, bytes: size, grounds };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    // One that is too large is not taken.
    if (this.#entries.peek(key) !== entry) return false;
    this.#index(key, entry);
    this.counts.kept++;
    return true;
  }

  clear(): void {
    this.#entries.clear();
  }

  #index(key: string, { grounds }: Entry<Value>): void {
    for (const [tag] of grounds.tags) {
      const keys = this.#byTag.get(tag) ?? new Set();
      this.#byTag.set(tag, keys.add(key));
    }
    for (const list of grounds.lists) this.#byList.add(list, key);
  }

  #unindex(key: string, { grounds }: Entry<Value>): void {
    for (const [tag] of grounds.tags) {
      const keys = this.#byTag.get(tag);
      keys?.delete(key);
      if (keys?.size === 0) this.#byTag.delete(tag);
    }
    for (const list of grounds.lists) this.#byList.remove(list, key);
  }

  #drop(change: Change): void {
    if (change.op === 'all') {
      for (const [key, { grounds }] of [...this.#entries.entries()])
        if (isTouched(grounds, [change])) this.#remove(key);
      return;
    }
    for (const tag of tagsOf(change)) {
      for (const key of [...(this.#byTag.get(tag) ?? [])]) {
        const uses = this.#entries.peek(key)?.grounds.tags.find(([one]) => one === tag)?.[1];
        if (uses !== undefined && concerns(change, uses)) this.#remove(key);
      }
    }
    for (const [list, key] of this.#byList.near(change)) if (concernsList(change, list)) this.#remove(key);
  }

  #remove(key: string): void {
    if (this.#entries.delete(key)) this.counts.changed++;
  }
}
