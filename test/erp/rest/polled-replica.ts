/**
 * Lends a replica that polls the sandbox ERP's API:
 *
 *     await using replica = await polledReplica(api);
 *     await replica.copied;
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { memoryBudgetStore } from '../../../erp/budget/memory-store.ts';
import { type CallBudget, callBudget } from '../../../erp/budget.ts';
import type { Capture, MirrorTable, Polling } from '../../../erp/connector.ts';
import { type PolledCapture, pollCapture } from '../../../erp/rest/capture.ts';
import { connector as connectorOf } from '../../../erp/sandbox/connector.ts';
import { polling as pollingOf } from '../../../erp/sandbox/resources.ts';
import { tables } from '../../../erp/sandbox/tables.ts';
import { connect } from '../../../replica/connect.ts';
import type { Definition } from '../../../replica/model/definition.ts';
import { startReplica } from '../../../replica/replica.ts';
import { createLog, type Log } from '../../../runtime/log.ts';
import { deployedSchema } from '../../../schema/deployed.ts';
import { type TestPostgres, testPostgres } from '../../postgres.ts';
import { until } from '../postgres/running-capture.ts';
import type { LentApi } from '../sandbox/api.ts';
import type { SandboxErp } from '../sandbox/sandbox.ts';

export interface PolledReplica extends AsyncDisposable {
  readonly capture: Capture;
  readonly definitions: readonly Definition[];
  /** Everything was read once and the read models are built. Rejects when the replica ends before. */
  readonly copied: Promise<void>;
  readonly database: TestPostgres;
  /** Answers with text. */
  readonly db: pg.Client;
  /** As a power cut does, but for the process: what is under way is lost. */
  stop(): Promise<void>;
  /** On the same database. */
  again(): Promise<PolledReplica>;
}

export interface PolledSettings extends Partial<Polling> {
  readonly limits?: { readonly requests: number; readonly windowMs: number };
  /** A capture that polls, and does more than that. */
  readonly around?: (parts: CaptureParts) => Capture;
}

export interface CaptureParts {
  readonly polled: PolledCapture;
  readonly tables: readonly MirrorTable[];
  readonly budget: CallBudget;
  readonly log: Log;
}

const often = { pollEveryMs: 50, sweepEveryMs: 300, longestTransactionMs: 10_000 };

export type ReachedApi = Pick<LentApi, 'url' | 'clientId' | 'clientSecret'>;

export async function polledReplica(
  api: ReachedApi,
  settings: PolledSettings = {},
  lent?: TestPostgres,
): Promise<PolledReplica> {
  const database = lent ?? (await testPostgres());
  const { limits = { requests: 1_000_000, windowMs: 1_000 }, around = ({ polled }) => polled, ...polling } = settings;
  const connector = connectorOf({});
  const log = createLog({ level: process.env.SKIFF_TEST_LOG === 'debug' ? 'debug' : 'silent' });
  const access = { url: api.url, user: api.clientId, password: api.clientSecret };
  const { tables } = connector;
  const budget = callBudget({
    store: memoryBudgetStore(),
    limits: { concurrency: 4, callTimeoutMs: 10_000, ...limits },
  });
  const polled = pollCapture({ ...pollingOf(access), ...often, ...polling, tables, budget, log });
  const capture = around({ polled, tables, budget, log });
  const built = Promise.withResolvers<void>();
  const replica = await startReplica({
    connectionString: database.url,
    connector,
    schema: deployedSchema().flat,
    capture,
    log,
    onBuilt: built.resolve,
  });
  const db = await connect(database.url, 'builder');
  const copied = Promise.race([built.promise, replica.done]);
  copied.catch(() => {}); // who waits for it is told
  let stopped: Promise<void> | null = null;
  const stop = () => {
    stopped ??= replica.stop().then(() => db.end());
    return stopped;
  };
  return {
    capture,
    definitions: replica.definitions,
    copied,
    database,
    db,
    stop,
    async again() {
      await stop();
      return polledReplica(api, settings, database);
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** Each mirrored table's rows as a text, of the ERP and of its copy; those alone that differ. */
export async function differences(erp: SandboxErp, { db }: Pick<PolledReplica, 'db'>): Promise<string[]> {
  const found: string[] = [];
  for (const { name, columns } of connectorOf({}).tables) {
    const digest = async (client: pg.Client, schema: string): Promise<string> => {
      const { rows } = await client.query<{ digest: string }>(/* sql */ `
        select count(*) || ' rows, ' || coalesce(md5(string_agg(t::text, chr(10) order by t::text)), '') as digest
        from (select ${Object.keys(columns).join(', ')} from ${schema}.${name}) t`);
      return rows[0]?.digest ?? '';
    };
    await erp.client.query(`set time zone 'UTC'`);
    const [original, mirrored] = await Promise.all([digest(erp.client, 'public'), digest(db, 'erp')]);
    if (original !== mirrored) found.push(`${name}: ${original} in the ERP, ${mirrored} in the copy`);
  }
  return found;
}

/** Waits for the polls and sweeps that follow a copy. The next ones come when they are due. */
export async function firstRoundIsOver({ counters }: Pick<LentApi, 'counters'>): Promise<void> {
  const calls = () => counters.requests.page + counters.requests.keyset + counters.requests.keys;
  await until(async () => counters.requests.keys >= tables.length);
  for (let last = -1; last !== calls(); await sleep(1_000)) last = calls();
}
