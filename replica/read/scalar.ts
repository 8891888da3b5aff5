/**
 * One SQL expression and one form of input for each scalar of the API over each SQL type.
 *
 * Whoever prints a field's value, a loader or a compiled document, prints this expression, so that both
 * say the same. Decimals stay text all the way: a JavaScript number loses money.
 */
import type { FlatField } from '../flat-type.ts';
import { BadArgument } from './errors.ts';
import { isDate, isNumber, isPrinted, type SqlKind, utcTimestamp } from './sql-type.ts';

export type FieldValue = string | number | boolean | null;

/** The field's value as SQL text, of the expression `column`. */
export function printed(scalar: string, kind: SqlKind, column: string): string {
  if (scalar === 'DateTime') return printedTime(kind, column);
  // The shortest text that means this very float, written without an exponent.
  if (scalar === 'Decimal' && kind === 'float') return `${column}::text::numeric::text`;
  if (scalar === 'Float') return `${column}::float8::text`;
  return `${column}::text`;
}

/** `to_char` has no text for infinity, and null would hide the fault. */
function printedTime(kind: SqlKind, column: string): string {
  const utc = kind === 'timestamptz' ? `${column} at time zone 'UTC'` : column;
  return `case when isfinite(${column}) then to_char(${utc}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') else ${column}::text end`;
}

/** What GraphQL is handed for the text PostgreSQL printed. */
export function parserOf(scalar: string): (text: string) => FieldValue {
  switch (scalar) {
    case 'Int':
    case 'Float':
      return Number;
    case 'Boolean':
      return (text) => text === 'true';
    default:
      return (text) => text;
  }
}

/** A value that no row of this column can have, though it is well formed: an id of another shape. */
export const NO_ROW = Symbol('no row');

/** The text that is bound for a filter's value. Throws for a value that is none of its scalar. */
export function bindable(field: FlatField, kind: SqlKind, value: unknown, where: string): string | typeof NO_ROW {
  const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  if (typeof text !== 'string') throw new BadArgument(`${where}: not a ${field.type}.`);
  if (text.includes('\0')) throw new BadArgument(`${where}: text may not hold the character U+0000.`);
  switch (field.type) {
    case 'Int':
      return Number.isInteger(value) && isPrinted('int4', text) ? text : refuse(`${where}: not an Int.`);
    case 'BigInt':
      return exactNumber(value) && isPrinted('int8', text)
        ? text
        : refuse(`${where}: a BigInt is written as a string of digits, at most 19.`);
    case 'Decimal':
      return exactNumber(value) && isNumber(kind, text)
        ? text
        : refuse(`${where}: a Decimal is written as a string, like "1234.50".`);
    case 'Float':
      return typeof value === 'number' && Number.isFinite(value) ? text : refuse(`${where}: not a Float.`);
    case 'Boolean':
      return typeof value === 'boolean' ? text : refuse(`${where}: not a Boolean.`);
    case 'Date':
      return isDate(text) ? text : refuse(`${where}: a Date is written YYYY-MM-DD.`);
    case 'DateTime':
      return (
        utcTimestamp(text) ?? refuse(`${where}: a DateTime is written like 2026-03-31T08:00:00Z, with its offset.`)
      );
    default:
      if (field.values && !field.values.includes(text)) throw new BadArgument(`${where}: not one of its values.`);
      // An id or code over a number: "007" is no row's, and would be an error if it were bound.
      return isPrinted(kind, text) ? text : NO_ROW;
  }
}

/** A whole number below 2^53 loses nothing on its way through JSON; other numbers must be strings. */
const exactNumber = (value: unknown): boolean => typeof value === 'string' || Number.isSafeInteger(value);

function refuse(message: string): never {
  throw new BadArgument(message);
}
