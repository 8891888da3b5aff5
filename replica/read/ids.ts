/**
 * Ids of the API, made of a read model's key columns.
 *
 * One column: its text is the id. Several: their texts joined by `:`, in the key's order, `\` and `:`
 * inside them escaped by `\`. Each row has exactly one id, so that ids compare as text. Read models
 * that point to such a row write the same in SQL.
 */

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
