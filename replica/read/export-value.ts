/** A value of an export in SQL: judged as GraphQL judges it, and in the form that it leaves in. */
import type { FlatField } from '../flat-type.ts';
import { literal } from '../sql.ts';

/** As CSV in which no text is a formula, as CSV as it is, as JSON objects, as PostgreSQL's own rows of texts. */
export type ExportForm = 'safe csv' | 'csv' | 'json' | 'text';

const NO_NUMBERS = ['NaN', 'Infinity', '-Infinity'];
const NO_TIMES = ['infinity', '-infinity'];

/** What PostgreSQL prints and the scalar cannot say. */
const UNSAID: Readonly<Record<string, readonly string[]>> = {
  Decimal: NO_NUMBERS,
  BigInt: NO_NUMBERS,
  Float: NO_NUMBERS,
  Date: NO_TIMES,
  DateTime: NO_TIMES,
};

/**
 * The value, or a cast that fails with the column's name where GraphQL would answer an error.
 *
 * @param sql the value as text
 * @param key of the row it is a value of, where that may be missing: then there is no value and no error
 */
export function said({ name, field }: { name: string; field: FlatField }, sql: string, key: string | null): string {
  const fault = (problem: string) => `(${literal(`${name}: ${problem} `)} || coalesce(${sql}, 'null'))::int4::text`;
  const cases: string[] = [];
  if (!field.nullable) {
    const isThere = key === null ? '' : ` and ${key} is not null`;
    cases.push(`when ${sql} is null${isThere} then ${fault('there must be a value, not')}`);
  }
  const unsaid = UNSAID[field.type];
  if (field.values)
    cases.push(`when ${sql} not in (${field.values.map(literal).join(', ')}) then ${fault('cannot be')}`);
  else if (unsaid) cases.push(`when ${sql} in (${unsaid.map(literal).join(', ')}) then ${fault('cannot be')}`);
  // The cast refuses what is no number of 32 bits.
  const text = field.type === 'Int' ? `${sql}::int4::text` : sql;
  return cases.length === 0 ? text : `case ${cases.join(' ')} else ${text} end`;
}

/** What JSON has a form of its own for. */
const TYPED: ReadonlyMap<string, string> = new Map([
  ['Int', 'int4'],
  ['Float', 'float8'],
  ['Boolean', 'boolean'],
]);

export function projected({ type, values }: FlatField, sql: string, form: ExportForm): string {
  const isFree = (type === 'String' || type === 'ID') && !values;
  const typed = TYPED.get(type);
  if (form === 'safe csv' && isFree) return neutral(sql);
  return form === 'json' && typed ? `${sql}::${typed}` : sql;
}

/** What spreadsheets take for the beginning of a formula: tab, line ends, `+ - = @`, and the wide forms of these. */
const FORMULA = [9, 10, 13, 43, 45, 61, 64, 0xff0b, 0xff0d, 0xff1d, 0xff20];

/** A plain number is no formula, whatever its sign. */
const neutral = (sql: string): string =>
  `case when ascii(${sql}) in (${FORMULA.join(', ')}) and ${sql} !~ '^[-+]?[0-9]+([.,][0-9]+)?$'` +
  ` then '''' || ${sql} else ${sql} end`;
