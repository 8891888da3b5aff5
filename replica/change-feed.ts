/**
 * Follows the change log: what has changed lately, and how far this process has seen it.
 *
 *     NOTIFY, and once a second ──► read what is behind our position ──► ring of recent changes ──► followers
 *
 * Caches rest on it: what is kept is right as of the position here, as long as nothing that touches it has come since it
 * was read. Whoever cannot know what has come (the log was pruned, too much came at once, the database is another one)
 * is told to drop everything. A process that has not heard of a new batch for two seconds serves nothing from its caches:
 * the replica's heartbeat is a batch each second.
 */
import type pg from 'pg';
import { z } from 'zod';
import { oneAfterTheOther } from './one-after-the-other.ts';
import type { Query } from './queryable.ts';

/** Each batch that has changed something tells by it, and each that is a sign of life. */
export const changedChannel = 'skiff_change_log';

export const tellChanged = (db: pg.ClientBase): Promise<unknown> =>
  db.query({ name: 'tell_change_log', text: `select pg_notify('${changedChannel}', '')` });

/** Old and new values of the columns that lists are filtered and sorted by, as PostgreSQL prints them. */
export type LoggedValues = Readonly<Record<string, string | null>>;

export interface Change {
  readonly batch: number;
  /** Of the read model's definition. */
  readonly hash: string;
  readonly model: string;
  /** `all`: more rows than are named, any of them. */
  readonly op: 'insert' | 'update' | 'delete' | 'all';
  readonly key: readonly string[] | null;
  /** Those that differ; null where the row was not there before, or is not any more. */
  readonly columns: readonly string[] | null;
  readonly old: LoggedValues | null;
  readonly new: LoggedValues | null;
}

/** A place in the log that changes can be counted from. */
export interface FeedPosition {
  /** Of one database as one server runs it: positions of another era mean nothing. */
  readonly era: string;
  readonly epoch: string;
  readonly batch: number;
}

export interface Follower {
  changed(changes: readonly Change[]): void;
  /** What has changed cannot be known. */
  lost(): void;
}

const SILENT_AFTER_MS = 2_000;
/** Reads do not follow each other faster than that. */
const REST_MS = 5;
/** Of the ring, and of one read: above it a cache is better begun anew. */
const MOST_CHANGES = 20_000;
/** The log is kept for an hour, by the database's clock. */
const KEPT_MS = 1_800_000;

const Row = z.object({ era: z.string(), epoch: z.string(), batch: z.string(), shown: z.string(), changes: z.string() });

type LogEntry = [
  batch: number,
  hash: string,
  model: string | null,
  op: Change['op'],
  key: string[] | null,
  columns: string[] | null,
  old: LoggedValues | null,
  new: LoggedValues | null,
];

export class ChangeFeed {
  readonly #query: Query;
  readonly #followers = new Set<Follower>();
  readonly #now: () => number;
  #position: FeedPosition | null = null;
  #shownMs = 0;
  #ring: Change[] = [];
  /** The ring holds all that came after this batch. */
  #ringFrom = 0;
  /** When the last read that found a new batch was sent. */
  #heardAt = Number.NEGATIVE_INFINITY;
  #waking: NodeJS.Timeout | null = null;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(query: Query, now: () => number = () => performance.now()) {
    this.#query = query;
    this.#now = now;
  }

  /** Reads on; resolves when all that was in the log at the call has been seen. */
  readonly read = oneAfterTheOther(() => this.#read());

  /** News came: reads on soon. */
  wake(): void {
    if (this.#waking || !this.isFollowed) return;
    const inMs = Math.max(0, this.#readAt + REST_MS - this.#now());
    this.#waking = setTimeout(() => {
      this.#waking = null;
      // What fails now is read the next time.
      this.read().catch(() => undefined);
    }, inMs);
    this.#waking.unref();
  }

  /** Where nothing is kept nobody has to know what has changed. */
  get isFollowed(): boolean {
    return this.#followers.size > 0;
  }

  /** Null before the first read. */
  get position(): FeedPosition | null {
    return this.#position;
  }

  get isLive(): boolean {
    return this.#now() - this.#heardAt < SILENT_AFTER_MS;
  }

  /** Null where the ring does not reach back to it. */
  changesSince({ era, batch }: Pick<FeedPosition, 'era' | 'batch'>): readonly Change[] | null {
    if (this.#position?.era !== era || batch < this.#ringFrom) return null;
    let from = this.#ring.length;
    while (from > 0 && (this.#ring[from - 1]?.batch ?? 0) > batch) from--;
    return this.#ring.slice(from);
  }

  follow(follower: Follower): void {
    this.#followers.add(follower);
  }

  async #read(): Promise<void> {
    const sentAt = this.#now();
    this.#readAt = sentAt;
    const { rows } = await this.#query<Record<string, unknown>>({
      name: 'read_changes',
      text: readChanges,
      values: [this.#position?.batch ?? null],
    });
    const { era, epoch, batch: printed, shown, changes: json } = Row.parse(rows[0]);
    const [batch, shownMs, before] = [Number(printed), Number(shown), this.#position];
    const entries: LogEntry[] = JSON.parse(json);
    const isKnown =
      before !== null &&
      before.era === era &&
      batch >= before.batch &&
      shownMs - this.#shownMs < KEPT_MS &&
      entries.length <= MOST_CHANGES;
    if (isKnown ? batch > before.batch : true) this.#heardAt = sentAt;
    this.#position = { era, epoch, batch };
    this.#shownMs = shownMs;
    if (!isKnown) {
      this.#ring = [];
      this.#ringFrom = batch;
      for (const follower of this.#followers) follower.lost();
    } else if (entries.length > 0) {
      const changes = entries.map(changeOf);
      this.#remember(changes);
      for (const follower of this.#followers) follower.changed(changes);
    }
  }

  #remember(changes: readonly Change[]): void {
    this.#ring.push(...changes);
    if (this.#ring.length <= 2 * MOST_CHANGES) return;
    const gone = this.#ring.splice(0, this.#ring.length - MOST_CHANGES);
    // A batch that is not whole any more is gone.
    this.#ringFrom = gone.at(-1)?.batch ?? this.#ringFrom;
  }
}

/**
 * What is behind a position, and the position that is reached by it: of one snapshot. A server that was started anew may
 * hold an older state of the same database, so its start is part of the era.
 */
const readChanges = /* sql */ `
  select h.epoch || '-' || (extract(epoch from pg_postmaster_start_time()) * 1000000)::bigint::text as era,
    h.epoch, h.batch::text, (extract(epoch from clock_timestamp()) * 1000)::text as shown,
    coalesce((
      select json_agg(json_build_array(l.batch, l.hash, m.model, l.op, l.key, l.columns, l.old, l.new) order by l.batch)
      from (select * from skiff.change_log where batch > $1::bigint order by batch limit ${MOST_CHANGES + 1}) l
      left join skiff.read_model m using (hash)), '[]')::text as changes
  from skiff.head h`;

const changeOf = ([batch, hash, model, op, key, columns, old, now]: LogEntry): Change => ({
  batch,
  hash,
  model: model ?? '',
  op,
  key,
  columns,
  old,
  new: now,
});
