/** Statements on the outbox's connections: rows as JSON, and transactions whose statements leave in one packet. */
import type pg from 'pg';
import { inOnePacket } from '../../replica/pg-connection.ts';

export type { Pool } from 'pg';

/** What a statement about commands gives: each row one JSON text. */
export interface JsonRow {
  readonly row: string;
}

export const rowsOf = ({ rows }: { readonly rows: readonly JsonRow[] }): unknown[] =>
  rows.map(({ row }) => JSON.parse(row));

export async function query(db: pg.Pool, statement: pg.QueryConfig): Promise<unknown[]> {
  return rowsOf(await db.query<JsonRow>(statement));
}

/** All of them or none. None depends on what another one gives. */
export async function together(db: pg.Pool, statements: readonly pg.QueryConfig[]): Promise<unknown[][]> {
  const client = await db.connect();
  let fault: unknown;
  try {
    const [, ...results] = await inOnePacket(client, () =>
      Promise.all([
        client.query<JsonRow>('begin'),
        ...statements.map((statement) => client.query<JsonRow>(statement)),
        client.query<JsonRow>('commit'),
      ]),
    );
    return results.slice(0, -1).map(rowsOf);
  } catch (error) {
    fault = error;
    throw error;
  } finally {
    // What was queued behind a statement that failed is still being answered: nobody else may come in between.
    client.release(fault !== undefined);
  }
}

/** Commands of one key are queued one after the other, so that their numbers are in the order of their commits. */
export const lockOf = (businessKey: string): string =>
  `pg_advisory_xact_lock(hashtextextended('skiff.command:' || ${businessKey}, 0))`;

export const lockKey = (businessKey: string): pg.QueryConfig => ({
  name: 'lock_business_key',
  text: `select case when ${lockOf('$1')}::text = '' then 'null' end as row`,
  values: [businessKey],
});

export const NEXT_IN_QUEUE = `nextval('skiff.command_queue')`;
