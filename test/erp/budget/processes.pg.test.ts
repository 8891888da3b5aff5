/** Processes that share a budget in the replica's database keep the ERP's limits together, whatever becomes of one of them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { BudgetLimits } from '../../../erp/budget/limits.ts';
import { postgresBudgetStore, storedBudgets } from '../../../erp/budget/postgres-store.ts';
import { callBudget } from '../../../erp/budget.ts';
import { budgetMetrics } from '../../../erp/budget-metrics.ts';
import { ErpCallFailed } from '../../../erp/transport.ts';
import { connect } from '../../../replica/connect.ts';
import { migrate } from '../../../replica/migrate.ts';
import { createMetrics } from '../../../runtime/metrics.ts';
import { type Program, runProgram } from '../../child-process.ts';
import { type TestPostgres, testPostgres } from '../../postgres.ts';
import { until } from '../postgres/running-capture.ts';
import type { CallerPlan } from './caller-process.ts';
import { type CountingErp, countingErp } from './counting-erp.ts';

const limits: BudgetLimits = { requests: 40, windowMs: 2_000, concurrency: 4, callTimeoutMs: 10_000 };
const { signal } = new AbortController();

async function replicaDatabase(): Promise<TestPostgres> {
  const db = await testPostgres();
  const client = await connect(db.url, 'builder');
  await migrate(client);
  await client.end();
  return db;
}

function caller(db: TestPostgres, erp: CountingErp, kind: CallerPlan['kind'], callers = 4): Program {
  const plan: CallerPlan = { databaseUrl: db.url, erpUrl: erp.url, kind, callers, limits };
  return runProgram(new URL('./caller-process.ts', import.meta.url), { args: [JSON.stringify(plan)] });
}

const budgetOf = (db: TestPostgres, erp: CountingErp) =>
  callBudget({ store: postgresBudgetStore(db.pool, erp.url), limits });

describe('several processes', () => {
  test('keep the limits together, though one is killed in the middle of its calls', async () => {
    await using db = await replicaDatabase();
    await using erp = await countingErp({ takesMs: 100 });
    await using _first = caller(db, erp, 'poll', 1);
    await using second = caller(db, erp, 'backfill');
    const budget = budgetOf(db, erp);
    await until(() => erp.arrivals.some(({ path }) => path === '/backfill'));
    second.process.kill('SIGKILL');
    await second.ended();
    for (let call = 0; call < 10; call++) {
      await budget.call('interactive', async () => (await fetch(`${erp.url}/interactive`)).text(), { signal });
    }
    // Long enough for what the killed one held to be given back, and used.
    await until(async () => (await budget.state()).inFlight.backfill === 0);
    const at = erp.arrivals.length;
    await until(() => erp.arrivals.length > at + limits.requests);

    expect(erp.mostInWindow(limits.windowMs)).toBeLessThanOrEqual(limits.requests);
    expect(erp.mostAtOnce).toBeLessThanOrEqual(limits.concurrency);
    expect((await budget.state()).totals.calls.interactive).toBe(10);
  });

  test('and a stopped one holds up nobody', async () => {
    await using db = await replicaDatabase();
    await using erp = await countingErp({ takesMs: 20 });
    await using stopped = caller(db, erp, 'backfill');
    await until(() => erp.arrivals.length > 5);
    stopped.process.kill('SIGSTOP');
    const budget = budgetOf(db, erp);
    for (let call = 0; call < 20; call++) {
      await budget.call('interactive', async () => (await fetch(`${erp.url}/interactive`)).text(), { signal });
    }
    stopped.process.kill('SIGCONT');
    await until(() => erp.arrivals.at(-1)?.path === '/backfill');

    expect(erp.mostInWindow(limits.windowMs)).toBeLessThanOrEqual(limits.requests);
  });

  test('all pause when one is asked to', async () => {
    await using db = await replicaDatabase();
    await using erp = await countingErp({ takesMs: 10 });
    await using _other = caller(db, erp, 'poll');
    await until(() => erp.arrivals.length > 5);
    const budget = budgetOf(db, erp);
    const refuse = async () => {
      throw new ErpCallFailed('slow down', 429, 700);
    };
    await expect(budget.call('interactive', refuse, { signal })).rejects.toThrow('slow down');
    await sleep(200); // what was on its way has come, and everybody knows
    const before = erp.arrivals.length;
    await sleep(400);
    expect(erp.arrivals).toHaveLength(before);
    await until(() => erp.arrivals.length > before);
  });
});

test('the budget can be read by who does not call, and has no secret in it', async () => {
  await using db = await replicaDatabase();
  const address = 'https://clerk:secret@erp.example/api';
  await callBudget({ store: postgresBudgetStore(db.pool, address), limits }).call('poll', async () => {}, { signal });
  const metrics = createMetrics();
  budgetMetrics(metrics, () => storedBudgets(db.pool));
  const text = await metrics.text();
  expect(text).toContain('skiff_erp_calls{erp="erp.example",class="poll"} 1');
  expect(text).toContain('skiff_erp_budget_requests{erp="erp.example"} 40');
  expect(text).not.toContain('secret');
});

test('two ERPs have a budget each', async () => {
  await using db = await replicaDatabase();
  await using one = await countingErp({ takesMs: 10 });
  await using other = await countingErp({ takesMs: 10 });
  await budgetOf(db, one).call('poll', async () => {}, { signal });
  expect((await budgetOf(db, other).state()).totals.calls.poll).toBe(0);
});
