/**
 * Writes the COPY of an export: all rows of a list with what they refer to by one, a column for each value, in the
 * list's order.
 *
 *     copy (select c0 as "number", … from (
 *       select r0.c1 as c0, r1.c2 as c1 from (select t."id"::text as c0, … from read."…" t where … order by …) r0
 *       left join lateral (…) r1 on true order by r0.o0, …) x) to stdout
 *
 * Values are the texts that GraphQL's answers are made of. What is an error of its field there, for GraphQL cannot say
 * it (`export-value.ts`), is the end of the export.
 *
 * The limits limit nothing where no limit is asked. With one that it cannot know PostgreSQL plans for the first rows to
 * come soon: by the index that holds the order, rather than by sorting millions of rows first.
 */
import type { FlatField } from '../flat-type.ts';
import type { AskedRow, RowColumns } from './asked.ts';
import { type ExportForm, projected, said } from './export-value.ts';
import { conditions, type Filter } from './filter.ts';
import type { FlatTable } from './flat-table.ts';
import { idOf } from './joined.ts';
import { all, beyondPlace } from './keyset.ts';
import type { Order, Place } from './order.ts';
import { chosen, paged, type Refinement } from './refined.ts';
import type { StatementWriter } from './statement.ts';
import { TreeWriter, type WrittenRow } from './tree-sql.ts';
import { visible } from './visible.ts';

export interface ExportColumn {
  readonly name: string;
  /** Which references lead from the list's row to the value's, by their places in the `AskedRow`s. */
  readonly through: readonly number[];
  /** The field's place in its `AskedRow`; `id` for the row's id. */
  readonly at: number | 'id';
  readonly field: FlatField;
}

export interface ExportQuestion {
  readonly asked: AskedRow;
  readonly columns: readonly ExportColumn[];
  readonly filter: Filter;
  readonly order: Order;
  /** Only rows behind it. */
  readonly after: Place | null;
  /** At most so many rows; null for all. */
  readonly limit: number | null;
  /** What of them is asked for, where it is not all of them as they are. */
  readonly refined?: Refinement | undefined;
}

const NO_LIMIT = '(select null::int8)';

/** All rows, with the texts of all columns as `c0`, `c1` …; null when there can be no row. */
function wholeSql(
  tableOf: (type: string) => FlatTable,
  question: ExportQuestion,
  statement: StatementWriter,
): string | null {
  const { asked, columns, order, limit } = question;
  const table = tableOf(asked.type);
  const { alias, inner, joins, ...written } = new TreeWriter(tableOf, statement).write(asked);
  const rows = rowsSql(table, question, inner, statement);
  if (rows === null) return null;
  const values = columns.map((column, at) => {
    const { sql, key } = placeOf(tableOf, asked, written, column);
    return `${said(column, sql, key)} as c${at}`;
  });
  return /* sql */ `
    select ${values.join(', ')}
    from (${rows} order by ${sorting(table, order, (column) => column.sortable)} limit ${NO_LIMIT}) ${alias} ${joins.join(' ')}
    order by ${sorting(table, order, (_, at) => `${alias}.o${at}`)} limit ${limit ?? NO_LIMIT}`;
}

/** Null when there can be no row. */
export function exportSql(
  tableOf: (type: string) => FlatTable,
  question: ExportQuestion,
  form: ExportForm,
  statement: StatementWriter,
): string | null {
  const { columns, refined } = question;
  const whole = wholeSql(tableOf, question, statement);
  if (whole === null) return null;
  const rows = refined ? paged(chosen(whole, columns, refined, statement), columns, refined) : whole;
  const leaving = columns.flatMap(({ name, field }, at) =>
    !refined || refined.columns.includes(name) ? [`${projected(field, `c${at}`, form)} as "${name}"`] : [],
  );
  const select = /* sql */ `select ${leaving.join(', ')} from (${rows}) x`;
  switch (form) {
    case 'text':
      return `copy (${select}) to stdout`;
    case 'json':
      // Neither character is ever in JSON, so that nothing is quoted and each line is the object itself.
      return String.raw`copy (select row_to_json(r) from (${select}) r) to stdout (format csv, delimiter e'\x02', quote e'\x01')`;
    default:
      return `copy (${select}) to stdout (format csv)`;
  }
}

/** How many rows there are of those asked for, whatever page of them is. Null when there can be none. */
export function countSql(
  tableOf: (type: string) => FlatTable,
  question: ExportQuestion,
  refined: Refinement,
  statement: StatementWriter,
): string | null {
  const whole = wholeSql(tableOf, question, statement);
  return whole && /* sql */ `select count(*)::text from (${chosen(whole, question.columns, refined, statement)}) x`;
}

/**
 * SELECT of the sort value and the key of two rows: the last one within the limit, and, if there is one, the next. Null
 * when there can be no row.
 */
export function lastPlaceSql(
  table: FlatTable,
  question: ExportQuestion,
  limit: number,
  statement: StatementWriter,
): string | null {
  const { order } = question;
  const value = order.by ? (table.printed.get(order.by.field) ?? 'null') : 'null::text';
  const inner = [`${value} as v`, ...table.key.map(({ name }, at) => `${name}::text as c${at}`)].join(', ');
  const rows = rowsSql(table, question, inner, statement);
  if (rows === null) return null;
  return /* sql */ `
    select v, ${table.key.map((_, at) => `c${at}`).join(', ')} from (${rows}) x
    order by ${sorting(table, order, (_, at) => `o${at}`)} offset ${limit - 1} limit 2`;
}

/** The list's rows with what they are sorted by, in no order yet. */
function rowsSql(
  table: FlatTable,
  { order, after, filter }: ExportQuestion,
  inner: string,
  statement: StatementWriter,
): string | null {
  const filtered = conditions(table, filter, statement);
  if (filtered === null) return null;
  const sorted = sortColumns(table, order).map(({ sortable }, at) => `${sortable} as o${at}`);
  const behindPlace = after ? [behind(table, order, after, statement)] : [];
  const where = all([...visible(table, statement), ...filtered, ...behindPlace]);
  return /* sql */ `select ${[inner, ...sorted].join(', ')} from ${table.from}${where}`;
}

type SortColumn = FlatTable['key'][number];

const sortColumns = (table: FlatTable, { by }: Order): readonly SortColumn[] =>
  by ? [by.column, ...table.key] : table.key;

/** What stands after ORDER BY. Nulls sort last in both directions. */
const sorting = (table: FlatTable, order: Order, sql: (column: SortColumn, at: number) => string): string =>
  sortColumns(table, order)
    .map((column, at) => {
      if (!order.descending) return sql(column, at);
      return `${sql(column, at)} desc${order.by?.nullable && at === 0 ? ' nulls last' : ''}`;
    })
    .join(', ');

function behind(table: FlatTable, order: Order, { value, key }: Place, statement: StatementWriter): string {
  const keyBehind = () => beyondPlace(table.key, key, order.descending, statement);
  if (!order.by) return keyBehind();
  const { column, nullable } = order.by;
  if (value === null) return `${column.name} is null and ${keyBehind()}`;
  const rowBehind = beyondPlace(sortColumns(table, order), [value, ...key], order.descending, statement);
  return nullable ? `(${rowBehind} or ${column.name} is null)` : rowBehind;
}

interface ColumnPlace {
  readonly sql: string;
  /** Of the row it is a value of, which may be missing; null for the list's own rows. */
  readonly key: string | null;
}

function placeOf(
  tableOf: (type: string) => FlatTable,
  root: AskedRow,
  { outer, columns: rootColumns }: Pick<WrittenRow, 'outer' | 'columns'>,
  { name, through, at }: ExportColumn,
): ColumnPlace {
  let asked = root;
  let columns: RowColumns = rootColumns;
  for (const place of through) {
    const [reference, found] = [asked.references[place], columns.references[place]];
    if (!reference || found?.cardinality !== 'one') throw new TypeError(`"${name}" is not one value of a row`);
    asked = reference.row;
    columns = found.row;
  }
  const text = (position: number | undefined): string => {
    const sql = outer[position ?? outer.length];
    if (sql === undefined) throw new TypeError(`"${name}" was not asked for`);
    return sql;
  };
  const key = columns.key.map(text);
  const ofRow = through.length === 0 ? null : text(columns.key[0]);
  if (at !== 'id') return { sql: text(columns.fields[at]), key: ofRow };
  const parts = tableOf(asked.type).key.map((column, part) => ({ ...column, name: key[part] ?? '' }));
  return { sql: idOf(parts).sql, key: ofRow };
}
