/**
 * Runs statements under a caller's access scope, which the database holds as well (`protection.ts`).
 *
 * Both travel together, as one transaction (`scoped-unit.ts`), queued in one synchronous call on one connection. Awaited
 * one by one they would mix with those of others on the connection, and callers would get each other's rows.
 */
import pg from 'pg';
import type { AccessScope } from './access-scope.ts';
import { hasStatement, inOnePacket } from './pg-connection.ts';
import { makeRoomFor } from './prepared.ts';
import { READER, READER_OF_ALL } from './protection.ts';
import type { Queryable, Statement, TextRow } from './queryable.ts';
import { arrayText, ScopedUnit, SET_SCOPE } from './scoped-unit.ts';

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
  const settings = settingsOf(scope);
  const unit = new ScopedUnit(statement, settings);
  inOnePacket(client, () => {
    // Alone it is a transaction of its own, so what it sets holds for nothing. If it fails, so does the unit.
    if (!hasStatement(client, SET_SCOPE.name)) client.query({ ...SET_SCOPE, values: settings }).catch(() => undefined);
    client.query(unit);
    // Of a statement that never got as far as being prepared there is nothing to make room of.
    if (room) client.query(room).catch(() => undefined);
  });
  return { rows: await unit.answer };
}

/** The role, and the plants as an array that PostgreSQL reads. */
export const settingsOf = ({ plants }: AccessScope): [string, string] =>
  plants === '*' ? [READER_OF_ALL, '{}'] : [READER, arrayText(plants)];
