/** Lends a replica that follows a Tryton: captured by logical replication or through its API, every read model built. */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { memoryBudgetStore } from '../../../erp/budget/memory-store.ts';
import { callBudget } from '../../../erp/budget.ts';
import type { ApiAccess, Capture, Connector, ConnectorSettings, Polling } from '../../../erp/connector.ts';
import { postgresCapture } from '../../../erp/postgres/capture.ts';
import { pollCapture } from '../../../erp/rest/capture.ts';
import { connector as tryton } from '../../../erp/tryton/connector.ts';
import { connect } from '../../../replica/connect.ts';
import { type Replica, startReplica } from '../../../replica/replica.ts';
import { createLog } from '../../../runtime/log.ts';
import { deployedSchema } from '../../../schema/deployed.ts';
import { plain } from './api.ts';

const log = createLog({ level: 'warn' });

export interface ConnectedReplica extends AsyncDisposable {
  readonly replica: Replica;
  readonly capture: Capture;
  /** Answers with text, as PostgreSQL prints it. */
  readonly db: pg.Client;
  /** The table of a read model. */
  table(model: string): string;
  /** Everything that was committed in the ERP before is applied, also what had to wait behind the stream. */
  caughtUp(): Promise<void>;
  rows(model: string, where?: string): Promise<Readonly<Record<string, string | null>>[]>;
}

export function connectReplica(
  captureUrl: string,
  replicaUrl: string,
  settings: ConnectorSettings = {},
): Promise<ConnectedReplica> {
  const connector = tryton(settings);
  const capture = postgresCapture({
    connectionString: captureUrl,
    publication: connector.publication,
    slot: 'skiff_test',
    tables: connector.tables,
    log,
  });
  return connected(connector, capture, replicaUrl);
}

/** The same by Tryton's API alone. */
export function pollReplica(
  access: ApiAccess,
  replicaUrl: string,
  rhythm: Partial<Polling> = {},
  settings: ConnectorSettings = {},
): Promise<ConnectedReplica> {
  const connector = tryton(settings);
  const polling = connector.polling?.(access);
  if (!polling) throw new Error('Tryton’s connector does not say how its API is read');
  const limits = { requests: 1_000_000, windowMs: 1_000, concurrency: 2, callTimeoutMs: 30_000 };
  const capture = pollCapture({
    ...polling,
    ...rhythm,
    tables: connector.tables,
    budget: callBudget({ store: memoryBudgetStore(), limits }),
    log,
  });
  return connected(connector, capture, replicaUrl);
}

async function connected(connector: Connector, capture: Capture, replicaUrl: string): Promise<ConnectedReplica> {
  const { flat } = deployedSchema({ missingTypes: ['PeriodCost'] });
  const replica = await startReplica({ connectionString: replicaUrl, connector, schema: flat, capture, log });
  const db = await connect(replicaUrl, 'reader');
  const count = async (sql: string) => Number((await db.query<{ n: string }>(sql)).rows[0]?.n);
  const none = async (sql: string) => {
    while ((await count(sql)) > 0) await Promise.race([sleep(20), replica.done]);
  };
  await none(`select count(*)::text as n from skiff.read_model where state <> 'ready'`);

  const table = (model: string): string => {
    const hash = replica.definitions.find((definition) => definition.model === model)?.hash;
    if (!hash) throw new Error(`There is no read model ${model}`);
    return `read."${model}_${hash}"`;
  };
  return {
    replica,
    capture,
    db,
    table,
    async caughtUp() {
      await capture.barrier(AbortSignal.timeout(60_000));
      await none('select count(*)::text as n from skiff.pending');
    },
    async rows(model, where = 'true') {
      const { rows } = await db.query<Record<string, string | null>>(`select * from ${table(model)} where ${where}`);
      return rows.map((row) =>
        Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === null ? null : plain(value)])),
      );
    },
    async [Symbol.asyncDispose]() {
      await replica.stop();
      await db.end();
    },
  };
}
