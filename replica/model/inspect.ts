/**
 * What PostgreSQL knows of a view: its columns, what it reads, and whether its rows depend on anything but rows.
 *
 * `pg_depend` names tables and columns but leaves out everything built in, so functions and clocks are
 * found in the stored parse tree (`pg_rewrite.ev_action`).
 */
import type pg from 'pg';

export interface ViewFacts {
  readonly columns: Readonly<Record<string, string>>;
  /** `schema.table` → the columns of it that are used. */
  readonly uses: ReadonlyMap<string, ReadonlySet<string>>;
  /** Why its rows could differ without any row having changed; null if they cannot. */
  readonly volatility: string | null;
}

export async function inspectView(db: pg.Client, view: string): Promise<ViewFacts> {
  const columns = await db.query<{ name: string; type: string }>(
    /* sql */ `
    select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
    where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`,
    [view],
  );
  const uses = await db.query<{ relation: string; column: string | null }>(
    /* sql */ `
    select n.nspname || '.' || c.relname as relation, a.attname as column
    from pg_rewrite r
    join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass
    join pg_class c on c.oid = d.refobjid
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_attribute a on a.attrelid = c.oid and a.attnum = d.refobjsubid and d.refobjsubid > 0
    where r.ev_class = $1::regclass and c.oid <> r.ev_class`,
    [view],
  );
  const byRelation = new Map<string, Set<string>>();
  for (const { relation, column } of uses.rows) {
    const used = byRelation.get(relation) ?? new Set();
    if (column !== null) used.add(column);
    byRelation.set(relation, used);
  }
  return {
    columns: Object.fromEntries(columns.rows.map(({ name, type }) => [name, type])),
    uses: byRelation,
    volatility: await volatility(db, view),
  };
}

/** STABLE functions whose result hangs on session settings alone, which are the same on all our connections. */
const settled = [
  ...['to_char', 'to_date', 'to_number', 'to_timestamp', 'concat', 'concat_ws', 'format', 'quote_literal'],
  ...['array_to_string', 'string_to_array', 'date_part', 'extract', 'date_trunc', 'date_bin', 'timezone'],
  ...['to_json', 'to_jsonb', 'row_to_json', 'array_to_json', 'json_build_object', 'json_build_array'],
  ...['jsonb_build_object', 'jsonb_build_array', 'json_agg', 'jsonb_agg', 'json_object_agg', 'jsonb_object_agg'],
];

async function volatility(db: pg.Client, view: string): Promise<string | null> {
  const { rows } = await db.query<{ tree: string }>(
    'select ev_action::text as tree from pg_rewrite where ev_class = $1::regclass',
    [view],
  );
  const tree = rows[0]?.tree ?? '';
  if (/\{SQLVALUEFUNCTION /.test(tree)) return 'it asks for the current date, time or user';
  if (/\{VAR :varno \d+ :varattno 0 /.test(tree)) return 'it uses a whole row, whose columns may change';
  const relations = [...tree.matchAll(/:relid (\d+)/g)].map(([, oid]) => oid);
  const system = await db.query<{ name: string }>(
    'select oid::regclass::text as name from pg_class where oid = any($1::oid[]) and oid < 16384 limit 1',
    [relations],
  );
  // What is built in leaves no trace in pg_depend, and is no data of the ERP.
  if (system.rows[0]) return `it reads ${system.rows[0].name}, a table of PostgreSQL itself`;
  const functions = [...tree.matchAll(/:(?:funcid|opfuncid|aggfnoid|winfnoid) (\d+)/g)].map(([, oid]) => oid);
  const refused = await db.query<{ name: string; reason: string }>(
    /* sql */ `
    select p.proname as name,
      case when p.oid >= 16384 then 'is not built in' when p.provolatile = 'v' then 'is volatile' else 'depends on the clock or the session' end as reason
    from pg_proc p
    where p.oid = any($1::oid[]) and (
      p.oid >= 16384 or p.provolatile = 'v'
      or p.provolatile = 's' and not p.proname = any($2)
        and not exists (select from pg_cast c where c.castfunc = p.oid)
        and not exists (select from pg_operator o where o.oprcode = p.oid))
    limit 1`,
    [functions, settled],
  );
  const [first] = refused.rows;
  return first ? `the function ${first.name} ${first.reason}` : null;
}

/** `'today'::date` is folded to a constant before anybody can see it: it is found in the text. */
export const clockLiteral = (sql: string): string | null =>
  /'\s*(now|today|tomorrow|yesterday)\s*'/i.exec(sql)?.[0] ?? null;
