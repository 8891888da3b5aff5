/**
 * A statement with the access scope it runs under, as one message train on the wire:
 *
 *     bind scope, execute │ (parse statement) bind, execute │ sync
 *
 * PostgreSQL runs what stands before a sync as one transaction, so the scope, set for the transaction, holds for the
 * statement behind it and for nothing after the sync. With `begin` and `commit` as statements of their own the same cost
 * three answers more for each read, and as much work here as the read itself.
 *
 * The columns are not asked for: rows are lists of texts, in the order in which the statement selects them.
 */
import pg from 'pg';
import { noteStatement } from './pg-connection.ts';
import type { Statement, TextRow } from './queryable.ts';

/** Prepared on each connection before the first unit: what it answers to is its name. */
export const SET_SCOPE = {
  name: 'access_scope',
  text: /* sql */ `select set_config('role', $1, true), set_config('skiff.plants', $2, true)`,
} as const;

/** pg calls its methods as the server's messages come; on a pipelined connection it takes only what is a `pg.Query`. */
export class ScopedUnit extends pg.Query {
  readonly answer: Promise<TextRow[]>;
  /** Where pg says how it ended. */
  readonly callback: (error: unknown) => void;
  readonly #found: TextRow[] = [];
  #isScopeSet = false;
  override readonly submit: (connection: pg.Connection) => void;

  constructor(statement: Statement, scope: readonly [string, string]) {
    super({ text: statement.text, ...(statement.name === undefined ? {} : { name: statement.name }) });
    // Worked out here: whatever is thrown between two messages would leave the train without its end.
    const values = statement.values.map(asText);
    const { promise, resolve, reject } = Promise.withResolvers<TextRow[]>();
    this.answer = promise;
    this.callback = (error) => {
      if (error) reject(error);
      else resolve(this.#found);
    };
    this.submit = (connection) => {
      const { name = '', text } = statement;
      connection.stream.cork();
      connection.bind({ statement: SET_SCOPE.name, values: [...scope] }, true);
      connection.execute({}, true);
      if (name === '' || noteStatement(connection, name, text)) connection.parse({ name, text, types: [] }, true);
      connection.bind({ statement: name, values }, true);
      connection.execute({}, true);
      connection.sync();
      connection.stream.uncork();
    };
  }

  handleDataRow({ fields }: { readonly fields: TextRow }): void {
    // The first row is the scope's own.
    if (this.#isScopeSet) this.#found.push(fields);
  }

  handleCommandComplete(): void {
    this.#isScopeSet = true;
  }
}

/** As PostgreSQL reads it. */
function asText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return arrayText(value);
  throw new TypeError('A value of a statement is a text or a list of texts');
}

export const arrayText = (items: readonly unknown[]): string =>
  `{${items.map((item) => (item === null || item === undefined ? 'null' : `"${String(item).replace(/["\\]/g, '\\$&')}"`)).join(',')}}`;
