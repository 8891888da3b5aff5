/**
 * From the ERP's COMMIT to an answer: all read models on, traffic going on, one client asking back to back. Half of the
 * transactions are of the traffic's mix, half mark a row whose change is then looked for.
 *
 * `--lines 100000 --rate 200 --seconds 60 --seed 1`
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { runTraffic } from '../../erp/sandbox/traffic.ts';
import { benchDatabases, settled } from '../databases.ts';
import { caughtUp, verified } from '../exact.ts';
import { p50, p99, round, say } from '../figures.ts';
import type { Flags } from '../flags.ts';
import { deliveredQuantity, orderReference, watchMarkers } from '../markers.ts';
import { startSkiff } from '../roles.ts';

/** Not counted: caches are filled, plans made, code compiled. */
const WARM_UP_SECONDS = 5;

export async function bench(flags: Flags): Promise<Readonly<Record<string, unknown>>> {
  const lines = flags.number('lines', 100_000, 5_000);
  const rate = flags.number('rate', 200, 40);
  const seconds = flags.number('seconds', 60, 5);
  const seed = flags.number('seed', 1);
  flags.refuseOthers();

  await using databases = await benchDatabases({ lines });
  await using skiff = await startSkiff(databases);
  await settled(databases);
  const over = new AbortController();
  const { signal } = over;
  const half = rate / 2;
  let transactions = 0;
  const traffic = runTraffic(databases.erp.pool, {
    ratePerSecond: half,
    seed,
    signal,
    onTransaction: () => transactions++,
  });
  const kinds = [orderReference, deliveredQuantity];
  const marking = watchMarkers({ erp: databases.erp, graphql: skiff.graphql, kinds, ratePerSecond: half, signal });
  const begun = performance.now();
  say(`${rate} transactions/s for ${seconds} s`);
  const ended = sleep((WARM_UP_SECONDS + seconds) * 1_000).then(() => {
    over.abort();
    return (performance.now() - begun) / 1_000;
  });
  const [markers, tookSeconds] = await Promise.all([marking, ended, traffic]);
  await caughtUp(databases);
  await verified(databases.replica);

  const lags = markers.samples
    .filter(({ committedAt }) => committedAt - begun > WARM_UP_SECONDS * 1_000)
    .map(({ lagMs }) => lagMs);
  return {
    lines,
    rate: round((transactions + markers.written) / tookSeconds, 1),
    p50Ms: p50(lags),
    p99Ms: p99(lags),
    lost: markers.lost,
    samples: lags.length,
  };
}
