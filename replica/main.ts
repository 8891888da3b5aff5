/** The role `replica`: capture, mirror, read models. Wires the capture the connector asks for to the replica. */
import type { z } from 'zod';
import { postgresBudgetStore } from '../erp/budget/postgres-store.ts';
import { type CallBudget, callBudget } from '../erp/budget.ts';
import { BudgetEnv } from '../erp/budget-env.ts';
import { CaptureEnv } from '../erp/capture-env.ts';
import type { Capture, Connector, Polling } from '../erp/connector.ts';
import { downgradingCapture } from '../erp/downgrade/capture.ts';
import { eventCapture } from '../erp/events/capture.ts';
import { postgresCapture } from '../erp/postgres/capture.ts';
import { reachErp } from '../erp/postgres/connect.ts';
import { type PollSettings, pollCapture } from '../erp/rest/capture.ts';
import { together } from '../runtime/env.ts';
import { FaultCode, OperatorFault } from '../runtime/errors.ts';
import type { Log } from '../runtime/log.ts';
import type { Shutdown } from '../runtime/shutdown.ts';
import { pool } from './connect.ts';
import type { FlatSchema } from './flat-type.ts';
import { runLedger } from './ledger-role.ts';
import { startReplica } from './replica.ts';
import { type Steps, showSteps } from './show-steps.ts';

/** What the replica reads from its environment. */
export const ReplicaEnv = together({ capture: CaptureEnv, budget: BudgetEnv });

export interface ReplicaRole {
  readonly config: z.output<typeof ReplicaEnv>;
  readonly databaseUrl: string;
  readonly connector: Connector;
  readonly schema: FlatSchema;
  readonly log: Log;
  readonly shutdown: Shutdown;
  readonly onReady: () => void;
}

export async function runReplica(role: ReplicaRole): Promise<void> {
  const { config, databaseUrl, connector, schema, log, shutdown, onReady } = role;
  const steps = showSteps();
  const capture = { replication: replicated, poll: polled, events: told }[config.capture.way](role, steps);
  const replica = await startReplica({
    connectionString: databaseUrl,
    connector,
    schema,
    capture,
    log,
    onBuild: steps.built,
    onBuilt: () => {
      steps.end();
      onReady();
    },
  });
  shutdown.add({ name: 'replica', stop: () => replica.stop() });
  await replica.done;
}

function replicated(role: ReplicaRole, steps: Steps): Capture {
  const { config, connector, log } = role;
  const { databaseUrl: connectionString, downgradeAfterMs: afterMs } = config.capture;
  const replicated = () =>
    postgresCapture({
      connectionString,
      publication: connector.publication,
      slot: `skiff_${connector.name}`,
      tables: connector.tables,
      log,
      onProgress: ({ rows, estimatedRows }) => steps.copied(rows, estimatedRows),
    });
  if (afterMs === null || !connector.polling) return replicated();
  const settings = pollSettings(role, steps);
  const reachDatabase = () => reachErp(connectionString);
  return downgradingCapture({ replicated, polled: () => pollCapture(settings), reachDatabase, afterMs, log });
}

const polled = (role: ReplicaRole, steps: Steps): Capture => pollCapture(pollSettings(role, steps));

function told(role: ReplicaRole, steps: Steps): Capture {
  const { config, connector, log } = role;
  const { api, events } = config.capture;
  const webhooks = connector.webhooks?.(api) ?? undeclared(role, 'tells of changes');
  const settings = pollSettings(role, steps);
  const { budget, tables } = settings;
  const { pollEveryMs, sweepEveryMs } = webhooks;
  const polled = pollCapture({ ...settings, pollEveryMs, sweepEveryMs });
  return eventCapture({ ...events, polled, webhooks, tables, budget, log });
}

const pollSettings = (role: ReplicaRole, steps: Steps): PollSettings => ({
  ...pollingOf(role),
  budget: budgetOf(role),
  tables: role.connector.tables,
  log: role.log,
  onProgress: (rows) => steps.copied(rows, 0),
});

type Declaring = Pick<ReplicaRole, 'config' | 'connector'>;

const pollingOf = (role: Declaring): Polling =>
  role.connector.polling?.(role.config.capture.api) ?? undeclared(role, 'is read');

function undeclared({ config, connector }: Declaring, what: string): never {
  throw new OperatorFault(
    FaultCode.Configuration,
    `SKIFF_CAPTURE=${config.capture.way}: the connector ${connector.name} does not say how its API ${what}.`,
  );
}

const BUDGET_CONNECTIONS = 2;

function budgetOf({ config, databaseUrl, shutdown }: Omit<ReplicaRole, 'schema' | 'log' | 'onReady'>): CallBudget {
  const db = pool(databaseUrl, BUDGET_CONNECTIONS);
  shutdown.add({ name: "connections for the ERP's call budget", stop: () => db.end() });
  return callBudget({ store: postgresBudgetStore(db, config.capture.api.url), limits: config.budget });
}

/** The role `ledger`: resolves with whether the copy made through the ERP's API is complete. */
export function runLedgerRole(role: Omit<ReplicaRole, 'schema' | 'log' | 'onReady'>): Promise<boolean> {
  const { transport, pollEveryMs } = pollingOf(role);
  const { signal } = role.shutdown;
  return runLedger(role.databaseUrl, role.connector, {
    transport,
    budget: budgetOf(role),
    lookAgainMs: pollEveryMs,
    signal,
  });
}
