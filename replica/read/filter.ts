/**
 * Turns a `filter` argument into SQL conditions; every value is bound.
 *
 * An operator that is absent is no condition, one that is null is an error, `in: []` is no row.
 * Everything is judged before any statement runs.
 */
import type { FlatField } from '../flat-type.ts';
import { BadArgument } from './errors.ts';
import type { FlatTable, TableColumn } from './flat-table.ts';
import { bindable, NO_ROW } from './scalar.ts';
import { isPrinted, isText, isWhole } from './sql-type.ts';
import type { StatementWriter } from './statement.ts';

export type Filter = Readonly<Record<string, Readonly<Record<string, unknown>> | null | undefined>>;

const COMPARISONS: Readonly<Record<string, string>> = { lt: '<', lte: '<=', gt: '>', gte: '>=' };
const MOST_VALUES = 500;
const FEWEST_SEARCHED = 3;

/** Conditions to be joined by `and`; null when no row can meet them. */
export function conditions(table: FlatTable, filter: Filter, statement: StatementWriter): string[] | null {
  const found: string[] = [];
  let possible = true;
  for (const [name, operators] of Object.entries(filter)) {
    if (operators === undefined) continue;
    const { field, column } = filterable(table, name);
    if (operators === null)
      throw new BadArgument(`filter.${name}: may not be null. Leave it out, or say isNull: true.`);
    for (const [operator, value] of Object.entries(operators)) {
      if (value === undefined) continue;
      const sql = condition(field, column, operator, value, statement);
      if (sql === NO_ROW) possible = false;
      else found.push(sql);
    }
  }
  return possible ? found : null;
}

function filterable(table: FlatTable, name: string): { field: FlatField; column: TableColumn } {
  const field = table.type.fields.find((candidate) => candidate.name === name);
  const column = table.stored.get(name);
  if (!field || !column || !(field.filter || field.search))
    throw new BadArgument(`filter.${name}: cannot be filtered by.`);
  return { field, column };
}

function condition(
  field: FlatField,
  column: TableColumn,
  operator: string,
  value: unknown,
  statement: StatementWriter,
): string | typeof NO_ROW {
  const where = `filter.${field.name}.${operator}`;
  if (value === null) throw new BadArgument(`${where}: may not be null. Leave it out, or say isNull: true.`);
  const comparison = COMPARISONS[operator];
  if (comparison) {
    statement.planEachTime();
    return compared(field, column, comparison, value, where, statement);
  }
  switch (operator) {
    case 'eq':
      return compared(field, column, '=', value, where, statement);
    case 'in':
      return among(field, column, value, where, statement);
    case 'isNull':
      return `${column.name} is ${value === true ? '' : 'not '}null`;
    case 'startsWith':
      return startsWith(column, textOf(value, where), statement);
    case 'contains':
      return contains(column, textOf(value, where), where, statement);
    default:
      throw new BadArgument(`${where}: no such operator.`);
  }
}

function compared(
  field: FlatField,
  column: TableColumn,
  comparison: string,
  value: unknown,
  where: string,
  statement: StatementWriter,
): string | typeof NO_ROW {
  const text = bindable(field, column.kind, value, where);
  if (text === NO_ROW) return NO_ROW;
  const bound = statement.bind(text);
  return `${column.sortable} ${comparison} ${isFraction(field, column, text) ? `${bound}::numeric` : column.parameter(bound)}`;
}

/** A Decimal may stand over whole numbers, and be compared to 1.5 all the same. */
const isFraction = (field: FlatField, column: TableColumn, text: string): boolean =>
  field.type === 'Decimal' && isWhole(column.kind) && !isPrinted(column.kind, text);

function among(
  field: FlatField,
  column: TableColumn,
  value: unknown,
  where: string,
  statement: StatementWriter,
): string | typeof NO_ROW {
  // A single value stands for a list of one, as GraphQL has it.
  const asked: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (asked.length > MOST_VALUES) throw new BadArgument(`${where}: at most ${MOST_VALUES} values.`);
  const texts = asked.map((each) => bindable(field, column.kind, each, where)).filter((text) => text !== NO_ROW);
  if (texts.length === 0) return NO_ROW;
  const bound = statement.bind(texts);
  const numeric = texts.some((text) => isFraction(field, column, text));
  return `${column.sortable} = any(${numeric ? `${bound}::numeric[]` : column.parameters(bound)})`;
}

/** A range in byte order is what the index holds; LIKE would have to be turned into one. */
function startsWith(column: TableColumn, prefix: string, statement: StatementWriter): string {
  statement.planEachTime();
  const text = isText(column.kind) ? column.sortable : `${column.name}::text collate "C"`;
  const from = `${text} >= ${statement.bind(prefix)}::text`;
  const end = endOfPrefix(prefix);
  return end === null ? from : `${from} and ${text} < ${statement.bind(end)}::text`;
}

/** The least text after all that begin with the prefix; null if there is none. */
function endOfPrefix(prefix: string): string | null {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    // Surrogates are no characters of their own: the one after U+D7FF is U+E000.
    const next = last === 0xd7ff ? 0xe000 : last + 1;
    if (next <= 0x10ffff) return String.fromCodePoint(...points, next);
  }
  return null;
}

function contains(column: TableColumn, searched: string, where: string, statement: StatementWriter): string {
  if (Array.from(searched).length < FEWEST_SEARCHED) {
    throw new BadArgument(`${where}: needs at least ${FEWEST_SEARCHED} characters.`);
  }
  statement.planEachTime();
  return `${column.name} ilike ${statement.bind(`%${searched.replace(/[\\%_]/g, '\\$&')}%`)}::text`;
}

function textOf(value: unknown, where: string): string {
  if (typeof value !== 'string') throw new BadArgument(`${where}: not a String.`);
  if (value.includes('\0')) throw new BadArgument(`${where}: text may not hold the character U+0000.`);
  return value;
}
