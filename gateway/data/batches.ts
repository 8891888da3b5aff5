/**
 * Rows as columns of values, some thousand at a time, for formats that are written column by column.
 *
 * PostgreSQL's own rows of texts are taken apart here: tabs between values, `\N` for null, a backslash before what
 * would be either.
 */
import { type ColumnValues, valuesFor } from './column-values.ts';
import type { EncodedColumn } from './encoder-messages.ts';

export interface Batch {
  readonly rows: number;
  /** In the columns' order. The next batch overwrites them. */
  readonly columns: readonly ColumnValues[];
}

/** Rows of the first batch: fewer than of others, so that they are there soon. */
const FIRST_ROWS = 512;

const TAB = 9;
const LINE_FEED = 10;
const BACKSLASH = 92;
const LETTER_N = 78;

/** What stands behind a backslash for a character that would end a value; any other stands for itself. */
const ESCAPED: ReadonlyMap<number, number> = new Map(
  [...'b\bf\fn\nr\rt\tv\v'].flatMap((letter, at, all): [number, number][] =>
    at % 2 === 0 ? [[letter.charCodeAt(0), all[at + 1]?.charCodeAt(0) ?? 0]] : [],
  ),
);

/** Of rows that are wide there are fewer in a batch. */
const MOST_BYTES = 4_194_304;

/**
 * @param blocks whole rows, a line feed behind each
 * @param most rows of a batch, all of which are held at once
 */
export async function* batches(
  blocks: AsyncIterable<Uint8Array>,
  columns: readonly EncodedColumn[],
  most: number,
): AsyncGenerator<Batch, void> {
  const values = columns.map((column) => valuesFor(column, most));
  let count = 0;
  let held = 0;
  let wanted = Math.min(FIRST_ROWS, most);
  const begin = (): void => {
    for (const one of values) one.clear();
    count = 0;
    held = 0;
    wanted = most;
  };
  for await (const bytes of blocks) {
    const block = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let [from, column, isEscaped] = [0, 0, false];
    for (let at = 0; at < block.length; at++) {
      const byte = block[at];
      if (byte === BACKSLASH) {
        isEscaped = true;
        at++;
      } else if (byte === TAB || byte === LINE_FEED) {
        if (isEscaped) addEscaped(values[column], block, from, at);
        else values[column]?.add(block, from, at);
        from = at + 1;
        isEscaped = false;
        column++;
        if (byte === LINE_FEED) {
          column = 0;
          count++;
          if (count === wanted) {
            yield { rows: count, columns: values };
            begin();
          }
        }
      }
    }
    held += block.length;
    if (held > MOST_BYTES && count > 0) {
      yield { rows: count, columns: values };
      begin();
    }
  }
  if (count > 0) yield { rows: count, columns: values };
}

function addEscaped(values: ColumnValues | undefined, block: Buffer, from: number, to: number): void {
  if (to - from === 2 && block[from + 1] === LETTER_N) {
    values?.addNull();
    return;
  }
  const plain = Buffer.allocUnsafe(to - from);
  let length = 0;
  for (let at = from; at < to; at++) {
    const byte = block[at] ?? 0;
    if (byte === BACKSLASH) {
      at++;
      const escaped = block[at] ?? 0;
      plain[length++] = ESCAPED.get(escaped) ?? escaped;
    } else plain[length++] = byte;
  }
  values?.add(plain, 0, length);
}
