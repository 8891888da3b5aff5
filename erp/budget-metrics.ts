/** The call budgets as Prometheus reads them. Every process shows the same: the state is shared. */
import type { MetricName, Metrics } from '../runtime/metrics.ts';
import type { BudgetState, PerClass } from './budget.ts';

/** @param budgets by the ERP's host */
export function budgetMetrics(metrics: Metrics, budgets: () => Promise<ReadonlyMap<string, BudgetState>>): void {
  const single = (name: MetricName, help: string, value: (state: BudgetState) => number) =>
    metrics.gauge(name, help, ['erp'], async (gauge) => {
      for (const [erp, state] of await budgets()) gauge.set({ erp }, value(state));
    });
  const perClass = (name: MetricName, help: string, values: (state: BudgetState) => PerClass<number>) =>
    metrics.gauge(name, help, ['erp', 'class'], async (gauge) => {
      for (const [erp, state] of await budgets()) {
        for (const [kind, value] of Object.entries(values(state))) gauge.set({ erp, class: kind }, value);
      }
    });
  single('skiff_erp_budget_requests', 'Requests the ERP takes in a window.', ({ limits }) => limits.requests);
  perClass('skiff_erp_budget_used', 'Requests that count in the present window.', ({ used }) => used);
  perClass('skiff_erp_calls_in_flight', 'Calls to the ERP that are being made.', ({ inFlight }) => inFlight);
  perClass('skiff_erp_calls', 'Calls to the ERP since its budget exists.', ({ totals }) => totals.calls);
  single('skiff_erp_calls_throttled', 'Calls the ERP asked to come back with later.', ({ totals }) => totals.throttled);
  single('skiff_erp_calls_failed', 'Calls the ERP failed at, or gave no answer to.', ({ totals }) => totals.failed);
  single('skiff_erp_paused_seconds', 'For how long the ERP has asked for silence.', ({ pausedMs }) => pausedMs / 1_000);
  single(
    'skiff_erp_breaker_open',
    'Whether calls are held back since the ERP fails: 1, or 0.5 while one call tries.',
    ({ breaker }) => ({ closed: 0, 'half-open': 0.5, open: 1 })[breaker],
  );
}
