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
import { rowPool } from './connect.ts';
import type { Queryable, Statement, TextRow } from './queryable.ts';

type RowStatement = Statement & { readonly rowMode: 'array' };

export interface ScopedRows extends Queryable {
  end(): Promise<void>;
}

/** Connections for reads of read models, and for nothing else. */
export function scopedRows(connectionString: string, max: number): ScopedRows {
  const pool = rowPool(connectionString, max);
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
  const [, , result] = await Promise.all([
    client.query('begin'),
    client.query({ name: 'access_scope', text: setScope, values: [plantsSetting(scope)] }),
    client.query<(string | null)[]>({ ...statement, values: [...statement.values] }),
    client.query('commit'),
  ]);
  return result;
}

const setScope = /* sql */ `select set_config('skiff.plants', $1, true)`;

/** The plants as an array that PostgreSQL reads, or `*`. */
const plantsSetting = ({ plants }: AccessScope): string =>
  plants === '*' ? '*' : `{${plants.map((plant) => `"${plant.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
