/**
 * The ERP's write-ahead log, asked about by SQL.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Watermark } from '../watermark.ts';
import { watermarkOf } from './lsn.ts';

/** What was committed before this was asked stands before it, unless commits are asynchronous. */
export async function flushedPosition(control: pg.Client): Promise<Watermark> {
  const { rows } = await control.query<{ flushed: string }>({
    name: 'erp_flushed',
    text: 'select pg_catalog.pg_current_wal_flush_lsn() as flushed',
  });
  return watermarkOf(rows[0]?.flushed ?? '');
}

/** Writes a record that concerns nobody, and has it flushed. */
export async function writeRecord(control: pg.Client): Promise<void> {
  await control.query("select pg_catalog.pg_logical_emit_message(true, 'skiff', '')");
}

const MEASURE_EVERY_MS = 3_000;

export interface Measured {
  /** WAL that the slot holds back in the ERP. */
  readonly retainedBytes: number | null;
  /** Somebody may have had a commit acknowledged before it was flushed. */
  readonly isCommitAsynchronous: boolean;
}

/** Measures until the signal aborts. */
export async function keepMeasuring(
  control: pg.Client,
  slot: string,
  onMeasured: (measured: Measured) => void,
  signal: AbortSignal,
): Promise<never> {
  for (;;) {
    onMeasured(await measure(control, slot));
    await sleep(MEASURE_EVERY_MS, undefined, { signal });
  }
}

export async function measure(control: pg.Client, slot: string): Promise<Measured> {
  const { rows } = await control.query<{ retained: string | null; asynchronous: string }>({
    name: 'erp_measure',
    // Our own session has a setting of its own; reset_val is the server's or the database's.
    text: /* sql */ `
      select
        (select pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), restart_lsn)
         from pg_catalog.pg_replication_slots where slot_name = $1) as retained,
        exists (select from pg_catalog.pg_settings where name = 'synchronous_commit' and reset_val = 'off')
        or exists (select from pg_catalog.pg_db_role_setting where 'synchronous_commit=off' = any(setconfig)) as asynchronous`,
    values: [slot],
  });
  const [row] = rows;
  return {
    retainedBytes: row?.retained == null ? null : Number(row.retained),
    isCommitAsynchronous: row?.asynchronous === 't',
  };
}
