/**
 * Reads the text format of COPY back into rows.
 */
import type { Readable } from 'node:stream';
import type { RowText } from '../../../erp/change.ts';

const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

export async function* parseCopyText(source: Readable, columns: readonly string[]): AsyncIterable<RowText> {
  for await (const line of linesOf(source)) {
    const values = line.split('\t');
    yield Object.fromEntries(columns.map((column, at) => [column, unescaped(values[at] ?? '')]));
  }
}

const unescaped = (text: string): string | null =>
  text === '\\N' ? null : text.replace(/\\(.)/gs, (_escape, char: string) => escapes[char] ?? char);

/** Lines end with a newline alone: `readline` would take other characters for one as well. */
async function* linesOf(source: Readable): AsyncIterable<string> {
  let rest = '';
  for await (const chunk of source.setEncoding('utf8')) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
