/**
 * Which of what a read brought may be applied (SEMANTICS.md C5).
 *
 * Reads overlap: one begun earlier may be answered later. A row is let in by its version. A deletion has none, so it
 * goes by time: when the read began against when what it contradicts became known. Where these overlap neither is
 * known to be newer, and the one that came first stands until somebody asks again.
 */
import type pg from 'pg';
import type { ReadResult, TableRead } from '../../erp/connector.ts';
import type { ReadRow, RowKey } from '../../erp/transport.ts';
import { keyText } from '../apply/fold.ts';
import type { StoredTable } from '../mirror.ts';

interface Held {
  /** Null: the row is gone. */
  readonly version: bigint | null;
  /** It was known before the read began. */
  readonly isBefore: boolean;
}

interface KeyedRow {
  readonly key: RowKey;
  readonly read: ReadRow;
}

export interface Verdict extends ReadResult {
  readonly upserts: readonly KeyedRow[];
  readonly deletes: readonly RowKey[];
  /** The row is there; what is held of it is newer. */
  readonly outdated: readonly { readonly key: RowKey; readonly version: bigint }[];
}

export const keyOf = ({ name, key }: StoredTable, { row }: ReadRow): RowKey =>
  key.map((column) => {
    const value = row[column];
    if (value === null || value === undefined) throw new TypeError(`A row of ${name} came without its key ${column}`);
    return value;
  });

export async function judge(db: pg.ClientBase, table: StoredTable, read: TableRead): Promise<Verdict> {
  const rows = newestByKey(table, read.rows);
  const keys = [...[...rows.values()].map(({ key }) => key), ...read.gone];
  const held = await heldVersions(db, table.name, keys, read.begunAt);
  const upserts: KeyedRow[] = [];
  const deletes: RowKey[] = [];
  const outdated: { key: RowKey; version: bigint }[] = [];
  const news: ReadRow[] = [];
  const unsure: RowKey[] = [];
  for (const [text, { key, read: row }] of rows) {
    const known = held.get(text);
    if (known?.version === null && !known.isBefore) {
      unsure.push(key);
    } else if (known === undefined || known.version === null || row.version >= known.version) {
      upserts.push({ key, read: row });
      if (row.version !== known?.version) news.push(row);
    } else {
      outdated.push({ key, version: known.version });
    }
  }
  for (const key of read.gone) {
    const known = held.get(keyText(key));
    if (known === undefined || known.version === null || known.isBefore) deletes.push(key);
    else unsure.push(key);
  }
  return { upserts, deletes, outdated, news, unsure };
}

function newestByKey(table: StoredTable, reads: readonly ReadRow[]): Map<string, KeyedRow> {
  const newest = new Map<string, KeyedRow>();
  for (const read of reads) {
    const key = keyOf(table, read);
    const text = keyText(key);
    const other = newest.get(text);
    if (!other || read.version >= other.read.version) newest.set(text, { key, read });
  }
  return newest;
}

async function heldVersions(
  db: pg.ClientBase,
  table: string,
  keys: readonly RowKey[],
  begunAt: string,
): Promise<Map<string, Held>> {
  if (keys.length === 0) return new Map();
  const { rows } = await db.query<{ key: string; version: string | null; is_before: string }>({
    name: 'held_versions',
    text: /* sql */ `
      select to_json(v.key)::text as key, v.version::text, (v.at < $3::timestamptz)::text as is_before
      from json_to_recordset($2) as r(key json)
      join skiff.row_version v on v.table_name = $1 and v.key = array(select json_array_elements_text(r.key))`,
    values: [table, keyRows(keys), begunAt],
  });
  return new Map(
    rows.map(({ key, version, is_before }) => [
      keyText(JSON.parse(key)),
      { version: version === null ? null : BigInt(version), isBefore: is_before === 'true' },
    ]),
  );
}

/** Remembers what is held now of each row that was read. */
export async function rememberVersions(
  db: pg.ClientBase,
  table: string,
  { upserts, deletes, outdated }: Verdict,
): Promise<void> {
  const held = [
    ...upserts.map(({ key, read }) => ({ key, version: String(read.version) })),
    ...outdated.map(({ key, version }) => ({ key, version: String(version) })),
    ...deletes.map((key) => ({ key, version: null })),
  ];
  if (held.length === 0) return;
  await db.query({
    name: 'remember_versions',
    text: /* sql */ `
      insert into skiff.row_version (table_name, key, version, at)
      select $1, array(select json_array_elements_text(r.key)), r.version, clock_timestamp()
      from json_to_recordset($2) as r(key json, version bigint)
      on conflict (table_name, key) do update set version = excluded.version, at = excluded.at`,
    values: [table, JSON.stringify(held)],
  });
}

/** For `json_to_recordset($n) as r(key json)`. */
export const keyRows = (keys: readonly RowKey[]): string => JSON.stringify(keys.map((key) => ({ key })));
