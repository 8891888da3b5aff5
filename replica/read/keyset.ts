/**
 * The rows of one page by keyset: `n + 1` from a place on, never an offset.
 *
 * A nullable sort column makes two regions, its values and then its nulls, each read by one index
 * `(column, key…)` in either direction and joined by UNION ALL. The other known way, an index on
 * `(column is null, column, key…)`, needs one index per direction, and going down it has no row
 * comparison to enter the index by, so that a page costs more the further down it lies.
 */
import type { Filter } from './filter.ts';
import type { FlatTable, TableColumn } from './flat-table.ts';
import type { Order, Place } from './order.ts';
import type { StatementWriter } from './statement.ts';
import { plantByPlant, visible } from './visible.ts';

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
  /** As it was asked, and as conditions. */
  readonly filter: Filter;
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
  const { order, window, filter, select } = asked;
  const columns = order.by ? [order.by.column, ...table.key] : table.key;
  const descending = order.descending !== window.backward;
  const sorting = columns.map(({ sortable }) => ({ sql: sortable, descending }));
  const { place } = window;
  // The limit stands in the text: with a bound one PostgreSQL would plan for a tenth of the table.
  const closing = /* sql */ `order by ${sorted(sorting)} limit ${window.rows + 1}`;
  const where = [...visible(table, statement), ...asked.where];
  const plants = plantByPlant(table, filter, statement);
  const within = plants && table.plant && { column: table.plant, plants: statement.bind(plants) };

  /** Rows in order, as many as the page may need: of the whole table, or of each plant. */
  const rows = (what: string, ...its: string[]): string =>
    within
      ? /* sql */ `
        select t.* from unnest(${within.column.parameters(within.plants)}) as within(plant),
          lateral (select ${what} from ${table.from}${all([`${within.column.sortable} = within.plant`, ...where, ...its])} ${closing}) t`
      : /* sql */ `select ${what} from ${table.from}${all([...where, ...its])} ${closing}`;

  if (!order.by?.nullable) {
    const beyond = place ? [beyondPlace(columns, texts(order, place), descending, statement)] : [];
    if (!within) return rows(select(sorting), ...beyond);
    return /* sql */ `select ${select(sorting)} from (${rows('*', ...beyond)}) t ${closing}`;
  }

  const { name } = order.by.column;
  const values = (...its: string[]) => rows('*, 0 as region', `${name} is not null`, ...its);
  const nulls = (...its: string[]) => rows('*, 1 as region', `${name} is null`, ...its);
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
    select ${select(across)} from (${regions.map((region) => `(${region})`).join(' union all ')}) t
    order by ${sorted(across)} limit ${window.rows + 1}`;
}

/** What stands after ORDER BY. */
export const sorted = (sorting: readonly Sorting[]): string =>
  sorting.map(({ sql, descending }) => `${sql}${descending ? ' desc' : ''}`).join(', ');

const texts = (order: Order, place: Place): readonly (string | null)[] =>
  order.by ? [place.value, ...place.key] : place.key;

/** A row comparison enters the index at the place, whatever the number of columns. */
export function beyondPlace(
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
