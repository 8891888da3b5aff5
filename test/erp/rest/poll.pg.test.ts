/** The sandbox ERP copied and followed through its API alone. */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryBudgetStore } from '../../../erp/budget/memory-store.ts';
import { callBudget } from '../../../erp/budget.ts';
import { Random } from '../../../erp/sandbox/random.ts';
import { randomChanges } from '../../../erp/sandbox/random-changes.ts';
import { polling } from '../../../erp/sandbox/resources.ts';
import { tables } from '../../../erp/sandbox/tables.ts';
import { connect } from '../../../replica/connect.ts';
import { tableLedger } from '../../../replica/polling/ledger.ts';
import { verifyAll } from '../../../replica/verify.ts';
import { erpServer } from '../postgres/erp.ts';
import { until } from '../postgres/running-capture.ts';
import { type LentApi, sandboxApi } from '../sandbox/api.ts';
import { type SandboxErp, sandboxErp } from '../sandbox/sandbox.ts';
import { differences, type PolledReplica, polledReplica } from './polled-replica.ts';

const server = erpServer(18);
const opened = new AsyncDisposableStack();
let erp: SandboxErp;
beforeAll(async () => {
  erp = opened.use(await sandboxErp(server, { lines: 300, foreignKeys: false }));
});
afterAll(() => opened.disposeAsync());

const forever = AbortSignal.timeout(600_000);

test('a copy made while pages shift, tokens end and calls are refused equals the ERP after a sweep', {
  timeout: 180_000,
}, async () => {
  const seed = Number(process.env.SKIFF_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`random changes with SKIFF_TEST_SEED=${seed}`);
  const profile = { keyset: false, rowsPerPage: 100, keysPerPage: 300, tokenLifetimeMs: 400 };
  await using api = await sandboxApi(erp, { base: 'none', profile });
  await using replica = await polledReplica(api);
  await api.setFaults([{ kind: 'storm', share: 0.05, count: null, forMs: null, retryAfterSeconds: 0, on: 'read' }]);
  let isCopying = true;
  const writing = (async () => {
    const random = new Random(seed);
    const client = await erp.pool.connect();
    while (isCopying) {
      await randomChanges(client, random, 20);
      await sleep(20);
    }
    client.release();
  })();
  await replica.copied;
  isCopying = false;
  await writing;
  await api.setFaults([]);

  const sweptAfter = new Date();
  const isSwept = async () => {
    const { rowCount } = await replica.db.query(
      `select from skiff.table_poll where deletions_as_of <= $1 or as_of <= $1 or deletions_as_of is null`,
      [sweptAfter.toISOString()],
    );
    return rowCount === 0;
  };
  await until(isSwept);
  expect(await differences(erp, replica)).toEqual([]);
  await until(async () => (await replica.db.query('select from skiff.pending limit 1')).rowCount === 0);
  expect((await verifyAll(replica.db, () => {})).filter(({ differences }) => differences > 0)).toEqual([]);
  expect(api.counters.requests.token).toBeGreaterThan(2);
  expect(api.counters.tooManyRequests.storm).toBeGreaterThan(0);
});

test('a copy that is interrupted goes on at the page where it stood, and knows of deletions before any sweep', {
  timeout: 180_000,
}, async () => {
  await using api = await sandboxApi(erp, { base: 'none', profile: { rowsPerPage: 50 } });
  const pages = () => api.counters.requests.page + api.counters.requests.keyset;
  const needed = await erp.count(`select sum((n + 49) / 50 + case when n = 0 then 1 else 0 end) from (
    select (xpath('/row/n/text()', query_to_xml(format('select count(*) as n from %I', relname), false, true, '')))[1]::text::int as n
    from pg_class join pg_publication_tables on tablename = relname where relkind = 'r') counted`);
  const { transport } = polling({ url: api.url, user: api.clientId, password: api.clientSecret });
  transport.keys = (_table, _after, signal) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const slow = { transport, pollEveryMs: 600_000 };
  let replica = await polledReplica(api, slow);
  const interrupted = 3;
  for (let times = 0; times < interrupted; times++) {
    const soFar = pages();
    await until(() => pages() > soFar + 35);
    replica = await replica.again();
  }
  await using last = replica;
  await last.copied;

  expect(await differences(erp, last)).toEqual([]);
  const never = await last.db.query('select from skiff.table_poll where deletions_as_of is null');
  expect(never.rowCount).toBe(0);
  // Each interruption repeats the page under way of the tables copied at once; the last polls follow the copy.
  expect(pages()).toBeLessThanOrEqual(needed + interrupted * 4 + (interrupted + 1) * tables.length);
});

describe('a replica that is asked to poll, and sweeps by itself', () => {
  let api: LentApi;
  let replica: PolledReplica;
  beforeAll(async () => {
    api = opened.use(await sandboxApi(erp, { base: 'none', profile: { keysPerPage: 100 } }));
    replica = opened.use(await polledReplica(api, { pollEveryMs: 600_000, sweepEveryMs: 300 }));
    await replica.copied;
  }, 180_000);

  /** The one round of polls that follows the copy is over, and every table was swept. */
  const firstRound = async () => {
    const counted = await replica.db.query<{ now: string }>('select clock_timestamp() as now');
    const isOver = async () => {
      const { rowCount } = await replica.db.query(
        'select from skiff.table_poll where deletions_as_of is null or deletions_as_of < $1',
        [counted.rows[0]?.now],
      );
      return rowCount === 0;
    };
    for (let pages = -1; pages !== api.counters.requests.keyset; await until(isOver)) {
      pages = api.counters.requests.keyset;
    }
  };

  test('a row that is deleted leaves with the next sweep, one that comes back after it is there again', async () => {
    const held = async () =>
      (await replica.db.query<{ name: string }>(`select name from erp.carrier where carrier_code = 'XY'`)).rows;
    const insert = (name: string) =>
      erp.client.query(`insert into carrier (carrier_code, name, service) values ('XY', $1, 'ROAD')`, [name]);

    await insert('First');
    await until(async () => (await held()).length === 1);
    await erp.client.query(`delete from carrier where carrier_code = 'XY'`);
    await until(async () => (await held()).length === 0);
    await insert('Second');
    await until(async () => (await held())[0]?.name === 'Second');
  });

  test('a change that is committed late, as of an earlier time, is read by the next poll', async () => {
    const writer = await erp.pool.connect();
    await writer.query('begin');
    await writer.query(
      `update plant set name = 'Late', changed_at = now() where plant_code = (select min(plant_code) from plant)`,
    );
    await replica.capture.barrier(forever);
    await erp.client.query(
      `update plant set name = 'Early', changed_at = now() where plant_code = (select max(plant_code) from plant)`,
    );
    await replica.capture.barrier(forever);
    await writer.query('commit');
    writer.release();

    await replica.capture.barrier(forever);

    const { rows } = await replica.db.query(`select name from erp.plant where name in ('Late', 'Early') order by name`);
    expect(rows).toEqual([{ name: 'Early' }, { name: 'Late' }]);
  });

  test('200 live reads of 50 keys at once take one call for the keys and one for each table', async () => {
    await firstRound();
    const { rows: keys } = await erp.pool.query<{ delivery_no: string; item_no: string }>(
      'select delivery_no, item_no from delivery_item order by 1, 2 limit 50',
    );
    await erp.client.query(`update material_text set short_text = short_text || '!', changed_at = now()`);
    await erp.client.query(`update delivery_item set delivery_qty = delivery_qty + 1, changed_at = now()`);
    const { requests } = structuredClone(api.counters);
    const joined = ['material_text', 'delivery_header', 'delivery_status'];

    await Promise.all(
      Array.from({ length: 200 }, (_, at) => {
        const key = keys[at % keys.length];
        const named = key ? [[key.delivery_no, key.item_no]] : [];
        return replica.capture.liveRead?.({ tables: joined, rows: new Map([['delivery_item', named]]) }, forever);
      }),
    );

    const after = api.counters.requests;
    expect(after.keyset + after.page - requests.keyset - requests.page).toBe(joined.length);
    expect(after.ids - requests.ids).toBe(1);
    const texts = 'select string_agg(short_text, chr(10) order by material_no, language_code) as texts from';
    const [original, mirrored] = [
      await erp.client.query(`${texts} material_text`),
      await replica.db.query(`${texts} erp.material_text`),
    ];
    expect(mirrored.rows).toEqual(original.rows);
  });

  test('the ledger says whether the copy is complete, and which rows are not', async () => {
    const access = { url: api.url, user: api.clientId, password: api.clientSecret };
    const limits = { requests: 1_000_000, windowMs: 1_000, concurrency: 4, callTimeoutMs: 10_000 };
    const budget = callBudget({ store: memoryBudgetStore(), limits });
    const ledger = async (db: pg.Client, name: string) => {
      const table = tables.find((one) => one.name === name);
      if (!table) throw new Error(`There is no table ${name}`);
      return tableLedger(db, table, { ...polling(access), budget, lookAgainMs: 10, signal: forever });
    };
    const rows = await erp.count('select count(*) from stock_movement');
    expect(await ledger(replica.db, 'stock_movement')).toMatchObject({
      rows,
      ranges: Math.ceil(rows / 100),
      differences: 0,
    });

    await replica.stop();
    const db = await connect(replica.database.url, 'builder');
    await using _closed = { [Symbol.asyncDispose]: () => db.end() };
    await db.query(
      `update erp.plant set name = 'Elsewhere' where plant_code = (select min(plant_code) from erp.plant)`,
    );
    await db.query(`delete from erp.plant where plant_code = (select max(plant_code) from erp.plant)`);
    await db.query(`insert into erp.plant select 'ZZZZ', company_code, name from erp.plant limit 1`);
    const found = await ledger(db, 'plant');
    expect(found).toMatchObject({ unequalRanges: 1, differences: 3 });
    expect(found.sample).toContainEqual(['ZZZZ']);
  });
});
