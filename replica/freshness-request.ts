/**
 * Questions for fresher read models, from the processes that answer clients to the one that plays the replica.
 *
 * ```
 * insert, notify ──► take (the ERP is asked after this) ──► answer, together with the new asOf, notify
 * ```
 *
 * A notification only wakes; what is asked and answered stands in the table. A question whose process has gone, or
 * is asked of a replica that has, is answered late or never, and pruned.
 */
import type pg from 'pg';
import { z } from 'zod';
import type { Query } from './queryable.ts';

export const askChannel = 'skiff_ask';

export interface FreshnessRequest {
  readonly id: string;
  /** Of the read models that are not fresh enough. */
  readonly hashes: readonly string[];
  /** Of single rows that were asked for, by read model. */
  readonly ids: Readonly<Record<string, readonly string[]>>;
  readonly maxStalenessMs: number;
}

export interface FreshnessAnswer {
  readonly id: string;
  readonly answer: 'fresh' | 'unavailable';
  /** When the ERP was asked for it, on the clock of the replica's database; null when it could not be. */
  readonly asOf: Date | null;
}

export const askFreshness = ({ id, hashes, ids, maxStalenessMs }: FreshnessRequest): pg.QueryConfig => ({
  name: 'ask_freshness',
  text: /* sql */ `
    with asked as (
      insert into skiff.freshness_request (id, hashes, ids, max_staleness_ms) values ($1, $2, $3, $4) returning id)
    select pg_notify('${askChannel}', '') from asked`,
  values: [id, hashes, JSON.stringify(ids), maxStalenessMs],
});

const Asked = z.array(
  z.object({
    id: z.string(),
    hashes: z.array(z.string()),
    ids: z.record(z.string(), z.array(z.string())),
    maxStalenessMs: z.number(),
  }),
);

/** What is asked, and a time on the database's clock that is after each question. */
export async function takeAsked(query: Query): Promise<{ readonly now: string; readonly asked: FreshnessRequest[] }> {
  const { rows } = await query<{ now: string; asked: string }>({
    name: 'take_asked',
    text: /* sql */ `
      select clock_timestamp()::text as now, coalesce((
        select json_agg(json_build_object('id', id, 'hashes', hashes, 'ids', ids, 'maxStalenessMs', max_staleness_ms))
        from skiff.freshness_request where answer is null), '[]')::text as asked`,
  });
  const [row] = rows;
  if (!row) throw new Error('The replica gave no time');
  return { now: row.now, asked: Asked.parse(JSON.parse(row.asked)) };
}

/** To be sent in the transaction that makes it true. */
export const answerAsked = (
  db: pg.ClientBase,
  ids: readonly string[],
  answer: FreshnessAnswer['answer'],
  asOf: string | null,
): Promise<unknown> =>
  db.query({
    name: 'answer_asked',
    text: `update skiff.freshness_request set answer = $2, as_of = $3 where id = any($1::uuid[]) and answer is null`,
    values: [ids, answer, asOf],
  });

export const pruneAsked = (db: pg.ClientBase): Promise<unknown> =>
  db.query(`delete from skiff.freshness_request where asked_at < now() - interval '1 minute'`);
