/**
 * The rows of one page by keyset: `n + 1` from a place on, never an offset.
 *
 * A nullable sort column makes two regions, its values and then its nulls, each read by one index
 * `(column, key…)` in either direction and joined by UNION ALL. The other known way, an index on
 * `(column is null, column, key…)`, needs one index per direction, and going down it has no row
 * comparison to enter the index by, so that a page costs more the further down it lies.
 */
import type { FlatTable, TableColumn } from './flat-table.ts';
import type { Order, Place } from './order.ts';
import type { StatementWriter } from './statement.ts';

/** Which rows of an order a page holds. */
export interface Window {
  readonly rows: number;
  readonly place: Place | null;
  /** From the end towards the beginning. */
  readonly backward: boolean;
}

export interface Keyset {
  readonly order: Order;
  readonly window: Window;
  readonly where: readonly string[];
  /** What to select of a row, from what the rows are sorted by. */
  readonly select: (sorting: readonly Sorting[]) => string;
}

/** Something rows are sorted by, as SQL over the row. */
export interface Sorting {
  readonly sql: string;
  readonly descending: boolean;
}

export function keyset(table: FlatTable, asked: Keyset, statement: StatementWriter): string {
  const { order, window, where, select } = asked;
  const columns = order.by ? [order.by.column, ...table.key] : table.key;
  const descending = order.descending !== window.backward;
  const sorting = columns.map(({ sortable }) => ({ sql: sortable, descending }));
  const { place } = window;
  // The limit stands in the text: with a bound one PostgreSQL would plan for a tenth of the table.
  const limit = window.rows + 1;

  if (!order.by?.nullable) {
    const beyond = place ? [beyondPlace(columns, texts(order, place), descending, statement)] : [];
    return /* sql */ `select ${select(sorting)} from ${table.from}${all([...where, ...beyond])} order by ${sorted(sorting)} limit ${limit}`;
  }

  const { name } = order.by.column;
  const region = (number: number, ...its: string[]) =>
    /* sql */ `(select *, ${number} as region from ${table.from}${all([...where, ...its])} order by ${sorted(sorting)} limit ${limit})`;
  const values = (...its: string[]) => region(0, `${name} is not null`, ...its);
  const nulls = (...its: string[]) => region(1, `${name} is null`, ...its);
  const regions = !place
    ? [values(), nulls()]
    : place.value === null
      ? // Nulls come last: going forward they are all that is left, going backward the values follow.
        [...(window.backward ? [values()] : []), nulls(beyondPlace(table.key, place.key, descending, statement))]
      : [
          values(beyondPlace(columns, texts(order, place), descending, statement)),
          ...(window.backward ? [] : [nulls()]),
        ];
  const across = [{ sql: 't.region', descending: window.backward }, ...sorting];
  return /* sql */ `
    select ${select(across)} from (${regions.join(' union all ')}) t
    order by ${sorted(across)} limit ${limit}`;
}

/** What stands after ORDER BY. */
export const sorted = (sorting: readonly Sorting[]): string =>
  sorting.map(({ sql, descending }) => `${sql}${descending ? ' desc' : ''}`).join(', ');

const texts = (order: Order, place: Place): readonly (string | null)[] =>
  order.by ? [place.value, ...place.key] : place.key;

/** A row comparison enters the index at the place, whatever the number of columns. */
function beyondPlace(
  columns: readonly TableColumn[],
  place: readonly (string | null)[],
  descending: boolean,
  statement: StatementWriter,
): string {
  const left = columns.map(({ sortable }) => sortable).join(', ');
  const right = columns.map((column, at) => column.parameter(statement.bind(place[at]))).join(', ');
  return `(${left}) ${descending ? '<' : '>'} (${right})`;
}

/** A WHERE clause of conditions that must all hold. */
export const all = (where: readonly string[]): string => (where.length === 0 ? '' : ` where ${where.join(' and ')}`);
