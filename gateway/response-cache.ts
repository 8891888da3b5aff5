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
import {
  type CacheCounts,
  type FeedPosition,
  FollowedCache,
  type FollowedCacheSettings,
  type GroundsCollector,
} from '../subgraphs/followed-cache.ts';
import type { FreshnessCollector } from '../subgraphs/freshness.ts';
import { type Principal, sightOf } from '../subgraphs/principal.ts';
import { isWithin } from '../subgraphs/told-grounds.ts';
import type { CacheableDocument } from './cacheable-document.ts';
import { packed } from './packed-answer.ts';
import { readShared, type SharedAnswer, sharedKey, writeShared } from './shared-answer.ts';
import type { SharedStore } from './shared-store.ts';

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
  /** What other gateways have made; null where there is nothing of the kind. */
  readonly shared: SharedStore | null;
  /** Of the definition that serves the type now. */
  readonly hashOf: (type: string) => string;
  readonly today: () => string;
}

/** One answer on its way into the cache. */
export interface Filling {
  readonly grounds: GroundsCollector;
  /** To be called when it is fresh enough, before anything is read. Others who ask the same wait for it from now on. */
  begin(): void;
  /** Where no part of it has failed: `{"data":{…}`. */
  keep(data: Buffer, freshness: FreshnessCollector): MadeAnswer;
  /** To be called at last, whatever came of it. */
  end(): void;
}

export class ResponseCache {
  readonly #settings: ResponseCacheSettings;
  readonly #cache: FollowedCache<CachedAnswer>;
  /** What became of looking for others' answers. */
  readonly sharedCounts = { hits: 0, misses: 0, outdated: 0 };
  /** Answers that are being made. */
  readonly #running = new Map<string, Promise<void>>();

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

  /** What the console shows of it. */
  get status(): Readonly<Record<string, number>> {
    const { hits, misses, silent } = this.counts;
    return { entries: this.size, bytes: this.bytes, maxBytes: this.#settings.maxBytes, hits, misses: misses + silent };
  }

  /** `asked` is everything of the request that an answer depends on, as it came. */
  find(asked: string, access: Principal['access']): CachedAnswer | undefined {
    const found = this.peek(asked, access);
    this.#cache.count(found !== undefined);
    return found;
  }

  /** The same, and counts for nothing until it is said to be a hit. */
  peek(asked: string, access: Principal['access']): CachedAnswer | undefined {
    const plants = sightOf(access);
    const found =
      this.#cache.peek(keyOf(asked, plants, '')) ?? this.#cache.peek(keyOf(asked, plants, this.#settings.today()));
    // A type may be served from another definition by now, and the changes of the old one end with it.
    return found && this.#isServed(found) ? found : undefined;
  }

  hit(): void {
    this.#cache.count(true);
  }

  /**
   * One that another gateway has made, if it is known here that nothing it rests on has changed since. From then on it is
   * kept here, too.
   */
  async fetch(asked: string, access: Principal['access']): Promise<CachedAnswer | undefined> {
    const { shared, today } = this.#settings;
    const now = shared && this.#cache.begin();
    if (!shared || !now) return undefined;
    const keys = ['', today()].map((day) => keyOf(asked, sightOf(access), day));
    const found = await shared.get(keys.map((key) => sharedKey(now.epoch, key)));
    for (const [at, key] of keys.entries()) {
      const bytes = found[at];
      const answer = bytes ? readShared(bytes) : null;
      if (answer && this.#adopt(key, answer)) {
        this.sharedCounts.hits++;
        return this.peek(asked, access);
      }
      if (answer) this.sharedCounts.outdated++;
    }
    this.sharedCounts.misses++;
    return undefined;
  }

  /** Resolves when the same answer, which somebody is making, is made or given up; undefined where nobody is. */
  making(asked: string, access: Principal['access']): Promise<void> | undefined {
    return this.#running.size === 0 ? undefined : this.#running.get(keyOf(asked, sightOf(access), ''));
  }

  fill(asked: string, access: Principal['access'], today: string, document: CacheableDocument): Filling {
    const { hashOf } = this.#settings;
    const grounds = this.#cache.collect();
    const { types, remoteModels } = document;
    const hashes = types.map(hashOf);
    let since = this.#cache.begin();
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const name = keyOf(asked, sightOf(access), '');
    return {
      grounds,
      begin: () => {
        since = this.#cache.begin();
        if (since !== null && !this.#running.has(name)) this.#running.set(name, ended);
      },
      end: () => {
        if (this.#running.get(name) === ended) this.#running.delete(name);
        end();
      },
      keep: (data, freshness) => {
        const made = madeOf(data);
        const from = since && types.every((type, at) => hashOf(type) === hashes[at]) ? since : null;
        const seen = remoteModels ? seenBy(from, freshness) : from;
        if (seen === null || grounds.isLost) return made;
        // Another process may read by another definition than this one knows the changes of.
        const isPrecise = !grounds.isVague && isWithin(grounds.grounds, hashes);
        for (const model of isPrecise ? [] : (remoteModels ?? [])) grounds.model(model);
        const key = keyOf(asked, sightOf(access), document.dependsOnDay ? today : '');
        const all = grounds.grounds;
        if (this.#cache.set(key, { ...document, ...made, hashes }, bytesOf(data), all, seen)) {
          const shared = { document, hashes, grounds: all, since: seen, data };
          this.#settings.shared?.put(sharedKey(seen.epoch, key), writeShared(shared));
        }
        return made;
      },
    };
  }

  clear(): void {
    this.#cache.clear();
  }

  #adopt(key: string, { document, hashes, grounds, since, data }: SharedAnswer): boolean {
    const answer = { ...document, ...madeOf(data), hashes };
    if (!this.#isServed(answer) || this.#cache.begin() === null || !this.#cache.isUntouched(grounds, since))
      return false;
    return this.#cache.set(key, answer, bytesOf(data), grounds, since);
  }

  #isServed({ types, hashes }: Pick<CachedAnswer, 'types' | 'hashes'>): boolean {
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

const madeOf = (data: Buffer): MadeAnswer => ({ data, etag: etagOf(data), packed: packed(data) });

/** The compressed form, which may come to it, is no longer than the other. */
const bytesOf = (data: Buffer): number => 2 * data.length;

const etagOf = (data: Buffer): string => `W/"${createHash('sha1').update(data).digest('base64url')}"`;
