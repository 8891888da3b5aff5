/** The role `commands`: sends what is due to the ERP, and sees that it has happened. Any number of them may run. */
import { z } from 'zod';
import { postgresBudgetStore } from '../erp/budget/postgres-store.ts';
import { callBudget } from '../erp/budget.ts';
import { BudgetEnv } from '../erp/budget-env.ts';
import type { Connector } from '../erp/connector.ts';
import { commandPool, connect, pool } from '../replica/connect.ts';
import type { FlatSchema } from '../replica/flat-type.ts';
import { Listener } from '../replica/listener.ts';
import { flatReads } from '../replica/read.ts';
import { serveReplica } from '../replica/serve.ts';
import { Bell } from '../runtime/bell.ts';
import { positiveInteger, together } from '../runtime/env.ts';
import { FaultCode, OperatorFault } from '../runtime/errors.ts';
import type { Log } from '../runtime/log.ts';
import type { Shutdown } from '../runtime/shutdown.ts';
import { runConfirmRestore } from './confirm-restore.ts';
import { confirmDue } from './confirmation/confirm.ts';
import { startDispatcher } from './dispatch/dispatcher.ts';
import { policyOf } from './policy.ts';
import { commandChannel } from './wake.ts';

const OwnEnv = z
  .object({
    SKIFF_ERP_URL: z.url(),
    SKIFF_ERP_USER: z.string(),
    SKIFF_ERP_PASSWORD: z.string(),
    SKIFF_ERP_DATABASE: z.string().optional(),
    SKIFF_COMMAND_POLICY: z.string().optional(),
    SKIFF_COMMAND_LEASE_MS: positiveInteger.default(10_000),
    SKIFF_COMMAND_CONFIRM_MS: positiveInteger.default(60_000),
  })
  .transform((env) => ({
    api: {
      url: env.SKIFF_ERP_URL,
      user: env.SKIFF_ERP_USER,
      password: env.SKIFF_ERP_PASSWORD,
      database: env.SKIFF_ERP_DATABASE,
    },
    policy: env.SKIFF_COMMAND_POLICY,
    leaseMs: env.SKIFF_COMMAND_LEASE_MS,
    confirmWithinMs: env.SKIFF_COMMAND_CONFIRM_MS,
  }));

/** What the role reads from its environment. */
export const CommandsEnv = together({ own: OwnEnv, budget: BudgetEnv });

export interface CommandsRole {
  readonly config: z.output<typeof CommandsEnv>;
  readonly databaseUrl: string;
  readonly connector: Connector;
  readonly flat: FlatSchema;
  /** Whose day it is. */
  readonly today: () => string;
  readonly log: Log;
  readonly shutdown: Shutdown;
  readonly onReady: () => void;
  readonly failpoint?: () => void;
}

/** `commands confirm-restore`; without a configuration where no API is. */
export async function confirmRestoreOf(
  databaseUrl: string,
  connector: Connector,
  config: z.output<typeof CommandsEnv> | null,
): Promise<void> {
  const channel = config ? connector.commands?.(config.own.api) : undefined;
  if (!config || !channel) return runConfirmRestore(databaseUrl, null);
  const budgetDb = pool(databaseUrl, 1);
  try {
    const store = postgresBudgetStore(budgetDb, config.own.api.url);
    await runConfirmRestore(databaseUrl, { channel, budget: callBudget({ store, limits: config.budget }) });
  } finally {
    await budgetDb.end();
  }
}

const CONNECTIONS = 8;
const BUDGET_CONNECTIONS = 2;
const DRAIN_MS = 8_000;
const LOOK_EVERY_MS = 500;
/** What has its answer is seen soon after. */
const LOOK_SOON_MS = 50;

export async function runCommands(role: CommandsRole): Promise<void> {
  const { config, databaseUrl, connector, flat, today, log, shutdown, onReady, failpoint } = role;
  const channel = connector.commands?.(config.own.api);
  if (!channel) {
    throw new OperatorFault(
      FaultCode.Configuration,
      `The connector ${connector.name} does not say how its ERP is written to.`,
    );
  }
  const policy = await policyOf(config.own.policy);
  const { rows, serving } = await serveReplica({ databaseUrl, connector, flat, log, shutdown });
  if (shutdown.signal.aborted) return;
  const reading = { openReads: flatReads(flat, serving, rows), source: serving, today, policy };
  const db = commandPool(databaseUrl, CONNECTIONS);
  const budgetDb = pool(databaseUrl, BUDGET_CONNECTIONS);
  shutdown.add({ name: 'connections for commands', stop: () => Promise.all([db.end(), budgetDb.end()]) });
  const budget = callBudget({ store: postgresBudgetStore(budgetDb, config.own.api.url), limits: config.budget });

  const dispatcher = startDispatcher({
    db,
    channel,
    budget,
    reading,
    log,
    leaseMs: config.own.leaseMs,
    // Some wait for their turn while others are being sent.
    concurrency: 2 * config.budget.concurrency,
    failpoint,
  });
  const listener = new Listener(
    async () => {
      const client = await connect(databaseUrl, 'commands');
      return { client, close: () => void client.end().catch(() => undefined) };
    },
    { [commandChannel]: () => dispatcher.wake() },
  );
  const confirming = confirm(
    { db, reading, confirmWithinMs: config.own.confirmWithinMs, signal: shutdown.signal },
    log,
  );
  shutdown.add({
    name: 'dispatcher of commands',
    stop: async () => {
      listener.close();
      await Promise.all([dispatcher.stop(DRAIN_MS), confirming]);
    },
  });
  onReady();
  await confirming;
}

async function confirm(settings: Parameters<typeof confirmDue>[0], log: Log): Promise<void> {
  const { signal } = settings;
  while (!signal.aborted) {
    const found = await confirmDue(settings).catch((err: unknown) => {
      if (!signal.aborted) log.warn({ err }, 'confirming commands failed; it is tried again');
      return 0;
    });
    await new Bell().wait(found > 0 ? LOOK_SOON_MS : LOOK_EVERY_MS, signal);
  }
}
