/**
 * The process's metrics, as Prometheus reads them at `/metrics`.
 *
 * Each process makes one registry and hands it on; nothing registers itself globally, so that two
 * stacks can live in one test. Names are whole and begin with `skiff_`, so that they can be searched for.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export type MetricName = `skiff_${string}`;

/** From half a millisecond to ten seconds: a cached row to a live read of a slow ERP. */
const LATENCY_BUCKETS_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export interface Metrics {
  counter<Label extends string>(name: MetricName, help: string, labels?: readonly Label[]): Counter<Label>;
  /** A value that is set, or that `collect` reads when Prometheus asks. */
  gauge<Label extends string>(
    name: MetricName,
    help: string,
    labels?: readonly Label[],
    collect?: (gauge: Gauge<Label>) => void | Promise<void>,
  ): Gauge<Label>;
  /** Durations in seconds. */
  histogram<Label extends string>(name: MetricName, help: string, labels?: readonly Label[]): Histogram<Label>;
  /** What is answered at `/metrics`, and its content type. */
  text(): Promise<string>;
  readonly contentType: string;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  return {
    counter: (name, help, labelNames = []) => new Counter({ name, help, labelNames, registers }),
    gauge: (name, help, labelNames = [], collect = () => {}) =>
      new Gauge({
        name,
        help,
        labelNames,
        registers,
        collect() {
          return collect(this);
        },
      }),
    histogram: (name, help, labelNames = []) =>
      new Histogram({ name, help, labelNames, registers, buckets: LATENCY_BUCKETS_SECONDS }),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
