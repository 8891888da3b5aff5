/** One page of a list: its arguments judged, its rows read, what lies around it said. */
import type { RestOn } from '../grounds.ts';
import { BadArgument } from './errors.ts';
import type { Filter } from './filter.ts';
import { conditions } from './filter.ts';
import type { FlatRow, FlatTable } from './flat-table.ts';
import { allColumns, countGround, listGround } from './grounds-of.ts';
import { all, keyset, type Window } from './keyset.ts';
import { type Order, type OrderBy, orderOf, placeIn, placeOf } from './order.ts';
import { type Reader, StatementWriter, type Viewpoint } from './statement.ts';
import { visible } from './visible.ts';

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

export async function readPage(
  reader: Reader,
  table: FlatTable,
  args: PageArguments,
  viewpoint: Viewpoint,
): Promise<Page> {
  const order = orderOf(table, args.orderBy);
  const window = windowOf(table, order, args, viewpoint.today);
  const found = await rowsOf(reader, table, args.filter ?? {}, order, window, viewpoint);
  return { ...pageOf(found, window), order };
}

export function windowOf(table: FlatTable, order: Order, args: PageArguments, today: string): Window {
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

/** Of the rows found, which are one more than the page holds if there are any beyond it. */
export function pageOf<Row>(
  found: Row[],
  window: Window,
): { rows: readonly Row[]; hasNextPage: boolean; hasPreviousPage: boolean } {
  const more = found.length > window.rows;
  const rows = more ? found.slice(0, window.rows) : found;
  return {
    rows: window.backward ? rows.reverse() : rows,
    hasNextPage: window.backward ? window.place !== null : more,
    hasPreviousPage: window.backward ? more : window.place !== null,
  };
}

async function rowsOf(
  reader: Reader,
  table: FlatTable,
  filter: Filter,
  order: Order,
  window: Window,
  viewpoint: Viewpoint,
): Promise<FlatRow[]> {
  const statement = new StatementWriter(viewpoint);
  const filtered = conditions(table, filter, statement);
  if (filtered === null) return [];
  const asked = { order, window, filter, where: filtered, select: () => statement.declared(table.select) };
  const text = keyset(table, asked, statement);
  const restOn: RestOn = (found, grounds) => {
    const beyond = found.length > window.rows ? found[window.rows] : undefined;
    const last = beyond ? placeIn(table, order, table.row(beyond)) : null;
    grounds.list(listGround(table, { filter, order, window, uses: allColumns }, last, viewpoint));
  };
  return (await reader.rows(table.type.model, text, statement, restOn)).map(table.row);
}

export async function countRows(
  reader: Reader,
  table: FlatTable,
  filter: Filter,
  viewpoint: Viewpoint,
): Promise<number> {
  const statement = new StatementWriter(viewpoint);
  const filtered = conditions(table, filter, statement);
  if (filtered === null) return 0;
  const text = /* sql */ `select count(*)::text from ${table.from}${all([...visible(table, statement), ...filtered])}`;
  const restOn: RestOn = (_rows, grounds) => grounds.list(countGround(table, filter, viewpoint));
  const [row] = await reader.rows(table.type.model, text, statement, restOn);
  return Number(row?.[0] ?? 0);
}
