/**
 * A process that calls the sandbox's API through the shared budget for a while: `caller.ts <plan as JSON>`. Sends its
 * parent what became of its calls, and ends.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { postgresBudgetStore } from '../../erp/budget/postgres-store.ts';
import { callBudget, ErpUnavailable } from '../../erp/budget.ts';
import { ErpCallFailed } from '../../erp/transport.ts';
import { CallerPlan, type CallerReport } from './caller-plan.ts';

const RESTLESS_CALLERS = 8;

const plan = CallerPlan.parse(JSON.parse(process.argv[2] ?? ''));
const db = new pg.Pool({ connectionString: plan.databaseUrl, max: 2 });
const budget = callBudget({ store: postgresBudgetStore(db, plan.apiUrl), limits: plan.limits });
await budget.state(); // what it takes to begin is not measured
const signal = AbortSignal.timeout(plan.forMs);
const report: CallerReport = { latenciesMs: [], refused: 0 };

async function request(inTime: AbortSignal): Promise<void> {
  const headers = { authorization: `Bearer ${plan.token}` };
  const response = await fetch(`${plan.apiUrl}${plan.path}`, { headers, signal: inTime });
  await response.arrayBuffer();
  if (response.ok) return;
  const retryAfter = response.headers.get('retry-after');
  const retryAfterMs = retryAfter === null ? null : Number(retryAfter) * 1_000;
  throw new ErpCallFailed(`The sandbox answered ${response.status}`, response.status, retryAfterMs);
}

async function call(): Promise<void> {
  const startedAt = performance.now();
  const { kind, deadlineMs } = plan;
  const options = { signal, isRepeatable: true, ...(deadlineMs !== null && { deadlineMs }) };
  try {
    await budget.call(kind, request, options);
    report.latenciesMs.push(performance.now() - startedAt);
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof ErpUnavailable)) throw error;
    report.refused++;
  }
}

async function callWithoutPause(): Promise<void> {
  while (!signal.aborted) await call();
}

async function callAtRandom(perSecond: number): Promise<void> {
  const calls: Promise<void>[] = [];
  for (let at = performance.now(); !signal.aborted; ) {
    at += (-Math.log(1 - Math.random()) / perSecond) * 1_000;
    await sleep(Math.max(0, at - performance.now()));
    calls.push(call());
  }
  await Promise.all(calls);
}

await (plan.perSecond === null
  ? Promise.all(Array.from({ length: RESTLESS_CALLERS }, callWithoutPause))
  : callAtRandom(plan.perSecond));
process.send?.(report, () => process.exit(0));
