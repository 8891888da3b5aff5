/**
 * The statements behind `GET`. Each is one statement and sees what was committed when it began.
 *
 * Numbered pages are counted off in the order of `updated_at`: a row that is written while somebody walks through them
 * moves to the end, and all behind it move up by one. Whoever walks must expect to miss a row at a page's edge.
 * `server_time` is the transaction's and so older than the statement's snapshot: what was committed before it is seen.
 */
import type pg from 'pg';
import { moment, type Resource } from './resources.ts';

export interface Page {
  /** A JSON array. */
  readonly data: string;
  readonly rows: number;
  readonly hasMore: boolean;
  readonly serverTime: string;
}

type Value = string | number | readonly string[];

interface Part {
  readonly resource: Resource;
  /** Rows at the most. */
  readonly limit: number;
  /** SQL of what is written of a row `t`. */
  readonly json: string;
  /** SQL behind `select t.*`, with an order; values from `$2` on, without its limit. */
  readonly from: string;
  readonly values: readonly Value[];
}

async function read(db: pg.Pool, { limit, json, from, values }: Part): Promise<Page> {
  const { rows } = await db.query<{ server_time: string; found: number; data: string }>({
    // One row more than was asked for tells whether there are more.
    text: /* sql */ `
      select ${moment('now()')} as server_time, count(*)::int as found,
        coalesce(json_agg(${json} order by place) filter (where place <= $1), '[]')::text as data
      from (select t.*, row_number() over () as place from (select t.* ${from}) t) t`,
    values: [limit, ...values],
  });
  const [{ server_time, found, data } = { server_time: '', found: 0, data: '[]' }] = rows;
  return { data, rows: Math.min(found, limit), hasMore: found > limit, serverTime: server_time };
}

const columnsOf = ({ key }: Resource, table: string): string => key.map(({ name }) => `${table}.${name}`).join(', ');

export interface Asked {
  readonly resource: Resource;
  readonly limit: number;
  readonly updatedSince: string | null;
}

/** Page `page`, counted from 1. */
export function numberedPage(db: pg.Pool, asked: Asked & { readonly page: number }): Promise<Page> {
  const { resource, limit, updatedSince, page } = asked;
  const since = updatedSince === null ? '' : 'where t.changed_at >= $3::timestamptz';
  return read(db, {
    resource,
    limit,
    json: resource.row,
    from: `from ${resource.table} t ${since} order by t.changed_at, ${columnsOf(resource, 't')} limit $1::int + 1 offset $2`,
    values: [(page - 1) * limit, ...(updatedSince === null ? [] : [updatedSince])],
  });
}

/** The rows behind a key, in the order of keys; from the first one where `after` is null. */
export function pageAfter(db: pg.Pool, asked: Asked & { readonly after: readonly string[] | null }): Promise<Page> {
  const { resource, limit, updatedSince, after } = asked;
  const values: string[] = [];
  const bound = (value: string, type: string) => `$${values.push(value) + 1}::${type}`;
  const conditions: string[] = [];
  if (after) {
    const bounds = resource.key.map(({ type }, at) => bound(after[at] ?? '', type));
    conditions.push(`(${columnsOf(resource, 't')}) > (${bounds.join(', ')})`);
  }
  if (updatedSince !== null) conditions.push(`t.changed_at >= ${bound(updatedSince, 'timestamptz')}`);
  const where = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;
  return read(db, {
    resource,
    limit,
    json: resource.row,
    from: `from ${resource.table} t ${where} order by ${columnsOf(resource, 't')} limit $1::int + 1`,
    values,
  });
}

/** The keys alone. */
export function keysAfter(
  db: pg.Pool,
  asked: { readonly resource: Resource; readonly limit: number; readonly after: readonly string[] | null },
): Promise<Page> {
  const { resource, limit, after } = asked;
  const bounds = resource.key.map(({ type }, at) => `$${at + 2}::${type}`).join(', ');
  const where = after ? `where (${columnsOf(resource, 't')}) > (${bounds})` : '';
  return read(db, {
    resource,
    limit,
    json: resource.keyText,
    from: `from ${resource.table} t ${where} order by ${columnsOf(resource, 't')} limit $1::int + 1`,
    values: after ?? [],
  });
}

/** The rows of these keys, as many as there are. */
export function rowsByKeys(db: pg.Pool, resource: Resource, keys: readonly (readonly string[])[]): Promise<Page> {
  const arrays = resource.key.map(({ type }, at) => `$${at + 2}::${type}[]`).join(', ');
  const names = resource.key.map(({ name }) => name).join(', ');
  return read(db, {
    resource,
    limit: keys.length,
    json: resource.row,
    from: `from (select distinct * from unnest(${arrays}) as asked(${names})) asked join ${resource.table} t using (${names}) order by ${columnsOf(resource, 't')} limit $1::int + 1`,
    values: resource.key.map((_, at) => keys.map((key) => key[at] ?? '')),
  });
}
