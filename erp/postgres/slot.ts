/**
 * Replication slots: where the ERP keeps for us what we have not acknowledged.
 *
 * A slot holds WAL back for as long as it exists, so none is left behind that is not needed. Its creation
 * waits until every transaction then open in the ERP has ended: whose they are is said in the log.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { z } from 'zod';
import { FaultCode, OperatorFault } from '../../runtime/errors.ts';
import type { Log } from '../../runtime/log.ts';
import type { Watermark } from '../watermark.ts';
import { cut } from './connect.ts';
import { watermarkOf } from './lsn.ts';
import { ident } from './sql.ts';

/** A row of pg_replication_slots, of any server version. */
const SlotRow = z.object({
  plugin: z.string().nullable(),
  database: z.string().nullable(),
  active: z.boolean(),
  active_pid: z.number().nullable(),
  restart_lsn: z.string().nullable(),
  confirmed_flush_lsn: z.string().nullable(),
  wal_status: z.string().nullish(), // from 13
  invalidation_reason: z.string().nullish(), // from 17
});

export interface Slot {
  readonly plugin: string | null;
  readonly database: string | null;
  /** The server process that uses it now. */
  readonly activePid: number | null;
  /** Up to where we have acknowledged. Null while the slot is being created. */
  readonly confirmed: Watermark | null;
  /** The server has removed WAL that it needed. */
  readonly isInvalid: boolean;
}

export async function readSlot(control: pg.Client, name: string): Promise<Slot | null> {
  const { rows } = await control.query<{ slot: string }>({
    name: 'erp_slot',
    text: /* sql */ `select to_json(s) as slot from pg_catalog.pg_replication_slots s where slot_name = $1`,
    values: [name],
  });
  if (!rows[0]) return null;
  const row = SlotRow.parse(JSON.parse(rows[0].slot));
  return {
    plugin: row.plugin,
    database: row.database,
    activePid: row.active ? row.active_pid : null,
    confirmed: row.confirmed_flush_lsn === null ? null : watermarkOf(row.confirmed_flush_lsn),
    isInvalid: row.wal_status === 'lost' || typeof row.invalidation_reason === 'string',
  };
}

const PATIENCE_STEP_MS = 200;

/**
 * Waits until nobody uses the slot and resolves with what it then is. Right after a crash the server still
 * holds it for the process that died; and one that was being created ends when the transactions end it waits for.
 */
export async function freeSlot(
  control: pg.Client,
  name: string,
  { patienceMs, log, signal }: { patienceMs: number; log: Log; signal: AbortSignal },
): Promise<Slot | null> {
  const until = performance.now() + patienceMs;
  for (let isToldOf: number | null = null; ; ) {
    const slot = await readSlot(control, name);
    if (!slot || slot.activePid === null) return slot;
    if (slot.confirmed === null) {
      if (isToldOf !== slot.activePid) await nameBlockers(control, slot.activePid, log);
    } else if (performance.now() > until) {
      throw new OperatorFault(
        FaultCode.SlotInUse,
        `The replication slot "${name}" is in use by process ${slot.activePid} of the ERP's database server.`,
      );
    } else if (isToldOf !== slot.activePid) {
      log.info({ slot: name, pid: slot.activePid }, 'The slot is still in use, waiting for it');
    }
    isToldOf = slot.activePid;
    await sleep(PATIENCE_STEP_MS, undefined, { signal });
  }
}

export async function dropSlot(control: pg.Client, name: string): Promise<void> {
  await control.query({
    name: 'erp_drop_slot',
    text: /* sql */ `
      select pg_catalog.pg_drop_replication_slot(slot_name)
      from pg_catalog.pg_replication_slots where slot_name = $1`,
    values: [name],
  });
}

export interface NewSlot {
  /** What had been committed up to here is in the snapshot, what comes after in the stream. */
  readonly consistentAt: Watermark;
  /** To be imported while `replication` lives and is not used for anything else. */
  readonly snapshot: string;
}

const NAME_BLOCKERS_AFTER_MS = 2_000;
const NAME_BLOCKERS_EVERY_MS = 30_000;

/** A slot, and the snapshot it begins at. A temporary one goes when `replication` ends. */
export async function createSlot(
  replication: pg.Client,
  control: pg.Client,
  { name, isTemporary, log, signal }: { name: string; isTemporary: boolean; log: Log; signal: AbortSignal },
): Promise<NewSlot> {
  const { rows: backend } = await replication.query<{ pid: string }>('select pg_catalog.pg_backend_pid() as pid');
  const pid = Number(backend[0]?.pid);
  const leave = () => cut(replication);
  signal.addEventListener('abort', leave);
  const tell = () => {
    nameBlockers(control, pid, log).catch((err: unknown) =>
      log.warn({ err }, 'Could not ask what slot creation waits for'),
    );
  };
  const first = setTimeout(tell, NAME_BLOCKERS_AFTER_MS);
  const again = setInterval(tell, NAME_BLOCKERS_EVERY_MS);
  try {
    const { rows } = await replication.query<{ consistent_point: string; snapshot_name: string }>(
      `CREATE_REPLICATION_SLOT ${ident(name)} ${isTemporary ? 'TEMPORARY ' : ''}LOGICAL pgoutput EXPORT_SNAPSHOT`,
    );
    const [created] = rows;
    if (!created) throw new TypeError('CREATE_REPLICATION_SLOT answered without a row');
    return { consistentAt: watermarkOf(created.consistent_point), snapshot: created.snapshot_name };
  } catch (error) {
    // The server goes on waiting for open transactions when the client has left; end that.
    await control.query('select pg_catalog.pg_terminate_backend($1)', [pid]).catch(() => {});
    throw error;
  } finally {
    signal.removeEventListener('abort', leave);
    clearTimeout(first);
    clearInterval(again);
  }
}

/** Says in the log which open transactions a server process waits for. */
async function nameBlockers(control: pg.Client, waiting: number, log: Log): Promise<void> {
  const { rows } = await control.query<{ pid: string; role: string | null; application: string; age: string | null }>({
    name: 'erp_blockers',
    text: /* sql */ `
      select b.pid, a.usename as role, coalesce(a.application_name, 'a prepared transaction') as application,
        (now() - a.xact_start)::text as age
      from unnest(pg_catalog.pg_blocking_pids($1)) b (pid)
      left join pg_catalog.pg_stat_activity a using (pid)`,
    values: [waiting],
  });
  for (const { pid, role, application, age } of rows) {
    log.warn(
      { pid: Number(pid), role, application, age: age ?? 'unknown without pg_read_all_stats' },
      'The ERP has an open transaction that the replication slot waits for; capture begins when it ends',
    );
  }
}
