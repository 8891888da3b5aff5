/**
 * The order of a list, and the cursors that hold a place in it.
 *
 * Every order is closed by the key columns in their SQL types, in the same direction, so that it is
 * total and one index serves both directions. Nulls sort last in both.
 *
 * A cursor is opaque to clients: type, order, day (where the list depends on it), the row's sort value
 * and id. It comes back from strangers, so each part is judged like any other argument.
 */
import { BadArgument, CursorExpired } from './errors.ts';
import type { FlatRow, FlatTable, TableColumn } from './flat-table.ts';
import { decodeId } from './ids.ts';
import type { FieldValue } from './scalar.ts';
import { isPrinted } from './sql-type.ts';

export interface OrderBy {
  /** The field's name as the enum has it: `PLANNED_DATE`. */
  readonly field: string;
  readonly direction: 'ASC' | 'DESC';
}

export interface Order {
  /** What is sorted by before the key; absent for the default order. */
  readonly by?: { readonly field: string; readonly column: TableColumn; readonly nullable: boolean };
  readonly descending: boolean;
  /** Names the order within its type. */
  readonly token: string;
}

/** A place in an order: after or before this row. */
export interface Place {
  readonly value: string | null;
  readonly key: readonly string[];
}

const MOST_CURSOR_CHARACTERS = 4_096;

export function orderOf(table: FlatTable, orderBy: OrderBy | null | undefined): Order {
  if (!orderBy) return { descending: false, token: '' };
  const field = table.type.fields.find(({ column, sort }) => sort && column.toUpperCase() === orderBy.field);
  const column = field && table.stored.get(field.name);
  if (!field || !column) throw new BadArgument(`orderBy.field: ${orderBy.field} cannot be sorted by.`);
  return {
    by: { field: field.name, column, nullable: field.nullable },
    descending: orderBy.direction === 'DESC',
    token: `${orderBy.field} ${orderBy.direction}`,
  };
}

export function cursorOf(table: FlatTable, order: Order, row: FlatRow, today: string): string {
  const value = order.by ? asText(row[order.by.field] ?? null) : null;
  return placeCursor(table, order, { value, id: row.id }, today);
}

/** The same of the sort value as text and the id. */
export function placeCursor(
  table: FlatTable,
  order: Order,
  { value, id }: { readonly value: string | null; readonly id: string },
  today: string,
): string {
  const day = table.dependsOnDay ? today : null;
  return Buffer.from(JSON.stringify([table.type.name, order.token, day, value, id])).toString('base64url');
}

/** Where a row stands: what it is sorted by, as texts. */
export function placeIn(table: FlatTable, order: Order, row: FlatRow): readonly (string | null)[] {
  const key = decodeId(row.id, table.key.length) ?? [];
  return order.by ? [asText(row[order.by.field] ?? null), ...key] : key;
}

export function placeOf(table: FlatTable, order: Order, cursor: string, argument: string, today: string): Place {
  const [type, token, day, value, id] = partsOf(cursor) ?? [];
  const refuse = () => new BadArgument(`${argument}: not a cursor of this list and order.`);
  if (type !== table.type.name || token !== order.token || typeof id !== 'string') throw refuse();
  if (day !== (table.dependsOnDay ? today : null)) throw new CursorExpired();

  const key = decodeId(id, table.key.length);
  if (!key?.every((part, at) => isPrinted(table.key[at]?.kind ?? 'text', part))) throw refuse();
  if (value === null) {
    if (order.by && !order.by.nullable) throw refuse();
    return { value, key };
  }
  if (!order.by || typeof value !== 'string' || !isPrinted(order.by.column.kind, value)) throw refuse();
  return { value, key };
}

function partsOf(cursor: string): readonly unknown[] | null {
  if (cursor.length > MOST_CURSOR_CHARACTERS) return null;
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(parts) && parts.length === 5 ? parts : null;
  } catch {
    return null;
  }
}

const asText = (value: FieldValue): string | null => (value === null ? null : String(value));
