/**
 * Rows that were read, kept for as long as nothing they rest on has changed: a statement's with its values, or one row's
 * of a type. Whoever misses while another one reads the same waits for that, and reads for himself where the other's rows
 * could not be kept: they may be older than what he must see.
 */
import type { FeedPosition } from '../change-feed.ts';
import { type Grounds, GroundsCollector, type RestOn } from '../grounds.ts';
import type { TextRow } from '../queryable.ts';

export interface KeptRows {
  readonly rows: readonly TextRow[];
  readonly grounds: Grounds;
}

/** Where they are kept (`subgraphs/followed-cache.ts`). */
export interface RowStore {
  get(key: string): KeptRows | undefined;
  begin(): FeedPosition | null;
  set(key: string, kept: KeptRows, bytes: number, grounds: Grounds, since: FeedPosition): boolean;
}

type Read = () => Promise<readonly TextRow[]>;

export class RowCache {
  readonly #store: RowStore;
  readonly #reading = new Map<string, Promise<unknown>>();

  constructor(store: RowStore) {
    this.#store = store;
  }

  async rows(
    key: string,
    read: Read,
    restOn: RestOn,
    grounds: GroundsCollector | undefined,
  ): Promise<readonly TextRow[]> {
    const kept = this.#store.get(key) ?? (await this.#after(key));
    if (kept) {
      grounds?.add(kept.grounds);
      return kept.rows;
    }
    const reading = this.#read(key, read, restOn);
    this.#reading.set(key, reading);
    try {
      const { rows, rest } = await reading;
      if (rest) grounds?.add(rest);
      else grounds?.lose();
      return rows;
    } finally {
      if (this.#reading.get(key) === reading) this.#reading.delete(key);
    }
  }

  /** What is kept of one row; null where it is known not to be there. */
  row(key: string): { readonly texts: TextRow | null; readonly grounds: Grounds } | undefined {
    const kept = this.#store.get(key);
    return kept && { texts: kept.rows[0] ?? null, grounds: kept.grounds };
  }

  begin(): FeedPosition | null {
    return this.#store.begin();
  }

  keep(key: string, rows: readonly TextRow[], rest: Grounds, since: FeedPosition): void {
    this.#store.set(key, { rows, grounds: rest }, bytesOf(rows), rest, since);
  }

  async #after(key: string): Promise<KeptRows | undefined> {
    const reading = this.#reading.get(key);
    if (!reading) return undefined;
    // His failure is not ours.
    await reading.catch(() => undefined);
    return this.#store.get(key);
  }

  async #read(key: string, read: Read, restOn: RestOn): Promise<{ rows: readonly TextRow[]; rest: Grounds | null }> {
    const since = this.#store.begin();
    const rows = await read();
    const collector = new GroundsCollector();
    try {
      restOn(rows, collector);
    } catch {
      return { rows, rest: null };
    }
    const rest = collector.grounds;
    if (since) this.keep(key, rows, rest, since);
    return { rows, rest };
  }
}

const TEXT_BYTES = 24;

function bytesOf(rows: readonly TextRow[]): number {
  let bytes = 0;
  for (const row of rows) for (const text of row) bytes += TEXT_BYTES + 2 * (text?.length ?? 0);
  return bytes;
}
