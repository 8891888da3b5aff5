/**
 * The replica as a capture by events sees it: an inbox of what webhooks have named, and of which numbers are missing.
 *
 * ```
 * take ─► event ─► to be read ─► read ─┐
 *                                      ├─► forgotten
 * numbers without a gap: through ──────┘
 * ```
 *
 * An event behind a gap says that what is missing was committed before it came. So polls and sweeps of all tables that
 * began after it came have seen all of that, and the gap no longer matters; nothing else has to be remembered.
 *
 * Every statement is complete in itself and may be repeated.
 */
import type { EventSink } from '../../erp/event.ts';
import type { Query } from '../queryable.ts';

export interface EventSinkSettings {
  readonly query: Query;
  /** All that are mirrored. */
  readonly tables: readonly { readonly name: string }[];
}

/** How many events of each table are looked at in one go. */
const SOME = 500;

export function eventSink({ query, tables }: EventSinkSettings): EventSink {
  const names = tables.map(({ name }) => name);
  return {
    async takeEvents({ subscription, events }) {
      const told = events.map(({ version, ...event }) => ({ ...event, version: String(version) }));
      const { rowCount } = await query({ ...takeEvents, values: [subscription, JSON.stringify(told), names] });
      return rowCount ?? 0;
    },
    async namedRows() {
      await query(markHeld);
      const { rows } = await query<{ table: string; key: string; arrival: string }>({ ...namedRows, values: [SOME] });
      return rows.map(({ table, key, arrival }) => ({ table, key: JSON.parse(key), arrival }));
    },
    async namedRowsRead(named) {
      await query({ ...markRead, values: [JSON.stringify(named)] });
    },
    async eventGaps(ms) {
      await query({ ...moveThrough, values: [names] });
      await query(forgetTaken);
      const { rows } = await query<{ subscription: string; after: string; since: string }>({ ...gaps, values: [ms] });
      return rows.map(({ subscription, after, since }) => ({
        subscription,
        after: Number(after),
        since: new Date(since),
      }));
    },
  };
}

/** Tables that nobody mirrors count, but are not read. */
const takeEvents = {
  name: 'take_events',
  text: /* sql */ `
    with stream as (
      insert into skiff.event_stream as s (subscription, through) values ($1, 0)
      on conflict (subscription) do update set through = s.through returning through)
    insert into skiff.event (subscription, sequence, table_name, key, version, is_read)
    select $1, e.sequence, e."table", array(select json_array_elements_text(e.key)), e.version, e."table" <> all ($3::text[])
    from json_to_recordset($2) as e(sequence bigint, "table" text, key json, version bigint), stream
    where e.sequence > stream.through
    on conflict do nothing`,
};

const markHeld = {
  name: 'mark_held_events',
  text: /* sql */ `
    update skiff.event e set is_read = true from skiff.row_version v
    where not e.is_read and v.table_name = e.table_name and v.key = e.key and v.version >= e.version`,
};

const namedRows = {
  name: 'named_rows',
  text: /* sql */ `
    select table_name as "table", to_json(key)::text as key, max(arrival)::text as arrival
    from (
      select table_name, key, arrival, row_number() over (partition by table_name order by arrival) as place
      from skiff.event where not is_read) e
    where place <= $1
    group by table_name, key`,
};

const markRead = {
  name: 'mark_read_events',
  text: /* sql */ `
    update skiff.event e set is_read = true
    from json_to_recordset($1) as r("table" text, key json, arrival bigint)
    where not e.is_read and e.table_name = r."table" and e.key = array(select json_array_elements_text(r.key))
      and e.arrival <= r.arrival`,
};

/** Over the numbers that follow each other, and over what came before the oldest of the last polls and sweeps began. */
const moveThrough = {
  name: 'move_through',
  text: /* sql */ `
    with complete as (
      select case when count(least(as_of, deletions_as_of)) filter (where as_of is not null and deletions_as_of is not null)
          = cardinality($1::text[]) then min(least(as_of, deletions_as_of)) end as at
      from skiff.table_poll where table_name = any ($1)),
    seen as (
      select e.subscription, greatest(s.through, max(e.sequence)) as through
      from skiff.event e join skiff.event_stream s using (subscription), complete
      where e.at < complete.at group by e.subscription, s.through),
    islands as (
      select e.subscription, e.sequence, coalesce(seen.through, s.through) as through,
        e.sequence - row_number() over (partition by e.subscription order by e.sequence) as island
      from skiff.event e join skiff.event_stream s using (subscription) left join seen using (subscription)
      where e.sequence > coalesce(seen.through, s.through)),
    followed as (
      select subscription, max(sequence) as through from islands where island = through group by subscription)
    update skiff.event_stream s set through = greatest(s.through, seen.through, followed.through)
    from skiff.event_stream o left join seen using (subscription) left join followed using (subscription)
    where o.subscription = s.subscription and greatest(seen.through, followed.through) > s.through`,
};

const forgetTaken = {
  name: 'forget_taken_events',
  text: /* sql */ `
    delete from skiff.event e using skiff.event_stream s
    where s.subscription = e.subscription and e.is_read and e.sequence <= s.through`,
};

const gaps = {
  name: 'event_gaps',
  text: /* sql */ `
    select subscription, s.through::text as after, min(e.at)::text as since
    from skiff.event e join skiff.event_stream s using (subscription)
    where e.sequence > s.through group by subscription, s.through
    having min(e.at) < clock_timestamp() - $1 * interval '1 millisecond'`,
};
