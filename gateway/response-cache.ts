/**
 * Finished answers of registered documents: the bytes of `data`, kept for as long as nothing they rest on has changed.
 *
 *     body or address as it came + plants + day ──► bytes ──► freshness of this moment behind them ──► client
 *
 * A hit needs no parsing, planning or JSON. Whoever may see the same rows shares an entry; whether they may ask the
 * document at all is looked at each time, and so are their wishes for freshness. How fresh an answer is, is said as this
 * process knows it now: the entry has followed the change log since it was made.
 */
import { createHash } from 'node:crypto';
import type { AskedIds } from '../subgraphs/asked-ids.ts';
import {
  type CacheCounts,
  type FeedPosition,
  FollowedCache,
  type FollowedCacheSettings,
  type GroundsCollector,
} from '../subgraphs/followed-cache.ts';
import type { FreshnessCollector } from '../subgraphs/freshness.ts';
import { type Principal, sightOf } from '../subgraphs/principal.ts';
import { packed } from './packed-answer.ts';

/** What is known of a document whose answers rest on read models alone. */
export interface CacheableDocument {
  readonly operation: string;
  /** All that it names. */
  readonly types: readonly string[];
  readonly subgraphs: readonly string[];
  /** Rows it asks for by id, with these variables. */
  readonly ids: AskedIds;
  readonly maxStalenessMs: number | null;
  readonly dependsOnDay: boolean;
  /** Read models of these types, where a part of the answer comes from another process; else null. */
  readonly remoteModels: readonly string[] | null;
}

export interface MadeAnswer {
  /** `{"data":{…}`: what else is said follows. */
  readonly data: Buffer;
  /** Weak, of the data. */
  readonly etag: string;
  /** The data compressed, in a form that goes on; made when it is first asked for. */
  readonly packed: () => Promise<Buffer>;
}

export interface CachedAnswer extends CacheableDocument, MadeAnswer {
  /** Definitions it was read by. */
  readonly hashes: readonly string[];
}

export interface ResponseCacheSettings extends FollowedCacheSettings {
  /** Of the definition that serves the type now. */
  readonly hashOf: (type: string) => string;
  readonly today: () => string;
}

/** One answer on its way into the cache. */
export interface Filling {
  readonly grounds: GroundsCollector;
  /** To be called when it is fresh enough, before anything is read. */
  begin(): void;
  /** Where no part of it has failed: `{"data":{…}`. */
  keep(data: Buffer, freshness: FreshnessCollector): MadeAnswer;
}

export class ResponseCache {
  readonly #settings: ResponseCacheSettings;
  readonly #cache: FollowedCache<CachedAnswer>;

  constructor(settings: ResponseCacheSettings) {
    this.#settings = settings;
    this.#cache = new FollowedCache(settings);
  }

  get counts(): CacheCounts {
    return this.#cache.counts;
  }

  get bytes(): number {
    return this.#cache.bytes;
  }

  get size(): number {
    return this.#cache.size;
  }

  /** `asked` is everything of the request that an answer depends on, as it came. */
  find(asked: string, access: Principal['access']): CachedAnswer | undefined {
    const plants = sightOf(access);
    const found = this.#cache.get(keyOf(asked, plants, ''), keyOf(asked, plants, this.#settings.today()));
    // A type may be served from another definition by now, and the changes of the old one end with it.
    return found && this.#isServed(found) ? found : undefined;
  }

  fill(asked: string, access: Principal['access'], today: string, document: CacheableDocument): Filling {
    const { hashOf } = this.#settings;
    const grounds = this.#cache.collect();
    const { types, remoteModels } = document;
    const hashes = types.map(hashOf);
    let since = this.#cache.begin();
    return {
      grounds,
      begin: () => {
        since = this.#cache.begin();
      },
      keep: (data, freshness) => {
        const made = { data, etag: etagOf(data), packed: packed(data) };
        const from = since && types.every((type, at) => hashOf(type) === hashes[at]) ? since : null;
        const seen = remoteModels ? seenBy(from, freshness) : from;
        if (seen === null || grounds.isLost) return made;
        for (const model of remoteModels ?? []) grounds.model(model);
        const key = keyOf(asked, sightOf(access), document.dependsOnDay ? today : '');
        // The compressed form, which may come to it, is no longer than the other.
        this.#cache.set(key, { ...document, ...made, hashes }, 2 * data.length, grounds.grounds, seen);
        return made;
      },
    };
  }

  clear(): void {
    this.#cache.clear();
  }

  #isServed({ types, hashes }: CachedAnswer): boolean {
    const { hashOf } = this.#settings;
    for (let at = 0; at < types.length; at++) if (hashOf(types[at] ?? '') !== hashes[at]) return false;
    return true;
  }
}

/** What another process answers with may be as old as what it had seen. Null where that cannot be known. */
function seenBy(since: FeedPosition | null, { least }: FreshnessCollector): FeedPosition | null {
  if (since === null || least === null || least.epoch !== since.epoch) return null;
  return { ...since, batch: Math.min(since.batch, Number(least.batch)) };
}

const keyOf = (asked: string, plants: string, day: string): string => `${day}\n${plants}\n${asked}`;

const etagOf = (data: Buffer): string => `W/"${createHash('sha1').update(data).digest('base64url')}"`;
