/**
 * The seed as a list of SQL statements, each run once or over a series of numbers in chunks, so that progress is seen.
 *
 * Everything that looks random is a hash of the row's number and a salt: the same on every run and every
 * PostgreSQL, and known without looking it up, so that millions of rows are made by `generate_series`.
 */
import type pg from 'pg';

export interface Step {
  /** What it makes, in words for the progress bar. */
  readonly what: string;
  /** Length of the series; `$1` and `$2` are a chunk's first and last number. Without it the statement runs once. */
  readonly series?: number;
  /** About how many rows, for the progress bar. */
  readonly rows: number;
  readonly sql: string;
}

export type OnProgress = (done: number, total: number, what: string) => void;

const CHUNK = 25_000;

export async function runSteps(client: pg.ClientBase, steps: readonly Step[], onProgress: OnProgress): Promise<void> {
  const total = steps.reduce((sum, { rows }) => sum + rows, 0);
  let before = 0;
  for (const { what, series, rows, sql } of steps) {
    onProgress(before, total, what);
    if (series === undefined) await client.query(sql);
    for (let first = 1; series !== undefined && first <= series; first += CHUNK) {
      const last = Math.min(first + CHUNK - 1, series);
      await client.query(sql, [first, last]);
      onProgress(before + Math.round((rows * last) / series), total, what);
    }
    before += rows;
  }
  onProgress(total, total, 'done');
}

/** Rows given as objects, all with the same keys. */
export async function insertRows(
  client: pg.ClientBase,
  table: string,
  rows: readonly Readonly<Record<string, unknown>>[],
): Promise<void> {
  const columns = Object.keys(rows[0] ?? {}).join(', ');
  await client.query(
    `insert into ${table} (${columns}) select ${columns} from json_populate_recordset(null::${table}, $1)`,
    [JSON.stringify(rows)],
  );
}

/** SQL functions of the seed, gone with the connection. */
export const seedFunctions = (baseDate: string): string => /* sql */ `
  create or replace function pg_temp.base() returns date language sql immutable as $$ select date '${baseDate}' $$;

  -- In [0, 1).
  create or replace function pg_temp.chance(n bigint, salt bigint) returns double precision language sql immutable as
  $$ select (hashint8extended(n, salt) & 4294967295)::double precision / 4294967296 $$;

  create or replace function pg_temp.between(low int, high int, n bigint, salt bigint) returns int language sql immutable as
  $$ select low + floor(pg_temp.chance(n, salt) * (high - low + 1))::int $$;

  create or replace function pg_temp.pick(words text[], n bigint, salt bigint) returns text language sql immutable as
  $$ select words[1 + floor(pg_temp.chance(n, salt) * array_length(words, 1))::int] $$;

  -- A document's or a master record's number.
  create or replace function pg_temp.no(n bigint) returns text language sql immutable as
  $$ select lpad(n::text, 10, '0') $$;

  create or replace function pg_temp.item(i int) returns text language sql immutable as
  $$ select lpad((i * 10)::text, 6, '0') $$;

  -- The day itself, or the Monday after it.
  create or replace function pg_temp.workday(day date) returns date language sql immutable as
  $$ select day + case date_part('isodow', day) when 6 then 2 when 7 then 1 else 0 end $$;

  -- Some time in the working hours of that day, and before today.
  create or replace function pg_temp.moment(day date, n bigint, salt bigint) returns timestamptz language sql immutable as
  $$ select (least(day, pg_temp.base() - 1) + time '06:00' + pg_temp.chance(n, salt) * interval '10 hours') at time zone 'UTC' $$;

  create or replace function pg_temp.period(day date) returns int language sql immutable as
  $$ select (date_part('year', day) * 100 + date_part('month', day))::int $$;

  create or replace function pg_temp.plant(q int) returns text language sql immutable as
  $$ select (array['1010', '1020', '1030', '2010', '2020'])[q + 1] $$;
`;
