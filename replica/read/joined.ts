/**
 * How a row finds the rows it refers to: SQL conditions between columns that hold, or make up, an id.
 *
 * They say of every value what the reads by bound ids say. A text that could be no key of the other table is
 * no row's, so it becomes null here, before a cast could raise.
 */
import { CannotCompile } from '../errors.ts';
import { literal } from '../sql.ts';
import type { TableColumn } from './flat-table.ts';
import { isText, isWhole, type SqlKind } from './sql-type.ts';

/** A value in SQL, of another row. */
export interface OuterValue {
  readonly sql: string;
  readonly kind: SqlKind;
}

/** The conditions by which the column `by` of another row, an id of this table, names its row. */
export function keyedBy(key: readonly TableColumn[], by: OuterValue): string[] {
  const [only] = key;
  if (key.length === 1 && only) return [equals(only.name, only.kind, by)];
  return key.map(({ name, kind }, at) => equals(name, kind, { sql: partOf(by, at, key.length), kind: 'text' }));
}

/** The condition by which this column holds the id of another row. */
export const holds = (column: TableColumn, id: OuterValue): string => equals(column.sortable, column.kind, id);

/** A row's id as SQL: its key, or the text that several key columns make (see `ids.ts`). */
export function idOf(key: readonly TableColumn[]): OuterValue {
  const [only] = key;
  if (key.length === 1 && only) return { sql: only.name, kind: only.kind };
  const escaped = (sql: string) => `replace(replace(${sql}::text, '\\', '\\\\'), ':', '\\:')`;
  return { sql: key.map(({ name }) => escaped(name)).join(` || ':' || `), kind: 'text' };
}

const PART = String.raw`((?:[^\\:]|\\[\\:])*)`;

function partOf({ sql }: OuterValue, at: number, parts: number): string {
  const pattern = literal(`^${Array.from({ length: parts }, () => PART).join(':')}$`);
  const part = `(regexp_match(${sql}::text, ${pattern}))[${at + 1}]`;
  return String.raw`regexp_replace(${part}, '\\([\\:])', '\1', 'g')`;
}

function equals(column: string, kind: SqlKind, value: OuterValue): string {
  if (kind === value.kind || (isWhole(kind) && isWhole(value.kind))) return `${column} = ${value.sql}`;
  if (isText(kind)) return `${column} = ${value.sql}::text`;
  if (isWhole(kind)) return `${column} = ${wholeNumber(`${value.sql}::text`)}`;
  throw new CannotCompile(`a key of the SQL type ${kind} cannot be compared to one of ${value.kind}`);
}

/** The number that a text is, written as PostgreSQL writes it; else null. */
const wholeNumber = (text: string): string =>
  `case when ${text} ~ '^(0|-?[1-9][0-9]{0,17})$' then ${text}::int8` +
  ` when ${text} ~ '^-?[1-9][0-9]{18}$' and ${text}::numeric between -9223372036854775808 and 9223372036854775807` +
  ` then ${text}::int8 end`;
