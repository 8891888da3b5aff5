/** The role `replica`: capture, mirror, read models. Wires the capture the connector asks for to the replica. */
import type { z } from 'zod';
import { postgresBudgetStore } from '../erp/budget/postgres-store.ts';
import { callBudget } from '../erp/budget.ts';
import { BudgetEnv } from '../erp/budget-env.ts';
import { CaptureEnv } from '../erp/capture-env.ts';
import type { Capture, Connector } from '../erp/connector.ts';
import { postgresCapture } from '../erp/postgres/capture.ts';
import { pollCapture } from '../erp/rest/capture.ts';
import { together } from '../runtime/env.ts';
import { FaultCode, OperatorFault } from '../runtime/errors.ts';
import type { Log } from '../runtime/log.ts';
import type { Shutdown } from '../runtime/shutdown.ts';
import { pool } from './connect.ts';
import type { FlatSchema } from './flat-type.ts';
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
  const capture = config.capture.way === 'poll' ? polled(role, steps) : replicated(role, steps);
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

const replicated = ({ config, connector, log }: ReplicaRole, steps: Steps): Capture =>
  postgresCapture({
    connectionString: config.capture.databaseUrl,
    publication: connector.publication,
    slot: `skiff_${connector.name}`,
    tables: connector.tables,
    log,
    onProgress: ({ rows, estimatedRows }) => steps.copied(rows, estimatedRows),
  });

const BUDGET_CONNECTIONS = 2;

function polled({ config, connector, databaseUrl, log, shutdown }: ReplicaRole, steps: Steps): Capture {
  const { api } = config.capture;
  const polling = connector.polling?.(api);
  if (!polling) {
    throw new OperatorFault(
      FaultCode.Configuration,
      `SKIFF_CAPTURE=poll: the connector ${connector.name} does not say how its API is read.`,
    );
  }
  const db = pool(databaseUrl, BUDGET_CONNECTIONS);
  shutdown.add({ name: "connections for the ERP's call budget", stop: () => db.end() });
  return pollCapture({
    ...polling,
    budget: callBudget({ store: postgresBudgetStore(db, api.url), limits: config.budget }),
    tables: connector.tables,
    log,
    onProgress: (rows) => steps.copied(rows, 0),
  });
}
