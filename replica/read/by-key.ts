/** Rows by their ids: one statement however many are asked for. */
import { scopeKey } from '../access-scope.ts';
import type { TextRow } from '../queryable.ts';
import type { FlatRow, FlatTable } from './flat-table.ts';
import { allColumns, keyTag } from './grounds-of.ts';
import { encodeId, possibleKey } from './ids.ts';
import { type Reader, StatementWriter, type Viewpoint } from './statement.ts';
import { visible } from './visible.ts';

/** The rows found, by id. An id that is none of this type's is simply not found. */
export async function readByIds(
  reader: Reader,
  table: FlatTable,
  ids: readonly string[],
  viewpoint: Viewpoint,
): Promise<ReadonlyMap<string, FlatRow>> {
  const { cache } = reader;
  if (!cache) return readRows(reader, table, ids, viewpoint, (_id, _row) => {});
  const about = `${table.from}\n${scopeKey(viewpoint.scope)}\n${table.dependsOnDay ? viewpoint.today : ''}\n`;
  const found = new Map<string, FlatRow>();
  const missing = ids.filter((id) => {
    const kept = cache.row(about + id);
    if (kept?.texts) found.set(id, table.row(kept.texts));
    if (kept) viewpoint.grounds?.add(kept.grounds);
    return !kept;
  });
  if (missing.length === 0) return found;
  const since = cache.begin();
  const read = await readRows(reader, table, missing, viewpoint, (id, texts) => {
    const rest = { tags: [[keyTag(table, id), allColumns] as const], lists: [] };
    if (since) cache.keep(about + id, texts ? [texts] : [], rest, since);
  });
  return new Map([...found, ...read]);
}

async function readRows(
  reader: Reader,
  table: FlatTable,
  ids: readonly string[],
  viewpoint: Viewpoint,
  onRead: (id: string, texts: TextRow | null) => void,
): Promise<ReadonlyMap<string, FlatRow>> {
  const kinds = table.key.map(({ kind }) => kind);
  const possible = ids.map((id) => possibleKey(id, kinds)).filter((key) => key !== null);
  if (possible.length === 0) return new Map();

  const statement = new StatementWriter(viewpoint);
  const arrays = table.key.map((column, at) => column.parameters(statement.bind(possible.map((key) => key[at]))));
  const where = visible(table, statement)
    .map((condition) => ` and ${condition}`)
    .join('');
  const select = statement.declared(table.select);
  const text =
    table.key.length === 1
      ? /* sql */ `select ${select} from ${table.from} where ${table.key[0]?.name} = any(${arrays[0]})${where}`
      : // One index descent per key, whatever the planner thinks of the arrays.
        /* sql */ `
        select found.* from unnest(${arrays.join(', ')}) as asked(${table.key.map((_, at) => `key_${at}`).join(', ')}),
          lateral (
            select ${select} from ${table.from}
            where ${table.key.map(({ name }, at) => `${name} = asked.key_${at}`).join(' and ')}${where}
            offset 0
          ) as found`;
  const texts = await reader.read(table.type.model, text, statement);
  const rows = new Map(texts.map((row) => [table.row(row).id, row]));
  for (const key of possible) {
    const id = encodeId(key);
    viewpoint.grounds?.tag(keyTag(table, id), allColumns);
    onRead(id, rows.get(id) ?? null);
  }
  return new Map([...rows].map(([id, row]) => [id, table.row(row)]));
}
