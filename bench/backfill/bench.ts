/**
 * A copy through an API that is limited as ERPs' are: how long it takes against what the quota allows, with storms of 429,
 * tokens that end on the way and a kill (-9) half-way. Afterwards the copy equals the ERP row for row.
 *
 * What it may take: its requests at the quota's rate, what the ERP announced with `Retry-After`, and 3 s for the restart.
 *
 * `--lines 4700 --requests 300 --window 60 --storms 3`
 */
import { profiles } from '../../erp/sandbox/api/profiles.ts';
import type { SandboxApi } from '../../erp/sandbox/api/server.ts';
import { connector } from '../../erp/sandbox/connector.ts';
import { benchDatabases, type Databases } from '../databases.ts';
import { sameTables, verified } from '../exact.ts';
import { round, say } from '../figures.ts';
import type { Flags } from '../flags.ts';
import { type RunningReplica, startReplica } from '../roles.ts';
import { benchApi, pollEnv, requestsOf } from '../sandbox-api.ts';
import { until } from '../until.ts';

const RESTART_SECONDS = 3;

export async function bench(flags: Flags): Promise<Readonly<Record<string, unknown>>> {
  const lines = flags.number('lines', 4_700, 300);
  const requests = flags.number('requests', 300, 600);
  const windowSeconds = flags.number('window', 60, 6);
  const storms = flags.number('storms', 3, 1);
  const stormSeconds = flags.number('storm-seconds', 5, 1);
  flags.refuseOthers();

  await using databases = await benchDatabases({ lines });
  const quota = { requests, windowMs: windowSeconds * 1_000 };
  // A token ends once in a copy of any size.
  await using api = await benchApi(databases, { ...profiles.strict, quota, tokenLifetimeMs: quota.windowMs });
  const rows = await rowsOf(databases);
  say(`${rows} rows through ${requests} requests in ${windowSeconds} s`);

  const env = {
    ...pollEnv(api),
    SKIFF_ERP_REQUESTS: String(requests),
    SKIFF_ERP_WINDOW_SECONDS: String(windowSeconds),
    SKIFF_ERP_CONCURRENCY: String(profiles.strict.concurrency),
  };
  const start = () => startReplica(databases, env);
  const begun = performance.now();
  await using replica = await disturbed(api, rows / profiles.strict.rowsPerPage, storms, stormSeconds, start);
  await isCopied(databases);
  const wallSeconds = (performance.now() - begun) / 1_000;
  const made = requestsOf(api);
  await replica.ready;
  await replica.stop();

  await sameTables(databases);
  const { differences } = await verified(databases.replica);
  const { quota: overQuota, concurrency } = api.counters.violations;
  if (api.counters.requests.token < 3) throw new Error('No token has ended on the way');
  const allowedSeconds = (made * windowSeconds) / requests + storms * stormSeconds + RESTART_SECONDS;
  return {
    rows,
    wallRatioToQuota: round(wallSeconds / allowedSeconds, 3),
    differences,
    wallSeconds: round(wallSeconds, 1),
    requests: made,
    tokens: api.counters.requests.token,
    refused: api.counters.tooManyRequests,
    violations: { quota: overQuota, concurrency },
  };
}

/** Storms and the kill at even distances over the pages the copy takes at the least; resolves with the replica after it. */
async function disturbed(
  api: SandboxApi,
  pages: number,
  storms: number,
  stormSeconds: number,
  start: () => RunningReplica,
): Promise<RunningReplica> {
  let replica = start();
  const disturbances = storms + 1;
  for (let at = 1; at <= disturbances; at++) {
    await until(async () => requestsOf(api) >= (pages * at) / (disturbances + 1));
    if (at === Math.ceil(disturbances / 2)) {
      await replica.kill();
      replica = start();
      say(`Killed and started again after ${requestsOf(api)} requests`);
    } else {
      const kind = { on: 'read', share: 1, count: null } as const;
      api.setFaults([{ kind: 'storm', ...kind, forMs: stormSeconds * 1_000, retryAfterSeconds: stormSeconds }]);
      say(`A storm of 429 after ${requestsOf(api)} requests`);
    }
  }
  return replica;
}

async function rowsOf({ erp }: Databases): Promise<number> {
  let rows = 0;
  for (const { name } of connector({}).tables) {
    const counted = await erp.pool.query<{ n: string }>(`select count(*) as n from ${name}`);
    rows += Number(counted.rows[0]?.n);
  }
  return rows;
}

/** Every table was read once. */
const isCopied = ({ replica }: Databases): Promise<void> =>
  until(async () => {
    const { rowCount } = await replica.pool.query(
      `select from skiff.mirror_table where state <> 'ready' union all select from skiff.table_poll where as_of is null`,
    );
    return rowCount === 0;
  });
