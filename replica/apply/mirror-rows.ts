/** Folded changes against the mirror: what each row was, what it becomes, and which columns differ. */
import type pg from 'pg';
import type { RowText } from '../../erp/change.ts';
import { kept } from '../../runtime/kept.ts';
import type { StoredTable } from '../mirror.ts';
import { equal, ident, list, mirrorTable, unnested } from '../sql.ts';
import { type FoldedRow, type Key, keyText } from './fold.ts';
import type { RowChange } from './plan.ts';

export interface TableWork {
  readonly table: StoredTable;
  readonly upserts: readonly RowText[];
  readonly deletes: readonly Key[];
  readonly changes: readonly RowChange[];
}

const columnsOf = (table: StoredTable): string[] => Object.keys(table.columns);

const keyTypes = (table: StoredTable) => table.key.map((column) => ({ column, type: table.columns[column] ?? 'text' }));

/** Parallel arrays of the keys' columns. */
export const keyArrays = (keys: readonly Key[], width: number): string[][] =>
  Array.from({ length: width }, (_, at) => keys.map((key) => key[at] ?? ''));

interface Texts {
  readonly rows: string;
  readonly put: string;
  readonly remove: string;
}

const texts = new WeakMap<StoredTable, Texts>();

const textsOf = (table: StoredTable): Texts =>
  kept(texts, table, () => {
    const columns = columnsOf(table);
    const others = columns.filter((column) => !table.key.includes(column));
    const update = others.length
      ? `do update set ${list(others, (name) => `${ident(name)} = excluded.${ident(name)}`)}`
      : 'do nothing';
    const keys = unnested(keyTypes(table));
    return {
      rows: /* sql */ `
        select ${list(columns, (name) => `t.${ident(name)}`)} from ${keys}
        join ${mirrorTable(table.name)} t on ${equal(table.key, 't', 'k')}`,
      put: /* sql */ `
        insert into ${mirrorTable(table.name)} (${list(columns)})
        select ${list(columns)} from json_to_recordset($1) as r(${list(columns, (name) => `${ident(name)} ${table.columns[name]}`)})
        on conflict (${list(table.key)}) ${update}`,
      remove: /* sql */ `
        delete from ${mirrorTable(table.name)} t using ${keys} where ${equal(table.key, 't', 'k')}`,
    };
  });

/** The mirror's rows of these keys, as text. */
export async function rowsBefore(
  db: pg.ClientBase,
  table: StoredTable,
  folded: ReadonlyMap<string, FoldedRow>,
): Promise<Map<string, RowText>> {
  const wanted = new Map<string, Key>();
  for (const { key, rest } of folded.values()) {
    wanted.set(keyText(key), key);
    wanted.set(keyText(rest), rest);
  }
  const { rows } = await db.query<RowText>({
    name: `rows_${table.name}_${columnsOf(table).length}`,
    text: textsOf(table).rows,
    values: keyArrays([...wanted.values()], table.key.length),
  });
  return new Map(rows.map((row) => [keyText(table.key.map((column) => row[column] ?? '')), row]));
}

export function tableWork(
  table: StoredTable,
  folded: ReadonlyMap<string, FoldedRow>,
  before: ReadonlyMap<string, RowText>,
): TableWork {
  const faulty = new Set(table.faults.map(({ column }) => column));
  const upserts: RowText[] = [];
  const deletes: Key[] = [];
  const changes: RowChange[] = [];
  for (const [text, { key, row, rest }] of folded) {
    const was = before.get(text);
    if (row === null) {
      if (!was) continue;
      deletes.push(key);
      changes.push({ key, kind: 'delete', changed: new Set() });
      continue;
    }
    const kept = before.get(keyText(rest)) ?? was;
    const becomes: Record<string, string | null> = {};
    const changed = new Set<string>();
    for (const column of columnsOf(table)) {
      const given = faulty.has(column) ? undefined : row[column];
      const value = given === undefined ? (kept?.[column] ?? null) : given;
      becomes[column] = value;
      if (was && was[column] !== value) changed.add(column);
    }
    if (was && changed.size === 0) continue;
    upserts.push(becomes);
    changes.push({ key, kind: was ? 'update' : 'insert', changed });
  }
  return { table, upserts, deletes, changes };
}

/** Queued in one go; resolves when both are done. */
export async function writeMirror(db: pg.ClientBase, { table, upserts, deletes }: TableWork): Promise<void> {
  const written: Promise<unknown>[] = [];
  if (upserts.length > 0) {
    written.push(
      db.query({
        name: `put_${table.name}_${columnsOf(table).length}`,
        text: textsOf(table).put,
        values: [JSON.stringify(upserts)],
      }),
    );
  }
  if (deletes.length > 0) {
    written.push(
      db.query({
        name: `delete_${table.name}`,
        text: textsOf(table).remove,
        values: keyArrays(deletes, table.key.length),
      }),
    );
  }
  await Promise.all(written);
}

/** While a table is copied, the stream's rows win over the copy's: they are remembered. */
export async function rememberTouched(
  db: pg.ClientBase,
  table: StoredTable,
  folded: ReadonlyMap<string, FoldedRow>,
): Promise<void> {
  const rows = [...folded.values()].map(({ key, row }) => ({
    key,
    missing: row === null ? [] : columnsOf(table).filter((column) => row[column] === undefined),
  }));
  await db.query({
    name: 'remember_touched',
    text: /* sql */ `
      insert into skiff.touched (table_name, key, missing)
      select $1, array(select json_array_elements_text(r.key)), array(select json_array_elements_text(r.missing))
      from json_to_recordset($2) as r(key json, missing json)
      on conflict (table_name, key) do update
      set missing = array(select unnest(touched.missing) intersect select unnest(excluded.missing))`,
    values: [table.name, JSON.stringify(rows)],
  });
}
