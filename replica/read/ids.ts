/**
 * Ids of the API, made of a read model's key columns.
 *
 * One column: its text is the id. Several: their texts joined by `:`, in the key's order, `\` and `:`
 * inside them escaped by `\`. Each row has exactly one id, so that ids compare as text. Read models
 * that point to such a row write the same in SQL.
 */

import { isPrinted, type SqlKind } from './sql-type.ts';

export const encodeId = (key: readonly string[]): string =>
  key.length === 1 ? (key[0] ?? '') : key.map((part) => part.replace(/[\\:]/g, '\\$&')).join(':');

/** The key's texts, or null: then it is no row's id. */
export function decodeId(id: string, columns: number): string[] | null {
  if (columns === 1) return [id];
  if (!/^(?:[^\\:]|\\[\\:]|:)*$/.test(id)) return null;
  const parts = [''];
  for (const [, separator, escaped, plain = escaped] of id.matchAll(/(:)|\\(.)|([^\\:]+)/g)) {
    if (separator) parts.push('');
    else parts.push((parts.pop() ?? '') + plain);
  }
  return parts.length === columns ? parts : null;
}

/** The same, or null where no row can have this key: a column of its type never prints such a text. */
export function possibleKey(id: string, kinds: readonly SqlKind[]): string[] | null {
  const key = decodeId(id, kinds.length);
  return key?.every((part, at) => isPrinted(kinds[at] ?? 'text', part)) ? key : null;
}
