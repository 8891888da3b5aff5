/** The replica's state, for the operations console and for Prometheus, from the database alone. */
import type pg from 'pg';
import type { Metrics } from '../runtime/metrics.ts';
import { parseReport, type Report } from './report.ts';
import { parseSlotWatch, type SlotWatch } from './slot-watch.ts';

export interface ModelStatus {
  readonly model: string;
  readonly hash: string;
  readonly state: 'waiting' | 'building' | 'ready';
  /** Why it is not maintained at present. */
  readonly stopped: string | null;
  readonly asOf: string | null;
  /** Seconds by which it trails the clock of the replica's database. */
  readonly ageSeconds: number | null;
  /** Source rows whose fan-out waits behind the stream. */
  readonly pending: number;
  readonly quarantined: number;
}

export interface ReplicaStatus {
  readonly source: string | null;
  readonly applied: string | null;
  readonly watermarkAgeSeconds: number | null;
  readonly models: readonly ModelStatus[];
  readonly quarantine: readonly { readonly model: string; readonly key: readonly string[]; readonly error: string }[];
  /** Mirrored tables that are not there, or not as declared. */
  readonly tables: readonly { readonly name: string; readonly state: string; readonly faults: readonly unknown[] }[];
  /** Of the process that plays the replica; null before the first one ever did. */
  readonly report: (Report & { readonly ageSeconds: number }) | null;
  /** Of the slot watchdog; null where none has ever run. */
  readonly slot: SlotWatch | null;
}

export async function replicaStatus(db: pg.Pool): Promise<ReplicaStatus> {
  const { rows } = await db.query<{ status: string; report: string | null; age: string; slot: string | null }>({
    name: 'replica_status',
    text: /* sql */ `
    select json_build_object(
      'source', (select source from skiff.watermark limit 1),
      'applied', (select applied from skiff.watermark limit 1),
      'watermarkAgeSeconds', (
        select round(extract(epoch from clock_timestamp() - as_of)::numeric, 3) from skiff.watermark limit 1),
      'models', coalesce((select json_agg(json_build_object(
        'model', m.model, 'hash', m.hash, 'state', m.state, 'stopped', m.stopped, 'asOf', m.as_of,
        'ageSeconds', round(extract(epoch from clock_timestamp() - m.as_of)::numeric, 3),
        'pending', (select count(*) from skiff.pending p where p.hash = m.hash),
        'quarantined', (select count(*) from skiff.quarantine q where q.hash = m.hash)) order by m.model, m.registered_at)
        from skiff.read_model m), '[]'),
      'quarantine', coalesce((select json_agg(json_build_object('model', m.model, 'key', q.key, 'error', q.error))
        from (select * from skiff.quarantine order by since desc limit 50) q join skiff.read_model m using (hash)), '[]'),
      'tables', coalesce((select json_agg(json_build_object('name', name, 'state', state, 'faults', faults) order by name)
        from skiff.mirror_table where state <> 'ready' or faults <> '[]'), '[]'))::text as status,
      r.report::text as report, round(extract(epoch from clock_timestamp() - r.at)::numeric, 3)::text as age,
      (select watch::text from skiff.slot_watch order by at desc limit 1) as slot
    from (select) one left join skiff.report r on true`,
  });
  const [row] = rows;
  if (!row) throw new Error('The replica gave no status');
  const report = row.report === null ? null : { ...parseReport(JSON.parse(row.report)), ageSeconds: Number(row.age) };
  const slot = row.slot === null ? null : parseSlotWatch(JSON.parse(row.slot));
  return { ...JSON.parse(row.status), report, slot };
}

/** Looks the status up when Prometheus asks. */
export function replicaMetrics(metrics: Metrics, status: () => Promise<ReplicaStatus>): void {
  const perModel = (name: `skiff_${string}`, help: string, value: (model: ModelStatus) => number | null) =>
    metrics.gauge(name, help, ['model'], async (gauge) => {
      gauge.reset();
      for (const model of (await status()).models) {
        const found = value(model);
        if (found !== null) gauge.set({ model: model.model }, found);
      }
    });
  const single = (name: `skiff_${string}`, help: string, value: (status: ReplicaStatus) => number | null | undefined) =>
    metrics.gauge(name, help, [], async (gauge) => {
      const found = value(await status());
      if (found !== null && found !== undefined) gauge.set(found);
    });
  perModel('skiff_replica_lag_seconds', 'How far a read model trails the ERP.', ({ ageSeconds }) => ageSeconds);
  perModel('skiff_replica_pending_keys', 'Source rows whose fan-out waits.', ({ pending }) => pending);
  perModel('skiff_replica_quarantined_keys', 'Keys whose row cannot be made.', ({ quarantined }) => quarantined);
  single('skiff_replica_watermark_age_seconds', 'Age of the watermark.', (one) => one.watermarkAgeSeconds);
  single(
    'skiff_replica_models_stopped',
    'Read models that no longer follow the ERP.',
    ({ models }) => models.filter(({ stopped }) => stopped !== null).length,
  );
  single('skiff_slot_retained_bytes', 'WAL the ERP keeps for us.', ({ slot }) => slot?.retainedBytes ?? (slot && 0));
  single('skiff_slot_limit_bytes', 'WAL the ERP may keep for us.', ({ slot }) => slot?.limits.limitBytes);
  single('skiff_slot_drops', 'Slots dropped since the watchdog started.', ({ slot }) => slot?.drops);
  single(
    'skiff_slot_held_by_transaction_seconds',
    "Age of the ERP's open transaction that holds back more WAL than the limit; 0 if none does.",
    ({ slot }) => slot && (slot.heldBy?.ageSeconds ?? 0),
  );
  single(
    'skiff_replica_report_age_seconds',
    'Since the replica was last heard of.',
    ({ report }) => report?.ageSeconds,
  );
  single(
    'skiff_replica_downgraded',
    '1 while the ERP is polled because its database cannot be reached, else 0.',
    ({ report }) => report && Number(report.capture.state === 'downgraded'),
  );
  single(
    'skiff_replica_changes_applied',
    'Changes of the ERP applied since the replica started.',
    ({ report }) => report?.changesApplied,
  );
  single(
    'skiff_replica_flat_rows_rewritten',
    'Rows of read models written or removed since the replica started.',
    ({ report }) => report?.flatRowsRewritten,
  );
  single('skiff_replica_drift_keys', 'Rows that had to be repaired since the replica started.', ({ report }) =>
    report ? Object.values(report.driftKeys).reduce((sum, keys) => sum + keys, 0) : null,
  );
}
