/** Rows by their ids: one statement however many are asked for. */
import type { FlatRow, FlatTable } from './flat-table.ts';
import { possibleKey } from './ids.ts';
import { type Reader, StatementWriter, type Viewpoint } from './statement.ts';
import { visible } from './visible.ts';

/** The rows found, by id. An id that is none of this type's is simply not found. */
export async function readByIds(
  reader: Reader,
  table: FlatTable,
  ids: readonly string[],
  viewpoint: Viewpoint,
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
  const rows = (await reader.rows(table.type.model, text, statement)).map(table.row);
  return new Map(rows.map((row) => [row.id, row]));
}
