/**
 * Several changes of one row become one.
 *
 * The last one wins, column by column: a change that leaves a large value alone does not carry it, and then
 * an earlier change of the same batch, or the mirror, has it. TRUNCATE ends a fold: what came before it is gone.
 */
import type { Change, RowText } from '../../erp/change.ts';

export type Key = readonly string[];
export const keyText = (key: Key): string => JSON.stringify(key);

export interface FoldedRow {
  readonly key: Key;
  /** Columns the changes carried; null when the row is deleted. */
  row: RowText | null;
  /** The mirror's row that has the columns the changes did not carry. */
  readonly rest: Key;
}

export interface Fold {
  /** Table truncated before the rows of this fold. */
  readonly truncate: string | null;
  /** Table → key → row. */
  readonly tables: ReadonlyMap<string, ReadonlyMap<string, FoldedRow>>;
}

export function fold(changes: readonly Change[], keyColumns: (table: string) => readonly string[]): Fold[] {
  const folds: Fold[] = [];
  let tables = new Map<string, Map<string, FoldedRow>>();
  let truncate: string | null = null;
  const close = () => {
    if (tables.size > 0 || truncate !== null) folds.push({ truncate, tables });
    tables = new Map();
  };
  for (const change of changes) {
    if (change.op === 'truncate') {
      close();
      truncate = change.table;
      continue;
    }
    const columns = keyColumns(change.table);
    const rows = tables.get(change.table) ?? new Map<string, FoldedRow>();
    tables.set(change.table, rows);
    if (change.op === 'delete') {
      const key = keyIn(change.key, columns, change.table);
      rows.set(keyText(key), { key, row: null, rest: key });
      continue;
    }
    const key = keyIn(change.row, columns, change.table);
    const oldKey = change.oldKey ? keyIn(change.oldKey, columns, change.table) : key;
    const earlier = rows.get(keyText(oldKey));
    if (keyText(oldKey) !== keyText(key)) rows.set(keyText(oldKey), { key: oldKey, row: null, rest: oldKey });
    rows.set(keyText(key), {
      key,
      row: { ...earlier?.row, ...change.row },
      rest: earlier?.rest ?? oldKey,
    });
  }
  close();
  return folds;
}

function keyIn(row: RowText, columns: readonly string[], table: string): Key {
  return columns.map((column) => {
    const value = row[column];
    if (value === null || value === undefined) throw new TypeError(`A change of ${table} lacks its key ${column}`);
    return value;
  });
}
