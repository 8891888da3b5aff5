/** The tables that types are served from now; a table is made anew when its definition was replaced. */
import type { FlatSchema } from '../flat-type.ts';
import type { ServedModels } from '../served.ts';
import { type FlatTable, flatTable } from './flat-table.ts';

export type CurrentTable = (type: string) => FlatTable;

export function currentTables(schema: FlatSchema, served: ServedModels): CurrentTable {
  const types = new Map(schema.types.map((type) => [type.name, type]));
  const made = new Map<string, FlatTable>();
  return (name) => {
    const type = types.get(name);
    if (!type) throw new TypeError(`"${name}" is no flat type`);
    const model = served.get(name);
    const known = made.get(name);
    if (known?.hash === model.hash) return known;
    const table = flatTable(type, model);
    made.set(name, table);
    return table;
  };
}

/** The same tables from the beginning of a request to its end. */
export function tablesOfRequest(current: CurrentTable): CurrentTable {
  const tables = new Map<string, FlatTable>();
  return (type) => {
    const table = tables.get(type) ?? current(type);
    tables.set(type, table);
    return table;
  };
}
