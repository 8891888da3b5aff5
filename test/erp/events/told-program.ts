/**
 * A replica that is told of changes, as a process of its own, to be killed: `told-program.ts <plan as JSON>`.
 *
 * Prints a line when it is there.
 */
import { z } from 'zod';
import { memoryBudgetStore } from '../../../erp/budget/memory-store.ts';
import { callBudget } from '../../../erp/budget.ts';
import { eventCapture } from '../../../erp/events/capture.ts';
import { pollCapture } from '../../../erp/rest/capture.ts';
import { connector as connectorOf } from '../../../erp/sandbox/connector.ts';
import { polling } from '../../../erp/sandbox/resources.ts';
import { webhooks } from '../../../erp/sandbox/webhooks.ts';
import { startReplica } from '../../../replica/replica.ts';
import { createLog } from '../../../runtime/log.ts';
import { deployedSchema } from '../../../schema/deployed.ts';

const Plan = z.object({
  replicaUrl: z.string(),
  api: z.object({ url: z.string(), user: z.string(), password: z.string() }),
  port: z.number(),
  hook: z.string(),
  secret: z.string(),
});
export type ToldPlan = z.infer<typeof Plan>;

const { replicaUrl, api, port, hook, secret } = Plan.parse(JSON.parse(process.argv[2] ?? ''));
const connector = connectorOf({});
const { tables } = connector;
const log = createLog({ level: 'warn' }, process.stderr);
const budget = callBudget({
  store: memoryBudgetStore(),
  limits: { requests: 1_000_000, windowMs: 1_000, concurrency: 4, callTimeoutMs: 10_000 },
});
const seldom = { pollEveryMs: 3_600_000, sweepEveryMs: 3_600_000 };
const polled = pollCapture({ ...polling(api), ...seldom, tables, budget, log });
const replica = await startReplica({
  connectionString: replicaUrl,
  connector,
  schema: deployedSchema().flat,
  capture: eventCapture({
    polled,
    webhooks: webhooks(api),
    tables,
    budget,
    host: '127.0.0.1',
    port,
    secret,
    url: hook,
    log,
  }),
  log,
  onBuilt: () => process.stdout.write('built\n'),
});
process.once('SIGTERM', () => replica.stop());
await replica.done;
