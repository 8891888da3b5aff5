/** Names and texts as SQL. Values are bound wherever the protocol allows it. */

export const ident = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
