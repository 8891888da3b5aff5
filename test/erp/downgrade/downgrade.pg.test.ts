/** An ERP whose database goes out of Skiff's reach, alone, and comes back, while it is written and read all the time. */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { memoryBudgetStore } from '../../../erp/budget/memory-store.ts';
import { callBudget } from '../../../erp/budget.ts';
import type { Capture, Polling } from '../../../erp/connector.ts';
import { downgradingCapture } from '../../../erp/downgrade/capture.ts';
import { postgresCapture } from '../../../erp/postgres/capture.ts';
import { reachErp } from '../../../erp/postgres/connect.ts';
import { pollCapture } from '../../../erp/rest/capture.ts';
import { connector as connectorOf } from '../../../erp/sandbox/connector.ts';
import { Random } from '../../../erp/sandbox/random.ts';
import { randomChanges } from '../../../erp/sandbox/random-changes.ts';
import { polling } from '../../../erp/sandbox/resources.ts';
import { tables } from '../../../erp/sandbox/tables.ts';
import { connect, pool } from '../../../replica/connect.ts';
import { reachFreshness } from '../../../replica/fresh-enough.ts';
import { type Replica, startReplica } from '../../../replica/replica.ts';
import { type Serving, serveModels } from '../../../replica/serving.ts';
import { verifyAll } from '../../../replica/verify.ts';
import { createLog } from '../../../runtime/log.ts';
import { deployedSchema } from '../../../schema/deployed.ts';
import { type TestPostgres, testPostgres } from '../../postgres.ts';
import { erpServer } from '../postgres/erp.ts';
import { until } from '../postgres/running-capture.ts';
import { differences } from '../rest/polled-replica.ts';
import { type LentApi, sandboxApi } from '../sandbox/api.ts';
import { type SandboxErp, sandboxErp } from '../sandbox/sandbox.ts';
import { type Gate, openGate } from './gate.ts';
import { WITNESSED, type Witness, witness } from './witness.ts';

const server = erpServer(18);
const opened = new AsyncDisposableStack();
let erp: SandboxErp;
let api: LentApi;
let gate: Gate;
let database: TestPostgres;
let replica: Replica;
let capture: Capture;
/** From which times on walks have read. */
const walked: (number | null)[] = [];
let serving: Serving;
let db: pg.Client;
let seen: Witness;
let writing: { stop(): Promise<void> };

beforeAll(async () => {
  erp = opened.use(await sandboxErp(server, { lines: 100, foreignKeys: false }));
  api = opened.use(await sandboxApi(erp));
  gate = opened.use(await openGate(erp.url));
  database = opened.use(await testPostgres());
  opened.defer(() => replica.stop());
  await start();
  db = opened.adopt(await connect(database.url, 'builder'), (one) => one.end());
  const readers = opened.adopt(pool(database.url, 2), (one) => one.end());
  serving = opened.adopt(await serveModels(readers, replica.definitions), (one) => one.close());
  writing = randomly(erp);
  seen = await witness(erp, readers);
}, 120_000);
afterAll(() => opened.disposeAsync());

/** Resolves when the read models are built. */
async function start(): Promise<void> {
  const connector = connectorOf({});
  const { publication } = connector;
  const log = createLog({ level: process.env.SKIFF_TEST_LOG === 'debug' ? 'debug' : 'silent' });
  const limits = { requests: 1_000_000, windowMs: 1_000, concurrency: 4, callTimeoutMs: 10_000 };
  const budget = callBudget({ store: memoryBudgetStore(), limits });
  const often = { pollEveryMs: 200, sweepEveryMs: 500, longestTransactionMs: 1_000 };
  const access = { url: api.url, user: api.clientId, password: api.clientSecret };
  capture = downgradingCapture({
    replicated: () =>
      postgresCapture({ connectionString: gate.url, publication, slot: `skiff_${erp.name}`, tables, log }),
    polled: () => pollCapture({ ...noted(polling(access)), ...often, tables, budget, log }),
    reachDatabase: () => reachErp(gate.url),
    afterMs: 500,
    lookEveryMs: 100,
    returnPauseMs: 100,
    log,
  });
  const built = Promise.withResolvers<void>();
  const schema = deployedSchema().flat;
  replica = await startReplica({
    ...{ connectionString: database.url, connector, schema, capture, log },
    onBuilt: built.resolve,
  });
  await Promise.race([built.promise, replica.done]);
}

function noted(declared: Polling): Polling {
  const { transport } = declared;
  const walk = transport.walk.bind(transport);
  transport.walk = (table, sinceMs, cursor, signal) => {
    walked.push(sinceMs);
    return walk(table, sinceMs, cursor, signal);
  };
  return declared;
}

/** Random changes, until they are stopped. */
function randomly({ pool: writers }: SandboxErp): { stop(): Promise<void> } {
  const seed = Number(process.env.SKIFF_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`random changes with SKIFF_TEST_SEED=${seed}`);
  const random = new Random(seed);
  let isWriting = true;
  const run = (async () => {
    const client = await writers.connect();
    while (isWriting) {
      await randomChanges(client, random, 20, [WITNESSED]);
      await sleep(50);
    }
    client.release();
  })();
  return {
    async stop() {
      isWriting = false;
      await run;
    },
  };
}

const stateIs = (state: string) => until(() => capture.status().state === state);

/** Nothing is written any more, and all of it is here. */
async function isEqual(): Promise<void> {
  await writing.stop();
  await seen.quietly(hasCaughtUp);
  writing = randomly(erp);
}

async function hasCaughtUp(): Promise<void> {
  const since = new Date();
  const late = `select from skiff.read_model where least(as_of, deletions_as_of) <= $1 union all select from skiff.pending`;
  await until(async () => (await db.query(late, [since.toISOString()])).rowCount === 0);
  expect(await differences(erp, { db })).toEqual([]);
  expect((await verifyAll(db, () => {})).filter((verdict) => verdict.differences > 0)).toEqual([]);
}

const now = async (waitMs: number) =>
  reachFreshness(
    serving,
    ['Product'],
    { maxStalenessMs: 0, onStale: null, after: null },
    { waitMs, signal: new AbortController().signal },
  );
const rename = (name: string) =>
  erp.client.query(
    `update material_text set short_text = $1, changed_at = now() where language_code = 'EN' and material_no = (select min(material_no) from material)`,
    [name],
  );
const isNamed = async (name: string) =>
  (await db.query(`select from erp.material_text where short_text = $1`, [name])).rowCount === 1;

test('an ERP is polled while its database is out of reach, without being copied again', {
  timeout: 60_000,
}, async () => {
  await isEqual();
  expect(api.counters.requests.keyset + api.counters.requests.page).toBe(0);
  gate.close();
  await stateIs('reconnecting');
  expect(await now(300)).toMatchObject({ isFresh: false });
  await stateIs('downgraded');
  await isEqual();
  expect(walked.length).toBeGreaterThan(tables.length);
  expect(walked).not.toContain(null);
});

test('meanwhile a question for what is new is answered by a read of the API', async () => {
  await rename('By the API');
  expect(await now(8_000)).toMatchObject({ isFresh: true });
  expect(await isNamed('By the API')).toBe(true);
});

test('who is started again meanwhile goes on polling', async () => {
  await replica.stop();
  await start();
  await stateIs('downgraded');
  await isEqual();
  expect(walked).not.toContain(null);
});

test('it is replicated again when its database is back, and polled again when that is gone', {
  timeout: 60_000,
}, async () => {
  gate.open();
  await stateIs('streaming');
  expect((await db.query('select from skiff.table_poll')).rowCount).toBe(0);
  await isEqual();
  const { keyset } = api.counters.requests;
  await rename('By the stream');
  expect(await now(8_000)).toMatchObject({ isFresh: true });
  expect(await isNamed('By the stream')).toBe(true);
  expect(api.counters.requests.keyset).toBe(keyset);

  api.setFaults([{ kind: 'error', share: 1, count: null, forMs: null, on: 'read' }]);
  gate.close();
  await until(() => api.counters.requests.keyset > keyset);
  expect(capture.status().state).toBe('reconnecting');
  api.setFaults([]);
  await stateIs('downgraded');
  await isEqual();
});

test('in all that time no answer went back, or lacked what it said it had', async () => {
  await writing.stop();
  const { faults, looks, most } = await seen.stop();
  expect(faults).toEqual([]);
  expect(looks).toBeGreaterThan(100);
  expect(most).toBeGreaterThan(20);
});
