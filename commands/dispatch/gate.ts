/**
 * The gate before dispatch: closed when the outbox is not the database that was dispatched from, but one restored from a
 * backup, or a standby that took over. What was sent since the backup is not in it, and would be sent again.
 *
 * ```
 * same database ──► open
 * another one, or the ERP has what was never sent from here
 *               ──► closed ─► an operator: `npm start -- commands confirm-restore` ─► open
 *                                   └─ what was proposed before then is looked up in the ERP before it is sent
 * ```
 *
 * Every claim judges by itself, in its own statement: there is no moment between a restore and its discovery. A copy of the
 * server's files is the same database, though; so who begins to dispatch, or has lost its connection, first compares the
 * newest of the ERP's documents with the outbox (`strays`).
 */
import type pg from 'pg';
import { z } from 'zod';
import type { Referenced } from '../../erp/command.ts';
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
const REASON = 'The outbox was restored from a backup, or another server took over: the ERP may know more than it.';

/** Takes note of the database it is, the first time. Resolves with why nothing is sent, when that has just turned out. */
export async function watchGate(db: pg.Pool): Promise<string | null> {
  await db.query({
    name: 'know_database',
    text: `update skiff.command_gate set database = ${IDENTITY} where database is null`,
  });
  const rows = await query(db, {
    name: 'close_gate',
    text: /* sql */ `
      update skiff.command_gate set closed_because = $1, changed_at = clock_timestamp()
      where closed_because is null and database <> ${IDENTITY} returning to_json(closed_because)::text as row`,
    values: [REASON],
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

/** References that the ERP has, of commands that are not here, or were never sent from here. */
export async function strays(db: pg.Pool | pg.Client, referenced: readonly Referenced[]): Promise<Referenced[]> {
  if (referenced.length === 0) return [];
  const { rows } = await db.query<{ reference: string }>({
    name: 'strays',
    text: /* sql */ `
      select reference from unnest($1::text[]) reference
      left join skiff.command c on c.id::text = substr(reference, length('skiff:') + 1)
      where c.id is null or c.attempts = 0`,
    values: [referenced.map(({ reference }) => reference)],
  });
  const found = new Set(rows.map(({ reference }) => reference));
  return referenced.filter(({ reference }) => found.has(reference));
}

/** Closes the gate where the ERP has newer strays than what an operator has confirmed. Resolves with whether it did. */
export async function closeForStrays(db: pg.Pool, referenced: readonly Referenced[]): Promise<boolean> {
  const newest = (await strays(db, referenced)).map(({ at }) => at.getTime());
  if (newest.length === 0) return false;
  const { rowCount } = await db.query({
    name: 'close_for_strays',
    text: /* sql */ `
      update skiff.command_gate set closed_because = $1, changed_at = clock_timestamp()
      where closed_because is null and changed_at < $2`,
    values: [REASON, new Date(Math.max(...newest))],
  });
  return rowCount === 1;
}
