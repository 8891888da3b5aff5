/**
 * The tables the API offers, each a resource of the same name, and how a row of it is written as JSON.
 *
 * PostgreSQL writes the JSON itself, with numerics as strings: no number passes through JavaScript's, where it would
 * lose digits.
 */
import type pg from 'pg';
import { ident, literal } from '../../postgres/sql.ts';
import { tables } from '../tables.ts';

export interface KeyColumn {
  /** Quoted. */
  readonly name: string;
  readonly type: string;
}

export interface Resource {
  readonly name: string;
  /** Quoted. */
  readonly table: string;
  readonly key: readonly KeyColumn[];
  /** SQL of the JSON of a row `t`. */
  readonly row: string;
  /** SQL of the JSON of its key, as texts. */
  readonly keyText: string;
}

export type Resources = ReadonlyMap<string, Resource>;

/** SQL: a moment in UTC with all its digits, as the API writes it. */
export const moment = (sql: string): string => `to_char(${sql} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** A number in JSON that JavaScript reads without loss stays one. */
function value(column: string, type: string): string {
  if (type === 'timestamp with time zone') return moment(column);
  return /^(bigint|numeric)/.test(type) ? `${column}::text` : column;
}

export async function readResources(db: pg.ClientBase | pg.Pool): Promise<Resources> {
  const { rows } = await db.query<{ table: string; column: string; type: string }>({
    text: /* sql */ `
      select c.relname as table, a.attname as column, format_type(a.atttypid, null) as type
      from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where c.relnamespace = 'public'::regnamespace and c.relname = any($1)
      order by c.relname, a.attnum`,
    values: [tables.map(({ name }) => name)],
  });
  return new Map(
    tables.map(({ name, key }) => {
      const columns = rows.filter(({ table }) => table === name);
      const typeOf = new Map(columns.map(({ column, type }) => [column, type]));
      const fields = columns
        .filter(({ column }) => column !== 'row_version')
        .map(({ column, type }) => `${literal(column)}, ${value(`t.${ident(column)}`, type)}`);
      const written = [...fields, `'updated_at', ${moment('t.changed_at')}`, `'version', t.row_version::text`];
      const resource = {
        name,
        table: `public.${ident(name)}`,
        key: key.map((column) => ({ name: ident(column), type: typeOf.get(column) ?? 'text' })),
        row: `json_build_object(${written.join(', ')})`,
        keyText: `json_build_array(${key.map((column) => `t.${ident(column)}::text`).join(', ')})`,
      };
      return [name, resource];
    }),
  );
}
