/**
 * Runs statements under a caller's access scope, which the database holds as well (`protection.ts`).
 *
 *     begin; set_config; statement; commit
 *
 * The four are queued in one synchronous call on one connection and travel together. Awaited one by one they would
 * mix with those of others on the connection, and callers would get each other's rows.
 */
import pg from 'pg';
import type { AccessScope } from './access-scope.ts';
import { inOnePacket } from './pg-connection.ts';
import { makeRoomFor } from './prepared.ts';
import { READER, READER_OF_ALL } from './protection.ts';
import type { Queryable, Statement, TextRow } from './queryable.ts';

type RowStatement = Statement & { readonly rowMode: 'array' };

export interface ScopedRows extends Queryable {
  end(): Promise<void>;
}

/** On connections for reads of read models, and for nothing else: those of `rowPool`. */
export function scopedRows(pool: pg.Pool): ScopedRows {
  return {
    async query(statement, scope) {
      const client = await pool.connect();
      let isLost = true;
      try {
        const result = await scoped(client, statement, scope);
        isLost = false;
        return result;
      } catch (error) {
        // What the server refused leaves the connection as it was.
        isLost = !(error instanceof pg.DatabaseError);
        throw error;
      } finally {
        client.release(isLost);
      }
    },
    end: () => pool.end(),
  };
}

/** The unit, on a connection that may be shared with others. */
export async function scoped(
  client: pg.ClientBase,
  statement: RowStatement,
  scope: AccessScope,
): Promise<{ readonly rows: TextRow[] }> {
  const room = statement.name === undefined ? null : makeRoomFor(client, statement.name);
  const [, , result] = await inOnePacket(client, () =>
    Promise.all([
      client.query('begin'),
      client.query({ name: 'access_scope', text: setScope, values: settingsOf(scope) }),
      client.query<(string | null)[]>({ ...statement, values: [...statement.values] }),
      client.query('commit'),
      // Of a statement that never got as far as being prepared there is nothing to make room of.
      room && client.query(room).catch(() => undefined),
    ]),
  );
  return result;
}

const setScope = /* sql */ `select set_config('role', $1, true), set_config('skiff.plants', $2, true)`;

/** The role, and the plants as an array that PostgreSQL reads. */
export const settingsOf = ({ plants }: AccessScope): [string, string] =>
  plants === '*'
    ? [READER_OF_ALL, '{}']
    : [READER, `{${plants.map((plant) => `"${plant.replace(/["\\]/g, '\\$&')}"`).join(',')}}`];
