/**
 * The mirror: tables in schema `erp`, made as the connector declares them.
 *
 * Types are taken without their lengths and scales: an ERP that widens `numeric(12,2)` loses no digit here.
 */
import type pg from 'pg';
import type { MirrorTable, TableFault } from '../erp/connector.ts';
import { forgetReads } from './polling/progress.ts';
import { ident, list, literal, mirrorTable } from './sql.ts';

export type MirrorState =
  /** Never filled, or made anew: nobody may read it. */
  | 'empty'
  /** Its rows are right, but a column of them was never copied. */
  | 'copy'
  | 'ready';

export interface StoredTable extends MirrorTable {
  readonly state: MirrorState;
  readonly faults: readonly TableFault[];
}

const typeOf = (declared: string): string => declared.replace(/\(\s*\d+\s*(,\s*\d+\s*)?\)/g, '').toLowerCase();

const columnList = (table: MirrorTable): string =>
  Object.entries(table.columns)
    .map(([name, type]) => `${ident(name)} ${typeOf(type)}`)
    .join(', ');

export const bareTable = (table: MirrorTable, schema: 'erp' | 'copying'): string => /* sql */ `
  create table ${schema}.${ident(table.name)} (${columnList(table)}, primary key (${list(table.key)}))`;

/** Makes the mirror what the connector declares. Runs under the applier's lock, before anything is applied. */
export async function declareMirror(db: pg.Client, tables: readonly MirrorTable[]): Promise<void> {
  const stored = new Map((await storedTables(db)).map((table) => [table.name, table]));
  for (const table of tables) {
    const before = stored.get(table.name);
    const declared = Object.fromEntries(Object.entries(table.columns).map(([name, type]) => [name, typeOf(type)]));
    let state: MirrorState = before?.state ?? 'empty';
    if (!before || mustBeginAnew(before, table, declared)) {
      await db.query(`drop table if exists ${mirrorTable(table.name)} cascade`);
      await db.query(bareTable(table, 'erp'));
      await forgetReads(db, table.name);
      state = 'empty';
    } else {
      for (const [name, type] of Object.entries(declared)) {
        if (name in before.columns) continue;
        // A column that was mirrored once and dropped from the declaration is still there, out of date.
        await db.query(`alter table ${mirrorTable(table.name)} add column if not exists ${ident(name)} ${type}`);
        await forgetReads(db, table.name);
        if (state === 'ready') state = 'copy';
      }
    }
    await db.query(
      /* sql */ `
      insert into skiff.mirror_table (name, key, columns, state) values ($1, $2, $3, $4)
      on conflict (name) do update set key = excluded.key, columns = excluded.columns, state = excluded.state`,
      [table.name, table.key, JSON.stringify(declared), state],
    );
  }
}

const mustBeginAnew = (before: StoredTable, table: MirrorTable, declared: Readonly<Record<string, string>>): boolean =>
  before.key.join() !== table.key.join() ||
  Object.entries(before.columns).some(([name, type]) => declared[name] !== undefined && declared[name] !== type);

/** After the rows are there: loading into indexes costs several times as much as making them afterwards. */
export async function indexMirror(db: pg.Client, tables: readonly MirrorTable[]): Promise<void> {
  for (const table of tables) {
    const wanted = (table.indexes ?? []).map((definition, at) => ({ definition, name: `${table.name}_skiff_${at}` }));
    const { rows } = await db.query<{ name: string; definition: string | null }>(
      /* sql */ `
      select c.relname as name, obj_description(c.oid) as definition
      from pg_index i join pg_class c on c.oid = i.indexrelid
      where i.indrelid = ${literal(mirrorTable(table.name))}::regclass and not i.indisprimary`,
    );
    for (const { name, definition } of rows) {
      if (!wanted.some((index) => index.name === name && index.definition === definition)) {
        await db.query(`drop index erp.${ident(name)}`);
      }
    }
    for (const { name, definition } of wanted) {
      if (rows.some((row) => row.name === name && row.definition === definition)) continue;
      await db.query(`create index ${ident(name)} on ${mirrorTable(table.name)} ${definition}`);
      await db.query(`comment on index erp.${ident(name)} is ${literal(definition)}`);
    }
  }
}

export async function storedTables(db: pg.ClientBase): Promise<StoredTable[]> {
  const { rows } = await db.query<{ name: string; key: string; columns: string; state: MirrorState; faults: string }>(
    `select name, to_json(key)::text as key, columns::text, state, faults::text from skiff.mirror_table order by name`,
  );
  return rows.map((row) => ({
    name: row.name,
    key: JSON.parse(row.key),
    columns: JSON.parse(row.columns),
    state: row.state,
    faults: JSON.parse(row.faults),
  }));
}
