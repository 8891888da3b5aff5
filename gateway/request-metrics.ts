/**
 * How many GraphQL requests there are, how long they take and how they end, for Prometheus and the console.
 *
 * Names of operations come from clients: the first few hundred are told apart, all others counted together.
 */
import type { Metrics } from '../runtime/metrics.ts';

export interface RequestMetrics {
  /** Counts a request as begun; the result is called when it is answered. */
  begin(): (outcome: Outcome) => void;
  /** One that is over in the turn it was begun in. */
  answered(outcome: Outcome, began: number): void;
  /** Since the start. */
  readonly totals: { readonly total: number; readonly failed: number };
}

export interface Outcome {
  readonly operation: string;
  readonly status: number;
  /** Of the answer's errors, each once. */
  readonly codes: readonly string[];
}

const MOST_NAMES = 200;

export function requestMetrics(metrics: Metrics): RequestMetrics {
  const requests = metrics.counter('skiff_gateway_requests_total', 'GraphQL requests answered', [
    'operation',
    'status',
  ]);
  const seconds = metrics.histogram('skiff_gateway_request_seconds', 'Time from request to answer', ['operation']);
  const errors = metrics.counter('skiff_gateway_errors_total', 'GraphQL requests by error in the answer', ['code']);
  const running = metrics.gauge('skiff_gateway_requests_running', 'GraphQL requests being answered');
  const names = new Set<string>();
  const totals = { total: 0, failed: 0 };

  const labelOf = (operation: string): string => {
    if (names.size < MOST_NAMES) names.add(operation);
    return names.has(operation) ? operation : 'other';
  };
  const answered = ({ operation, status, codes }: Outcome, began: number): void => {
    const label = labelOf(operation);
    requests.inc({ operation: label, status });
    seconds.observe({ operation: label }, (performance.now() - began) / 1_000);
    for (const code of codes) errors.inc({ code });
    totals.total++;
    if (codes.length > 0) totals.failed++;
  };
  return {
    totals,
    answered,
    begin() {
      running.inc();
      const began = performance.now();
      return (outcome) => {
        running.dec();
        answered(outcome, began);
      };
    },
  };
}
