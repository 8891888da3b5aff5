/** The replica's state, for the operations console and for Prometheus. */
import type pg from 'pg';
import type { CaptureStatus } from '../erp/connector.ts';
import type { Metrics } from '../runtime/metrics.ts';

export interface ModelStatus {
  readonly model: string;
  readonly hash: string;
  readonly state: string;
  readonly stopped: string | null;
  readonly asOf: string | null;
  /** Seconds by which it trails the clock of the replica's database. */
  readonly ageSeconds: number | null;
  readonly pending: number;
  readonly quarantined: number;
}

export interface ReplicaStatus {
  readonly source: string | null;
  readonly applied: string | null;
  readonly watermarkAgeSeconds: number | null;
  readonly models: readonly ModelStatus[];
  readonly quarantine: readonly { readonly model: string; readonly key: readonly string[]; readonly error: string }[];
  readonly tables: readonly { readonly name: string; readonly state: string; readonly faults: readonly unknown[] }[];
  readonly capture: CaptureStatus | null;
}

export async function replicaStatus(db: pg.Pool, capture: CaptureStatus | null): Promise<ReplicaStatus> {
  const { rows } = await db.query<{ status: string }>(/* sql */ `
    select json_build_object(
      'source', (select source from skiff.watermark limit 1),
      'applied', (select applied from skiff.watermark limit 1),
      'watermarkAgeSeconds', (select round(extract(epoch from clock_timestamp() - as_of)::numeric, 3) from skiff.watermark limit 1),
      'models', coalesce((select json_agg(json_build_object(
        'model', m.model, 'hash', m.hash, 'state', m.state, 'stopped', m.stopped, 'asOf', m.as_of,
        'ageSeconds', round(extract(epoch from clock_timestamp() - m.as_of)::numeric, 3),
        'pending', (select count(*) from skiff.pending p where p.hash = m.hash),
        'quarantined', (select count(*) from skiff.quarantine q where q.hash = m.hash)) order by m.model, m.registered_at)
        from skiff.read_model m), '[]'),
      'quarantine', coalesce((select json_agg(json_build_object('model', m.model, 'key', q.key, 'error', q.error))
        from (select * from skiff.quarantine order by since desc limit 50) q join skiff.read_model m using (hash)), '[]'),
      'tables', coalesce((select json_agg(json_build_object('name', name, 'state', state, 'faults', faults) order by name)
        from skiff.mirror_table where state <> 'ready' or faults <> '[]'), '[]'))::text as status`);
  return { ...JSON.parse(rows[0]?.status ?? '{}'), capture };
}

export interface ReplicaMetrics {
  applied(changes: number, flatRows: number): void;
  drift(model: string, keys: number): void;
}

/** Counts what is applied as it happens; looks the rest up when Prometheus asks. */
export function replicaMetrics(metrics: Metrics, status: () => Promise<ReplicaStatus>): ReplicaMetrics {
  const changes = metrics.counter('skiff_replica_changes_applied_total', 'Changes of the ERP applied to the mirror.');
  const rows = metrics.counter('skiff_replica_flat_rows_rewritten_total', 'Rows of read models written or removed.');
  const drift = metrics.counter('skiff_replica_drift_keys_total', 'Rows that had to be repaired.', ['model']);
  metrics.gauge('skiff_replica_lag_seconds', 'How far a read model trails the ERP.', ['model'], async (gauge) => {
    gauge.reset();
    for (const { model, ageSeconds, state } of (await status()).models) {
      if (state === 'ready' && ageSeconds !== null) gauge.set({ model }, ageSeconds);
    }
  });
  metrics.gauge('skiff_replica_watermark_age_seconds', 'Age of the watermark.', [], async (gauge) => {
    const { watermarkAgeSeconds } = await status();
    if (watermarkAgeSeconds !== null) gauge.set(watermarkAgeSeconds);
  });
  metrics.gauge('skiff_replica_pending_keys', 'Source keys whose fan-out waits.', ['model'], async (gauge) => {
    gauge.reset();
    for (const { model, pending } of (await status()).models) gauge.set({ model }, pending);
  });
  metrics.gauge('skiff_replica_quarantined_keys', 'Keys whose row cannot be made.', ['model'], async (gauge) => {
    gauge.reset();
    for (const { model, quarantined } of (await status()).models) gauge.set({ model }, quarantined);
  });
  metrics.gauge('skiff_replica_models_stopped', 'Read models that no longer follow the ERP.', [], async (gauge) => {
    gauge.set((await status()).models.filter(({ stopped }) => stopped !== null).length);
  });
  metrics.gauge('skiff_slot_retained_bytes', 'WAL the ERP keeps for us.', [], async (gauge) => {
    const { capture } = await status();
    if (capture?.retainedBytes != null) gauge.set(capture.retainedBytes);
  });
  return {
    applied: (changed, flatRows) => {
      changes.inc(changed);
      rows.inc(flatRows);
    },
    drift: (model, keys) => drift.inc({ model }, keys),
  };
}
