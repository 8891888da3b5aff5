/** How far each table is read: written in the turn that its rows come in, so that a kill repeats at most one page. */
import type pg from 'pg';
import type { ErpClock, PolledTable, PollProgress, SourceIdentity } from '../../erp/connector.ts';

export async function storedProgress(
  db: pg.ClientBase,
  tables: Iterable<{ readonly name: string; readonly state: string }>,
): Promise<Map<string, PolledTable>> {
  const { rows } = await db.query<{
    table_name: string;
    polled_to_ms: string | null;
    walk: string | null;
    sweep: string | null;
    as_of: string | null;
    deletions_as_of: string | null;
  }>('select * from skiff.table_poll');
  return new Map(
    [...tables].map(({ name, state }) => {
      const row = rows.find(({ table_name }) => table_name === name);
      const polledToMs = row?.polled_to_ms ?? null;
      return [
        name,
        {
          polledToMs: polledToMs === null ? null : Number(polledToMs),
          walk: row?.walk ?? null,
          sweep: row?.sweep ?? null,
          asOf: row?.as_of ?? null,
          deletionsAsOf: row?.deletions_as_of ?? null,
          isCopied: state === 'ready',
          beganEmpty: state === 'empty',
        },
      ];
    }),
  );
}

/** What is left out stays; times never go back. */
export async function storeProgress(db: pg.ClientBase, table: string, progress: Partial<PollProgress>): Promise<void> {
  const { polledToMs = null, walk, sweep, asOf = null, deletionsAsOf = null } = progress;
  await db.query({
    name: 'store_progress',
    text: /* sql */ `
      insert into skiff.table_poll as p (table_name, polled_to_ms, walk, sweep, as_of, deletions_as_of)
      values ($1, $2, $3, $5, $7, $8)
      on conflict (table_name) do update set
        polled_to_ms = greatest(p.polled_to_ms, excluded.polled_to_ms),
        walk = case when $4::boolean then excluded.walk else p.walk end,
        sweep = case when $6::boolean then excluded.sweep else p.sweep end,
        as_of = greatest(p.as_of, excluded.as_of),
        deletions_as_of = greatest(p.deletions_as_of, excluded.deletions_as_of)`,
    values: [
      table,
      polledToMs,
      walk ?? null,
      walk !== undefined,
      sweep ?? null,
      sweep !== undefined,
      asOf,
      deletionsAsOf,
    ],
  });
}

/** Of another ERP, or after another way of capture, nothing counts as read; the mirror's rows stay until they are compared. */
export async function ownSource(
  db: pg.ClientBase,
  source: string,
  identity: SourceIdentity,
  clock?: ErpClock,
): Promise<void> {
  const { rows } = await db.query<SourceIdentity>(
    'select system, timeline, slot from skiff.watermark where source = $1',
    [source],
  );
  const [held] = rows;
  const { system, timeline, slot } = identity;
  if (held && held.system === system && held.timeline === timeline && held.slot === slot) return;
  await forgetReads(db);
  await db.query(
    /* sql */ `
    insert into skiff.watermark (source, system, timeline, slot, applied) values ($1, $2, $3, $4, '')
    on conflict (source) do update set
      system = excluded.system, timeline = excluded.timeline, slot = excluded.slot, applied = excluded.applied`,
    [source, system, timeline, slot],
  );
  if (clock && held && held.timeline !== timeline) await takeOver(db, source, clock);
}

/** The tables that are complete were read, rows and deletions, up to the watermark's time. */
async function takeOver(db: pg.ClientBase, source: string, clock: ErpClock): Promise<void> {
  await db.query(
    /* sql */ `
    insert into skiff.table_poll (table_name, polled_to_ms, as_of, deletions_as_of)
    select t.name, floor($2::numeric - extract(epoch from $3::timestamptz - w.as_of) * 1000 - $4::numeric), w.as_of, w.as_of
    from skiff.mirror_table t, skiff.watermark w
    where w.source = $1 and w.as_of is not null and t.state = 'ready'`,
    [source, clock.erpTimeMs, clock.at, clock.longestTransactionMs],
  );
}

/** Nothing that an API said before counts any more; of one table, if it is named. */
export async function forgetReads(db: pg.ClientBase, table: string | null = null): Promise<void> {
  for (const kept of ['table_poll', 'row_version', 'listed_key']) {
    await db.query(`delete from skiff.${kept} where $1::text is null or table_name = $1`, [table]);
  }
  if (table !== null) return;
  // Another ERP gives other numbers.
  for (const kept of ['event', 'event_stream']) await db.query(`delete from skiff.${kept}`);
}
