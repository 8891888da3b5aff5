/**
 * The gate before dispatch: closed when the outbox is not the database that was dispatched from, but one restored from a
 * backup, or a standby that took over. What was sent since the backup is not in it, and would be sent again.
 *
 * ```
 * same database ──► open
 * another one ────► closed ─► an operator: `npm start -- commands confirm-restore` ─► open
 *                                   └─ what was proposed before then is looked up in the ERP before it is sent
 * ```
 *
 * Every claim judges by itself, in its own statement: there is no moment between a restore and its discovery.
 */
import type pg from 'pg';
import { z } from 'zod';
import { query } from '../outbox/database.ts';

/** Cluster, history and database: a dump that is read in, and a point in time that is gone back to, change one of them. */
const IDENTITY = /* sql */ `(
  select concat_ws('/', s.system_identifier, c.timeline_id, d.oid)
  from pg_control_system() s, pg_control_checkpoint() c, pg_database d where d.datname = current_database())`;

/** A row of `gate` where dispatch may go on. */
export const OPEN_GATE = `skiff.command_gate gate where gate.closed_because is null and gate.database = ${IDENTITY}`;

/** The ERP may know more of it than the outbox: it was proposed before a restore, and not asked for since. */
export const IS_DOUBTFUL =
  'claimed.proposed_at < gate.changed_at and (claimed.sent_at is null or claimed.sent_at < gate.changed_at)';

const Closed = z.array(z.string());

/** Takes note of the database it is, the first time. Resolves with why nothing is sent, when that has just turned out. */
export async function watchGate(db: pg.Pool): Promise<string | null> {
  await db.query({
    name: 'know_database',
    text: `update skiff.command_gate set database = ${IDENTITY} where database is null`,
  });
  const reason = 'The outbox was restored from a backup, or another server took over: the ERP may know more than it.';
  const rows = await query(db, {
    name: 'close_gate',
    text: /* sql */ `
      update skiff.command_gate set closed_because = $1, changed_at = clock_timestamp()
      where closed_because is null and database <> ${IDENTITY} returning to_json(closed_because)::text as row`,
    values: [reason],
  });
  return Closed.parse(rows)[0] ?? null;
}

/** An operator has seen to it: dispatch goes on, and looks before it sends. Resolves with whether the gate was closed. */
export async function confirmRestore(db: pg.Pool | pg.Client): Promise<boolean> {
  const { rowCount } = await db.query(/* sql */ `
    update skiff.command_gate set closed_because = null, database = ${IDENTITY}, changed_at = clock_timestamp()
    where closed_because is not null or database <> ${IDENTITY}`);
  return rowCount === 1;
}
