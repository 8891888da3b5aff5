/**
 * What the replication slot holds back in the ERP, and on whose account.
 *
 * A slot keeps WAL from the oldest transaction that was open at what we have acknowledged. So it can be held back
 * though we have read everything: by a transaction that the ERP itself leaves open.
 */
import type pg from 'pg';

/** Positions in the ERP's WAL, in bytes from its beginning. */
export interface SlotSight {
  /** What the ERP has written. */
  readonly written: number;
  /** From here on the server keeps WAL for the slot. */
  readonly keptFrom: number;
  /** What we have acknowledged. Null while the slot is being created, when there is nothing to read. */
  readonly read: number | null;
}

export const retainedBytes = ({ written, keptFrom }: SlotSight): number => written - keptFrom;

/** A transaction of the ERP, in words for its administrator. */
export interface OpenTransaction {
  /** Null of a prepared one, which no process holds. */
  readonly pid: number | null;
  readonly role: string | null;
  readonly application: string | null;
  readonly ageSeconds: number;
}

/** Null if there is no slot, or the server keeps nothing for it any more. */
export async function seeSlot(control: pg.Client, slot: string): Promise<SlotSight | null> {
  const { rows } = await control.query<{ written: string; kept_from: string; read: string | null }>({
    name: 'erp_slot_sight',
    text: /* sql */ `
      select pg_catalog.pg_current_wal_lsn() - '0/0'::pg_lsn as written,
        restart_lsn - '0/0'::pg_lsn as kept_from, confirmed_flush_lsn - '0/0'::pg_lsn as read
      from pg_catalog.pg_replication_slots where slot_name = $1 and restart_lsn is not null`,
    values: [slot],
  });
  const [row] = rows;
  if (!row) return null;
  const { written, kept_from: keptFrom, read } = row;
  return { written: Number(written), keptFrom: Number(keptFrom), read: read === null ? null : Number(read) };
}

/** The one that was begun first: until it ends, the slot keeps what was written since. Null if there is none. */
export async function oldestTransaction(control: pg.Client): Promise<OpenTransaction | null> {
  const { rows } = await control.query<Record<'pid' | 'role' | 'application' | 'age', string | null>>({
    name: 'erp_oldest_transaction',
    text: /* sql */ `
      select pid, role, application, extract(epoch from clock_timestamp() - since) as age
      from (
        select pid, usename as role, application_name as application, xact_start as since, backend_xid as xid
        from pg_catalog.pg_stat_activity where backend_xid is not null
        union all
        select null, owner, 'prepared transaction ' || gid, prepared, transaction
        from pg_catalog.pg_prepared_xacts
      ) open
      order by pg_catalog.age(xid) desc
      limit 1`,
  });
  const [row] = rows;
  if (!row) return null;
  const { pid, role, application, age } = row;
  return { pid: pid === null ? null : Number(pid), role, application, ageSeconds: Math.round(Number(age)) };
}

const IN_USE = '55006';
const UNDEFINED_OBJECT = '42704';

/** Ends the server process that reads from the slot, and drops it: nobody can take it up in between for long. */
export async function forceDropSlot(control: pg.Client, slot: string): Promise<void> {
  for (;;) {
    await control.query({
      name: 'erp_end_walsender',
      text: /* sql */ `
        select pg_catalog.pg_terminate_backend(active_pid)
        from pg_catalog.pg_replication_slots where slot_name = $1 and active_pid is not null`,
      values: [slot],
    });
    try {
      await control.query('select pg_catalog.pg_drop_replication_slot($1)', [slot]);
      return;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : null;
      if (code === UNDEFINED_OBJECT) return;
      if (code !== IN_USE) throw error;
    }
  }
}
