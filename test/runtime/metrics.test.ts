/** The metrics: runtime/metrics.ts. */
import { expect, test } from 'vitest';
import { createMetrics } from '../../runtime/metrics.ts';

test('metrics are answered as Prometheus reads them, those of the process among them', async () => {
  const metrics = createMetrics();
  metrics.counter('skiff_rows_applied_total', 'Rows applied', ['table']).inc({ table: 'party' }, 3);
  metrics.gauge('skiff_lag_seconds', 'Lag', [], (gauge) => gauge.set(0.25));
  metrics.histogram('skiff_request_seconds', 'Latency', ['operation']).observe({ operation: 'q' }, 0.004);

  const text = await metrics.text();
  expect(text).toContain('skiff_rows_applied_total{table="party"} 3');
  expect(text).toContain('skiff_lag_seconds 0.25');
  expect(text).toContain('skiff_request_seconds_bucket{le="0.005",operation="q"} 1');
  expect(text).toContain('process_resident_memory_bytes');
});

test('two stacks in one process do not meet', async () => {
  const [one, other] = [createMetrics(), createMetrics()];
  one.counter('skiff_rows_applied_total', 'Rows applied').inc();
  other.counter('skiff_rows_applied_total', 'Rows applied');
  expect(await other.text()).toContain('skiff_rows_applied_total 0');
});
