/**
 * From the times of tables to those of read models: each is as fresh as the oldest table it reads, itself or through
 * what it stands on, but no fresher than what of it still waits behind the stream.
 *
 * A table's time is that of its last complete poll, or the stream's. Deletions have a time of their own: a poll does not
 * see them, a key sweep does.
 */
import type pg from 'pg';
import type { ApplierState } from './apply/batch.ts';
import { standsOn, tablesOf } from './model/registry.ts';

export async function spreadAsOf(db: pg.ClientBase, state: ApplierState): Promise<void> {
  const { below, tables } = dependences(state);
  const polled = db.query({
    name: 'polled_as_of',
    text: /* sql */ `
      update skiff.watermark w set
        as_of = greatest(w.as_of, p.as_of),
        applied = greatest(w.applied, to_char(p.as_of at time zone 'UTC', 'YYYYMMDDHH24MISSUS'))
      from (
        select case when count(as_of) = cardinality($2::text[]) then min(as_of) end as as_of
        from skiff.table_poll where table_name = any($2)) p
      where w.source = $1 and p.as_of is not null`,
    values: [state.source, [...state.tables.keys()]],
  });
  const spread = db.query({
    name: 'spread_as_of',
    text: /* sql */ `
      with held as (
        select s.hash, bool_or(m.stopped is not null) as stopped,
          min(coalesce(p.as_of, '-infinity')) filter (where p.id is not null) as as_of
        from unnest($2::text[], $3::text[]) as s(hash, below)
        join skiff.read_model m on m.hash = s.below left join skiff.pending p on p.hash = s.below
        group by s.hash),
      known as (
        select t.hash, w.as_of is not null or bool_and(p.as_of is not null) as is_known,
          min(coalesce(p.as_of, w.as_of)) as as_of,
          case when bool_and(p.table_name is null) then min(w.as_of)
            when bool_and(p.deletions_as_of is not null) then min(p.deletions_as_of) end as deletions_as_of
        from unnest($4::text[], $5::text[]) as t(hash, name)
        left join skiff.watermark w on w.source = $1 left join skiff.table_poll p on p.table_name = t.name
        group by t.hash, w.as_of),
      due as (
        select m.hash, greatest(m.as_of, least(known.as_of, held.as_of)) as as_of,
          -- least() passes over null: deletions that nobody has looked for are not known as of anything.
          case when known.deletions_as_of is null then m.deletions_as_of
            else greatest(m.deletions_as_of, least(known.deletions_as_of, held.as_of)) end as deletions_as_of
        from skiff.read_model m join held using (hash) join known using (hash)
        where m.state = 'ready' and not held.stopped and known.is_known)
      update skiff.read_model m set as_of = due.as_of, deletions_as_of = due.deletions_as_of
      from due where m.hash = due.hash
        and (m.as_of, m.deletions_as_of) is distinct from (due.as_of, due.deletions_as_of)`,
    values: [
      state.source,
      below.map(([hash]) => hash),
      below.map(([, other]) => other),
      tables.map(([hash]) => hash),
      tables.map(([, name]) => name),
    ],
  });
  await Promise.all([polled, spread]);
}

type Pairs = readonly (readonly [hash: string, other: string])[];

const made = new WeakMap<ApplierState, { readonly below: Pairs; readonly tables: Pairs }>();

/** Each read model with itself and everything it stands on, and with the mirrored tables it reads. */
function dependences(state: ApplierState): { readonly below: Pairs; readonly tables: Pairs } {
  const known = made.get(state);
  if (known) return known;
  const pairs = (others: (definition: ApplierState['models'][number]['definition']) => readonly string[]): Pairs =>
    state.models.flatMap(({ definition }) => others(definition).map((other) => [definition.hash, other] as const));
  const found = {
    below: pairs((definition) => standsOn(definition, state.models)),
    tables: pairs((definition) => tablesOf(definition, state.models)),
  };
  made.set(state, found);
  return found;
}
