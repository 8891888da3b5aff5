/**
 * A process that calls an ERP through its budget without end, to be stopped and killed: `caller-process.ts <plan as JSON>`.
 */
import pg from 'pg';
import { z } from 'zod';
import { postgresBudgetStore } from '../../../erp/budget/postgres-store.ts';
import { callBudget } from '../../../erp/budget.ts';

const Plan = z.object({
  databaseUrl: z.string(),
  erpUrl: z.string(),
  kind: z.enum(['poll', 'backfill']),
  callers: z.number(),
  limits: z.object({
    requests: z.number(),
    windowMs: z.number(),
    concurrency: z.number(),
    callTimeoutMs: z.number(),
  }),
});
export type CallerPlan = z.infer<typeof Plan>;

const { databaseUrl, erpUrl, kind, callers, limits } = Plan.parse(JSON.parse(process.argv[2] ?? ''));
const db = new pg.Pool({ connectionString: databaseUrl, max: 2 });
const budget = callBudget({ store: postgresBudgetStore(db, erpUrl), limits });
const { signal } = new AbortController();

async function callWithoutEnd(): Promise<never> {
  for (;;) await budget.call(kind, async () => void (await (await fetch(`${erpUrl}/${kind}`)).text()), { signal });
}

await Promise.all(Array.from({ length: callers }, callWithoutEnd));
