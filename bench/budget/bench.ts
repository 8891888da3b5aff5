/**
 * The call budget before the sandbox's API with its limits: who is in a hurry alone, then beside a backfill, then all
 * classes together with many times what the quota takes; every caller is a process of its own.
 *
 * `--requests 300 --window-seconds 60 --seconds 120 --load 10`. Fails if the sandbox counted a violation of its limits.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallClass } from '../../erp/budget.ts';
import { prepareApi } from '../../erp/sandbox/api/prepare.ts';
import { profiles } from '../../erp/sandbox/api/profiles.ts';
import { startSandboxApi } from '../../erp/sandbox/api/server.ts';
import { sandboxClient } from '../../erp/sandbox/api/tokens.ts';
import { connect } from '../../replica/connect.ts';
import { migrate } from '../../replica/migrate.ts';
import { createLog } from '../../runtime/log.ts';
import { benchDatabases, type Database } from '../databases.ts';
import { percentile, round, say } from '../figures.ts';
import type { Flags } from '../flags.ts';
import { type CallerPlan, CallerReport } from './caller-plan.ts';

const CALLER = new URL('./caller.ts', import.meta.url).pathname;
const DEADLINE_MS = 2_000;

export async function bench(flags: Flags): Promise<Readonly<Record<string, unknown>>> {
  const requests = flags.number('requests', 300, 60);
  const windowMs = flags.number('window-seconds', 60, 3) * 1_000;
  const forMs = flags.number('seconds', 120, 4) * 1_000;
  const load = flags.number('load', 10);
  flags.refuseOthers();

  await using databases = await benchDatabases({ lines: 500 });
  await prepare(databases.erp, databases.replica);
  const profile = { ...profiles.strict, quota: { requests, windowMs }, tokenLifetimeMs: 3_600_000 };
  const log = createLog({ level: 'fatal' });
  const api = await startSandboxApi({ databaseUrl: databases.erp.url, host: '127.0.0.1', port: 0, profile, log });
  await using _closing = { [Symbol.asyncDispose]: api.close };
  const limits = { requests, windowMs, concurrency: profile.concurrency, callTimeoutMs: 30_000 };
  const common = { databaseUrl: databases.replica.url, apiUrl: api.url, token: await tokenOf(api.url), limits, forMs };
  const quotaPerSecond = (requests / windowMs) * 1_000;
  const plan = (kind: CallClass, share: number | null): CallerPlan => ({
    ...common,
    kind,
    path: kind === 'interactive' ? '/api/v1/plant?ids=1010' : '/api/v1/material?page=1',
    perSecond: share === null ? null : share * quotaPerSecond,
    deadlineMs: kind === 'interactive' ? DEADLINE_MS : null,
  });
  const hurry = plan('interactive', 0.2);

  say('Who is in a hurry, alone');
  const [alone = nothing] = await run([hurry]);
  await sleep(windowMs);
  say('The same beside a backfill');
  const [beside = nothing, backfill = nothing] = await run([hurry, plan('backfill', null)]);
  await sleep(windowMs);
  say(`All classes, with ${load} times what the quota takes`);
  const overload = await run([
    plan('interactive', load * 0.4),
    plan('command', load * 0.2),
    plan('poll', load * 0.4),
    plan('backfill', null),
  ]);

  const { violations } = await (await fetch(`${api.url}/counters`)).json();
  const limitViolations = violations.quota + violations.concurrency;
  if (limitViolations > 0) throw new Error(`The sandbox counted violations: ${JSON.stringify(violations)}`);
  const left = (quotaPerSecond * forMs) / 1_000 - beside.latenciesMs.length;
  const p95 = ({ latenciesMs }: CallerReport) => percentile(latenciesMs, 0.95);
  return {
    limitViolations,
    interactiveP95Ratio: round(p95(beside) / p95(alone)),
    quotaUsed: round(backfill.latenciesMs.length / left, 3),
    interactiveP95AloneMs: round(p95(alone)),
    interactiveP95BesideMs: round(p95(beside)),
    overloadQuotaUsed: round(
      overload.reduce((sum, { latenciesMs }) => sum + latenciesMs.length, 0) / ((quotaPerSecond * forMs) / 1_000),
      3,
    ),
    requests,
    windowMs,
    load,
  };
}

const nothing: CallerReport = { latenciesMs: [], refused: 0 };

async function prepare(erp: Database, replica: Database): Promise<void> {
  const client = await erp.pool.connect();
  await prepareApi(client);
  client.release();
  const builder = await connect(replica.url, 'builder');
  await migrate(builder);
  await builder.end();
}

async function tokenOf(apiUrl: string): Promise<string> {
  const { id, secret } = sandboxClient;
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret });
  const { access_token } = await (await fetch(`${apiUrl}/oauth/token`, { method: 'POST', body })).json();
  return access_token;
}

const run = (plans: readonly CallerPlan[]): Promise<CallerReport[]> => Promise.all(plans.map(runOne));

async function runOne(plan: CallerPlan): Promise<CallerReport> {
  const child = fork(CALLER, [JSON.stringify(plan)], { stdio: ['ignore', 2, 2, 'ipc'] });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`A caller ended with ${code} before it reported`);
  });
  ended.catch(() => {}); // it ends after it has reported, too
  const [report] = await Promise.race([once(child, 'message'), ended]);
  const parsed = CallerReport.parse(report);
  say(`  ${plan.kind}: ${parsed.latenciesMs.length} calls, ${parsed.refused} refused`);
  return parsed;
}
