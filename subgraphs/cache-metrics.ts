/** What the caches do, for Prometheus. */
import type { Metrics } from '../runtime/metrics.ts';
import type { CacheCounts } from './followed-cache.ts';

interface Measured {
  readonly counts: CacheCounts;
  readonly bytes: number;
  readonly size: number;
}

/** By the name each goes by. */
export function cacheMetrics(metrics: Metrics, caches: Readonly<Record<string, Measured>>): void {
  const each = (name: `skiff_${string}`, help: string, value: (cache: Measured) => number) =>
    metrics.gauge(name, help, ['cache'], (gauge) => {
      for (const [cache, measured] of Object.entries(caches)) gauge.set({ cache }, value(measured));
    });
  each('skiff_cache_bytes', 'Bytes that the entries take, roughly.', ({ bytes }) => bytes);
  each('skiff_cache_entries', 'Entries kept.', ({ size }) => size);
  metrics.gauge(
    'skiff_cache_events',
    'What became of lookups and of entries, since the start.',
    ['cache', 'event'],
    (gauge) => {
      for (const [cache, { counts }] of Object.entries(caches)) {
        for (const [event, count] of Object.entries(counts)) gauge.set({ cache, event }, count);
      }
    },
  );
}

/** What the gateways' shared cache did for this one. */
export function sharedMetrics(metrics: Metrics, counts: () => Readonly<Record<string, number>>): void {
  metrics.gauge(
    'skiff_shared_cache_events',
    'What became of lookups in the shared cache, since the start.',
    ['event'],
    (gauge) => {
      for (const [event, count] of Object.entries(counts())) gauge.set({ event }, count);
    },
  );
}
