/** Names and lists as SQL text. Values never pass here: they are bound. */

export const ident = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
export const mirrorTable = (name: string): string => `erp.${ident(name)}`;

/** `a, b` of the names, each through `form`. */
export const list = (names: readonly string[], form: (name: string, at: number) => string = ident): string =>
  names.map(form).join(', ');

/** `x.a = y.a and x.b = y.b` */
export const equal = (columns: readonly string[], left: string, right: string): string =>
  columns.map((column) => `${left}.${ident(column)} = ${right}.${ident(column)}`).join(' and ');

/** `unnest($1::int[], $2::text[]) as k(a, b)`: the rows of parallel arrays. */
export const unnested = (key: readonly { column: string; type: string }[], first = 1, alias = 'k'): string =>
  `unnest(${key.map(({ type }, at) => `$${first + at}::${type}[]`).join(', ')}) as ${alias}(${list(key.map(({ column }) => column))})`;
