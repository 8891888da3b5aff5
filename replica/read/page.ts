/**
 * One page of a list by keyset: `n + 1` rows from a place on, never an offset.
 *
 * A nullable sort column makes two regions, its values and then its nulls, each read by one index
 * `(column, key…)` in either direction and joined by UNION ALL. The other known way, an index on
 * `(column is null, column, key…)`, needs one index per direction, and going down it has no row
 * comparison to enter the index by, so that a page costs more the further down it lies.
 */

import { BadArgument } from './errors.ts';
import type { Filter } from './filter.ts';
import { conditions } from './filter.ts';
import type { FlatRow, FlatTable, TableColumn } from './flat-table.ts';
import { type Order, type OrderBy, orderOf, type Place, placeOf } from './order.ts';
import { type Reader, StatementWriter } from './statement.ts';

export interface PageArguments {
  readonly filter?: Filter | null | undefined;
  readonly orderBy?: OrderBy | null | undefined;
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

export interface Page {
  readonly rows: readonly FlatRow[];
  readonly order: Order;
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

const DEFAULT_ROWS = 50;
const MOST_ROWS = 500;

interface Window {
  readonly rows: number;
  readonly place: Place | null;
  /** From the end towards the beginning. */
  readonly backward: boolean;
}

export async function readPage(reader: Reader, table: FlatTable, args: PageArguments, today: string): Promise<Page> {
  const order = orderOf(table, args.orderBy);
  const window = windowOf(table, order, args, today);
  const found = await rowsOf(reader, table, args.filter ?? {}, order, window, today);
  const more = found.length > window.rows;
  const rows = more ? found.slice(0, window.rows) : found;
  return {
    rows: window.backward ? rows.reverse() : rows,
    order,
    hasNextPage: window.backward ? window.place !== null : more,
    hasPreviousPage: window.backward ? more : window.place !== null,
  };
}

function windowOf(table: FlatTable, order: Order, args: PageArguments, today: string): Window {
  const { first = null, after = null, last = null, before = null } = args;
  if (first !== null && last !== null) throw new BadArgument('Give first or last, not both.');
  if (last === null && before !== null) throw new BadArgument('before goes with last; with first it is after.');
  if (last !== null && after !== null) throw new BadArgument('after goes with first; with last it is before.');
  const backward = last !== null;
  const rows = (backward ? last : first) ?? DEFAULT_ROWS;
  const argument = backward ? 'last' : 'first';
  if (rows < 0) throw new BadArgument(`${argument}: may not be negative.`);
  if (rows > MOST_ROWS) throw new BadArgument(`${argument}: at most ${MOST_ROWS}.`);
  const cursor = backward ? before : after;
  const place = cursor === null ? null : placeOf(table, order, cursor, backward ? 'before' : 'after', today);
  return { rows, place, backward };
}

async function rowsOf(
  reader: Reader,
  table: FlatTable,
  filter: Filter,
  order: Order,
  window: Window,
  today: string,
): Promise<FlatRow[]> {
  const statement = new StatementWriter(today);
  const filtered = conditions(table, filter, statement);
  if (filtered === null) return [];
  const where = table.type.where === undefined ? [] : [`(${statement.declared(table.type.where)})`];
  const text = statementOf(table, order, window, [...where, ...filtered], statement);
  return (await reader.rows(table.type.model, text, statement)).map(table.row);
}

function statementOf(
  table: FlatTable,
  order: Order,
  window: Window,
  where: readonly string[],
  statement: StatementWriter,
): string {
  const columns = order.by ? [order.by.column, ...table.key] : table.key;
  const descending = order.descending !== window.backward;
  const sorting = columns.map(({ sortable }) => `${sortable}${descending ? ' desc' : ''}`).join(', ');
  const { place } = window;
  // The limit stands in the text: with a bound one PostgreSQL would plan for a tenth of the table.
  const limit = window.rows + 1;
  const select = statement.declared(table.select);

  if (!order.by?.nullable) {
    const beyond = place ? [beyondPlace(columns, texts(order, place), descending, statement)] : [];
    return /* sql */ `select ${select} from ${table.from}${all([...where, ...beyond])} order by ${sorting} limit ${limit}`;
  }

  const { name } = order.by.column;
  const region = (number: number, ...its: string[]) =>
    /* sql */ `(select *, ${number} as region from ${table.from}${all([...where, ...its])} order by ${sorting} limit ${limit})`;
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
  return /* sql */ `
    select ${select} from (${regions.join(' union all ')}) t
    order by region${window.backward ? ' desc' : ''}, ${sorting} limit ${limit}`;
}

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

const all = (where: readonly string[]): string => (where.length === 0 ? '' : ` where ${where.join(' and ')}`);

export async function countRows(reader: Reader, table: FlatTable, filter: Filter, today: string): Promise<number> {
  const statement = new StatementWriter(today);
  const filtered = conditions(table, filter, statement);
  if (filtered === null) return 0;
  const where = table.type.where === undefined ? [] : [`(${statement.declared(table.type.where)})`];
  const text = /* sql */ `select count(*)::text from ${table.from}${all([...where, ...filtered])}`;
  const [row] = await reader.rows(table.type.model, text, statement);
  return Number(row?.[0] ?? 0);
}
