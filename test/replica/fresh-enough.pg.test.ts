/** Waiting until read models are fresh enough, against a replica whose ERP does as a test says. */
import { expect, test } from 'vitest';
import type { Change } from '../../erp/change.ts';
import type { Barrier, OnBarrierKnown } from '../../erp/connector.ts';
import { watermarkOf } from '../../erp/postgres/lsn.ts';
import { pool } from '../../replica/connect.ts';
import { type FreshnessSource, reachFreshness } from '../../replica/fresh-enough.ts';
import { sampleFreshness } from '../../replica/freshness.ts';
import type { Query } from '../../replica/queryable.ts';
import { type Serving, serveModels } from '../../replica/serving.ts';
import type { FreshnessWishes } from '../../replica/wishes.ts';
import { testPostgres } from '../postgres.ts';
import { type SmallErp, type SmallErpOptions, smallErp } from './small-erp.ts';

const snapshot = {
  customer: ['1\tAmeise\tEU\t\\N', '2\tBiene\tEU\t\\N'],
  product: ['10\tPump\tsmall'],
  sales_order: ['100\tA-100\t1'],
  order_line: ['100\t1\t10\t2.500\t2026-03-01'],
};
const rename = (name: string): Change => ({
  op: 'upsert',
  table: 'customer',
  row: { id: '1', name, region: 'EU', unused: null },
});

interface Served extends AsyncDisposable {
  readonly erp: SmallErp;
  readonly serving: Serving;
  query(text: string, values?: unknown[]): Promise<{ rows: Record<string, string>[]; rowCount: number | null }>;
}

async function served(options: SmallErpOptions = {}): Promise<Served> {
  await using opened = new AsyncDisposableStack();
  const db = opened.use(await testPostgres());
  const erp = opened.use(await smallErp(db.url, { snapshot, ...options }));
  const readers = opened.adopt(pool(db.url, 4), (one) => one.end());
  const serving = opened.adopt(await serveModels(readers, erp.replica.definitions), (one) => one.close());
  const held = opened.move();
  return {
    erp,
    serving,
    query: (text, values) => db.query(text, values),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

const wish = (wishes: Partial<FreshnessWishes>): FreshnessWishes => ({
  maxStalenessMs: null,
  onStale: null,
  after: null,
  ...wishes,
});
const now = wish({ maxStalenessMs: 0 });
const patience = (waitMs: number) => ({ waitMs, signal: new AbortController().signal });
const reach = async (source: FreshnessSource, wishes: FreshnessWishes, waitMs = 5_000) =>
  reachFreshness(source, ['Line', 'Customer'], wishes, patience(waitMs));

test('what is fresh enough is not waited for, and not asked for', async () => {
  await using all = await served();
  await reach(all.serving, now);
  const { rows } = await all.query('select count(*)::text as asked from skiff.freshness_request');
  const reached = reachFreshness(all.serving, ['Line'], wish({ maxStalenessMs: 60_000 }), patience(0));
  expect(reached).not.toBeInstanceOf(Promise);
  expect(reached).toMatchObject({ isFresh: true, isVisible: true });
  expect((await all.query('select count(*)::text as asked from skiff.freshness_request')).rows).toEqual(rows);
});

test('no staleness at all means: as of a moment after the request, and seen by this process', async () => {
  await using all = await served();
  for (const name of ['One', 'Two', 'Three']) {
    await all.erp.apply(rename(name));
    const { rows } = await all.query(`select (extract(epoch from clock_timestamp()) * 1000)::text as asked`);
    expect(await reach(all.serving, now)).toMatchObject({ isFresh: true });
    expect(all.serving.freshness('Line').asOf.getTime()).toBeGreaterThanOrEqual(Math.floor(Number(rows[0]?.asked)));
  }
});

test('many who ask at once share few questions', async () => {
  await using all = await served();
  const reached = await Promise.all(Array.from({ length: 200 }, () => reach(all.serving, now)));
  expect(reached.every(({ isFresh }) => isFresh)).toBe(true);
  const { rows } = await all.query('select count(*)::text as asked from skiff.freshness_request');
  expect(Number(rows[0]?.asked)).toBeLessThanOrEqual(3);
});

test('keys that wait behind the stream are waited for', async () => {
  await using all = await served();
  await reach(all.serving, now);
  const line = all.erp.replica.definitions.find(({ model }) => model === 'line')?.hash;
  await all.query(`insert into skiff.pending (hash, batch, as_of) values ($1, 1, now() - interval '1 hour')`, [line]);
  expect(await reach(all.serving, now)).toMatchObject({ isFresh: true });
  expect((await all.query('select from skiff.pending')).rowCount).toBe(0);
});

test('a read model that has stopped is not waited for', async () => {
  await using all = await served();
  await reach(all.serving, now);
  await all.query(`update skiff.read_model set stopped = 'a column is gone' where model = 'line'`);
  await all.erp.replica.sample();
  await all.serving.refresh();
  expect(await reach(all.serving, now, 30_000)).toMatchObject({ isFresh: false, isVisible: true });
});

test('what a client has seen in one process is waited for in another', async () => {
  await using all = await served();
  const { epoch, batch } = all.serving.position;
  const visible = reach(all.serving, wish({ after: { epoch, batch: batch + 3n } }));
  await all.erp.apply(rename('One'), rename('Two'), rename('Three'));
  expect(await visible).toMatchObject({ isVisible: true, isFresh: true });
  expect(all.serving.position.batch).toBeGreaterThanOrEqual(batch + 3n);
  expect(await reach(all.serving, wish({ after: { epoch, batch: batch + 1_000n } }), 100)).toMatchObject({
    isVisible: false,
  });
});

test('a listening connection that is cut is opened again, in both processes', async () => {
  await using all = await served();
  await reach(all.serving, now);
  await all.query(`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and query ~ 'skiff.freshness_request'`);
  expect(await reach(all.serving, now)).toMatchObject({ isFresh: true });
});

test('a replica that does not answer is waited for as long as is allowed, and no longer', async () => {
  await using all = await served();
  await all.erp.replica.stop();
  const began = performance.now();
  expect(await reach(all.serving, now, 300)).toMatchObject({ isFresh: false, isVisible: true });
  expect(performance.now() - began).toBeGreaterThanOrEqual(299);
  await expect(all.serving.until(() => false, AbortSignal.timeout(1))).rejects.toThrow();
});

test('an ERP that is away is not waited for', async () => {
  await using all = await served({
    capture: {
      status: () => ({ state: 'reconnecting', fault: 'gone', received: null, retainedBytes: null }),
      barrier: (signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true })),
    },
  });
  const waitMs = 30_000;
  const began = performance.now();
  expect(await reach(all.serving, now, waitMs)).toMatchObject({ isFresh: false });
  expect(performance.now() - began).toBeLessThan(waitMs / 3);
});

/** Waits for what a test says, and is never resolved. */
const unreached = (waiting: (onKnown: OnBarrierKnown) => void) => ({
  barrier: (signal: AbortSignal, onKnown: OnBarrierKnown = () => {}): Promise<Barrier> => {
    waiting(onKnown);
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
  },
});

test('how fresh it is stands in the very batch that comes to what was waited for, unless that counts no more', async () => {
  await using all = await served({ capture: unreached(() => {}) });
  const leaving = new AbortController();
  const query: Query = (statement) => all.erp.db.query(statement);
  const asOf = async () => (await all.query('select as_of from skiff.watermark')).rows[0]?.as_of;
  const at = (position: number) => ({ position: watermarkOf(`0/${position}`), allowanceMs: 0 });
  const wait = async () => {
    const { promise: known, resolve } = Promise.withResolvers<OnBarrierKnown>();
    const sampled = sampleFreshness(query, all.erp.replica.applier, unreached(resolve), leaving.signal);
    sampled.catch(() => {});
    return { tell: await known, sampled };
  };
  const { tell, sampled } = await wait();

  tell(at(3));
  await all.erp.apply(rename('One'));
  tell(null);
  await all.erp.apply(rename('Two'), rename('Three'));
  expect(await asOf()).toBeNull();
  tell(at(5));
  await all.erp.apply(rename('Four'));
  expect(await asOf()).toBeNull();
  await all.erp.apply(rename('Five'));
  expect(await asOf()).not.toBeNull();

  leaving.abort();
  await expect(sampled).rejects.toThrow();
  expect(all.erp.replica.applier.companions.size).toBe(0);
});

test('looks and readings of the change log, side by side on one connection, are what pg can do', async () => {
  const warnings: string[] = [];
  const hear = ({ message }: Error) => void warnings.push(message);
  process.on('warning', hear);
  try {
    await using all = await served();
    await all.serving.refresh();
    for (let round = 0; round < 3; round++) {
      await Promise.all([all.serving.refresh(), all.serving.changes.read(), all.serving.changes.read()]);
    }
    // Warnings are told of in a turn of their own.
    await new Promise(setImmediate);
  } finally {
    process.off('warning', hear);
  }
  expect(warnings).toEqual([]);
});

test('a process that begins to serve does not deadlock with the applier', async () => {
  await using opened = new AsyncDisposableStack();
  const db = opened.use(await testPostgres());
  const { replica } = opened.use(await smallErp(db.url, { snapshot }));
  const [applier, readers] = [pool(db.url, 1), pool(db.url, 4)].map((one) => opened.adopt(one, (it) => it.end()));
  if (!applier || !readers) throw new Error('No pools');
  const update = (condition: string) =>
    applier.query(`update skiff.read_model set last_change = last_change where ${condition}`);
  await update('true');
  await applier.query('begin');
  await update('ctid = (select max(ctid) from skiff.read_model)');
  const starting = serveModels(readers, replica.definitions);
  starting.catch(() => undefined);
  const waits = `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%claimed_at%'`;
  await expect.poll(async () => (await db.query(waits)).rowCount).toBe(1);
  await update('true');
  await applier.query('commit');
  (await starting).close();
});
