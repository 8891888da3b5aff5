/** A replica in this process for each way of capture, so that a sweep comes when the bench asks for it. */
import { memoryBudgetStore } from '../../erp/budget/memory-store.ts';
import { callBudget } from '../../erp/budget.ts';
import type { Capture } from '../../erp/connector.ts';
import { eventCapture } from '../../erp/events/capture.ts';
import { postgresCapture } from '../../erp/postgres/capture.ts';
import { type PolledCapture, pollCapture } from '../../erp/rest/capture.ts';
import { connector as connectorOf } from '../../erp/sandbox/connector.ts';
import { polling } from '../../erp/sandbox/resources.ts';
import { webhooks } from '../../erp/sandbox/webhooks.ts';
import { connect } from '../../replica/connect.ts';
import { startReplica } from '../../replica/replica.ts';
import { verifyAll } from '../../replica/verify.ts';
import { freePort } from '../../runtime/free-port.ts';
import { createLog } from '../../runtime/log.ts';
import { deployedSchema } from '../../schema/deployed.ts';
import type { Databases } from '../databases.ts';
import type { BenchApi } from '../sandbox-api.ts';
import { until } from '../until.ts';

export interface Copy extends AsyncDisposable {
  readonly name: 'replication' | 'polling' | 'events';
  readonly databases: Databases;
  /** Everything was copied once, and the read models stand. */
  readonly built: Promise<void>;
  /** Every table is polled and swept once more. */
  swept(): Promise<void>;
  /** The read models against the mirror. */
  verified(): Promise<{ readonly rows: number; readonly differences: number }>;
}

const connector = connectorOf({});
const { tables } = connector;
const log = createLog({ level: 'error' }, process.stderr);
const EVENTS_SECRET = 'a secret of the captures bench';
/** A sweep after the one that follows the copy is the bench's to ask for. */
const NEVER_MS = 24 * 3_600_000;
const POLL_EVERY_MS = 2_000;

export const replicatedCopy = (databases: Databases): Promise<Copy> =>
  copyBy(
    'replication',
    databases,
    postgresCapture({
      connectionString: databases.erp.url,
      publication: connector.publication,
      slot: 'skiff_captures',
      tables,
      log,
    }),
  );

export function polledCopy(databases: Databases, api: BenchApi): Promise<Copy> {
  const polled = pollOf(api, POLL_EVERY_MS);
  return copyBy('polling', databases, polled, polled);
}

export async function toldCopy(databases: Databases, api: BenchApi): Promise<Copy> {
  const port = await freePort();
  const polled = pollOf(api, NEVER_MS);
  const capture = eventCapture({
    polled,
    webhooks: webhooks(api.access),
    tables,
    budget: unlimited(),
    host: '127.0.0.1',
    port,
    secret: EVENTS_SECRET,
    url: `http://127.0.0.1:${port}/`,
    log,
  });
  return copyBy('events', databases, capture, polled);
}

const unlimited = () =>
  callBudget({
    store: memoryBudgetStore(),
    limits: { requests: 1_000_000, windowMs: 1_000, concurrency: 8, callTimeoutMs: 30_000 },
  });

const pollOf = ({ access }: BenchApi, pollEveryMs: number): PolledCapture =>
  pollCapture({ ...polling(access), pollEveryMs, sweepEveryMs: NEVER_MS, tables, budget: unlimited(), log });

async function copyBy(
  name: Copy['name'],
  databases: Databases,
  capture: Capture,
  polled?: PolledCapture,
): Promise<Copy> {
  const isBuilt = Promise.withResolvers<void>();
  const { replica: database } = databases;
  const replica = await startReplica({
    connectionString: database.url,
    connector,
    schema: deployedSchema().flat,
    capture,
    log,
    onBuilt: isBuilt.resolve,
  });
  const built = Promise.race([isBuilt.promise, replica.done]);
  built.catch(() => {}); // who waits for it is told
  return {
    name,
    databases,
    built,
    async swept() {
      const since = new Date();
      polled?.want(since);
      await until(async () => {
        const { rowCount } = await database.pool.query(
          `select from skiff.table_poll where deletions_as_of is null or least(as_of, deletions_as_of) <= $1
           union all select from skiff.pending`,
          [since],
        );
        return rowCount === 0;
      });
    },
    async verified() {
      const client = await connect(database.url, 'builder');
      const verdicts = await verifyAll(client, () => {});
      await client.end();
      const sum = (counted: readonly number[]) => counted.reduce((one, other) => one + other, 0);
      return {
        rows: sum(verdicts.map(({ rows }) => rows)),
        differences: sum(verdicts.map(({ differences }) => differences)),
      };
    },
    [Symbol.asyncDispose]: () => replica.stop(),
  };
}
