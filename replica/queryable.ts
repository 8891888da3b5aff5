/**
 * What a read needs of a database connection: `pg.Pool` and `pg.Client` both are one.
 *
 * Every value comes as the text PostgreSQL prints (see `connect.ts`), so a row is a list of texts.
 */

export type TextRow = readonly (string | null)[];

export interface Statement {
  /** PostgreSQL prepares a named statement once per connection. Equal names must mean equal texts. */
  readonly name?: string;
  readonly text: string;
  readonly values: unknown[];
}

export interface Queryable {
  query(statement: Statement & { readonly rowMode: 'array' }): Promise<{ readonly rows: TextRow[] }>;
}
