/**
 * What reads of rows need of a database: somebody who runs a statement under a caller's access scope.
 *
 * The scope stands in the statement's own conditions already; it is handed over a second time for the barrier
 * that the database holds itself (`scoped-rows.ts`). Every value comes as the text PostgreSQL prints (see
 * `connect.ts`), so a row is a list of texts.
 */
import type pg from 'pg';
import type { AccessScope } from './access-scope.ts';

export type TextRow = readonly (string | null)[];

export interface Statement {
  /** PostgreSQL prepares a named statement once per connection. Equal names must mean equal texts. */
  readonly name?: string;
  readonly text: string;
  readonly values: unknown[];
}

export interface Queryable {
  query(
    statement: Statement & { readonly rowMode: 'array' },
    scope: AccessScope,
  ): Promise<{ readonly rows: TextRow[] }>;
}

/** The same of any connection, for statements that are not reads of clients: a pool, a client, or a listener's. */
export type Query = <Row extends pg.QueryResultRow>(statement: pg.QueryConfig) => Promise<pg.QueryResult<Row>>;
