/**
 * Rows as columns of values, some thousand at a time, for formats that are written column by column.
 *
 * PostgreSQL's own rows of texts are taken apart here: tabs between values, `\N` for null, a backslash before what
 * would be either. A value that the format has no number for, because it is too long, ends the export: it is never
 * rounded.
 */
import type { Export } from '../../subgraphs/dataset.ts';
import type { Column } from './dataset.ts';

export type Value = string | number | bigint | boolean | null;

/** Rows of the first batch: fewer than of others, so that they are there soon. */
const FIRST_ROWS = 512;

/**
 * Values are texts, but for the types below; each in the columns' order.
 *
 * @param most rows of a batch, all of which are held at once
 */
export async function* batches(
  rows: Export['rows'],
  columns: readonly Column[],
  most: number,
): AsyncGenerator<readonly (readonly Value[])[], void> {
  const readers = columns.map(readerOf);
  let batch: Value[][] = columns.map(() => []);
  let wanted = Math.min(FIRST_ROWS, most);
  for await (const block of rows('text', { before: '', after: '\n' })) {
    const lines = block.toString('utf8').split('\n');
    lines.pop();
    for (const line of lines) {
      const texts = line.split('\t');
      for (const [at, read] of readers.entries()) batch[at]?.push(valueIn(texts[at] ?? NULL, read));
      if (batch[0]?.length === wanted) {
        yield batch;
        wanted = most;
        batch = columns.map(() => []);
      }
    }
  }
  if (batch[0]?.length) yield batch;
}

const NULL = String.raw`\N`;

function valueIn(text: string, read: (text: string) => Value): Value {
  if (text === NULL) return null;
  return read(text.includes('\\') ? text.replace(/\\(.)/g, (_, escaped: string) => ESCAPED[escaped] ?? escaped) : text);
}

const ESCAPED: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

function readerOf({ name, type, scale }: Column): (text: string) => Value {
  switch (type) {
    case 'Int':
    case 'Float':
      return Number;
    case 'Boolean':
      return (text) => text === 'true';
    case 'BigInt':
      return BigInt;
    case 'Date':
      return (text) => daysOf(text);
    case 'DateTime':
      return (text) => microsecondsOf(text);
    case 'Decimal':
      return scale === undefined ? (text) => text : (text) => unscaled(name, text, scale);
    default:
      return (text) => text;
  }
}

const DAY_MS = 86_400_000;

/** Since 1970. */
function daysOf(date: string): number {
  const days = Date.parse(`${date}T00:00:00Z`) / DAY_MS;
  if (!Number.isInteger(days)) throw new RangeError(`There is no number for the day ${date}`);
  return days;
}

/** Since 1970, of `2026-11-22T14:03:05.250000Z`. */
function microsecondsOf(time: string): bigint {
  return BigInt(Date.parse(`${time.slice(0, 19)}Z`)) * 1_000n + BigInt(time.slice(20, 26));
}

/** Digits of a decimal number that fit into 64 bits. */
export const DECIMAL_DIGITS = 18;

/** A decimal as the whole number of its smallest unit. */
function unscaled(name: string, text: string, scale: number): bigint {
  const [whole = '', fraction = ''] = text.split('.');
  const exact = fraction.replace(/0+$/, '');
  const digits = `${whole}${exact.padEnd(scale, '0')}`;
  if (exact.length > scale || digits.replace(/^-?0*/, '').length > DECIMAL_DIGITS) {
    throw new RangeError(
      `${name}: ${text} does not fit a number of ${DECIMAL_DIGITS} digits, ${scale} of them behind the point`,
    );
  }
  return BigInt(digits);
}
