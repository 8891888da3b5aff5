/** The freshness contract where the ERP has nothing but an API, and polls come far too seldom for what is asked. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pool } from '../../../replica/connect.ts';
import { type AskedIds, reachFreshness } from '../../../replica/fresh-enough.ts';
import { registered, tablesOf } from '../../../replica/model/registry.ts';
import { type Serving, serveModels } from '../../../replica/serving.ts';
import { erpServer } from '../postgres/erp.ts';
import { sandboxApi } from '../sandbox/api.ts';
import { type SandboxErp, sandboxErp } from '../sandbox/sandbox.ts';
import { firstRoundIsOver, type PolledReplica, polledReplica } from './polled-replica.ts';

const NEVER_MS = 600_000;

const server = erpServer(18);
const opened = new AsyncDisposableStack();
let erp: SandboxErp;
let api: Awaited<ReturnType<typeof sandboxApi>>;
let replica: PolledReplica;
let serving: Serving;
beforeAll(async () => {
  erp = opened.use(await sandboxErp(server, { lines: 300, foreignKeys: false }));
  api = opened.use(await sandboxApi(erp));
  replica = opened.use(await polledReplica(api, { pollEveryMs: NEVER_MS, sweepEveryMs: NEVER_MS }));
  await replica.copied;
  const readers = opened.adopt(pool(replica.database.url, 2), (one) => one.end());
  serving = opened.adopt(await serveModels(readers, replica.definitions), (one) => one.close());
  await firstRoundIsOver(api);
});
afterAll(() => opened.disposeAsync());

const reach = async (
  types: readonly string[],
  maxStalenessMs: number,
  { waitMs = 8_000, ids }: { waitMs?: number; ids?: AskedIds } = {},
) =>
  reachFreshness(
    serving,
    types,
    { maxStalenessMs, onStale: null, after: null },
    { waitMs, signal: new AbortController().signal },
    ids,
  );
const walks = () => api.counters.requests.keyset + api.counters.requests.page;
const rename = (name: string) =>
  erp.client.query('update material_text set short_text = $1, changed_at = now()', [name]);
const labels = async () => {
  const { table } = serving.get('Product');
  const { rows } = await replica.db.query<{ name: string }>(`select distinct name from ${table}`);
  return rows.map(({ name }) => name);
};

test('who wants no staleness gets what the ERP had, by a read of the tables of that read model alone', async () => {
  await rename('Live');
  const before = walks();
  expect(await reach(['Product'], 0)).toMatchObject({ isFresh: true });
  expect(await labels()).toEqual(['Live']);
  expect(walks() - before).toBeLessThan(12);
});

test('who is content with what is there causes no call', async () => {
  await reach(['Product'], 0);
  const before = walks();
  expect(await reach(['Product'], 60_000)).toMatchObject({ isFresh: true });
  expect(walks()).toBe(before);
});

test('many who ask at once share the calls', async () => {
  await rename('Shared');
  const before = walks();
  await reach(['Product'], 0);
  const alone = walks() - before;
  await Promise.all(Array.from({ length: 200 }, () => reach(['Product'], 0)));
  expect(walks() - before - alone).toBeLessThanOrEqual(3 * alone);
});

interface Line {
  readonly id: string;
  readonly quantity: string;
  readonly product: string;
}

/** By what the ERP has, and by the read model. */
const linesInErp = async () =>
  (
    await erp.client.query<Line>(/* sql */ `
    select i.delivery_no || ':' || i.item_no as id, i.delivery_qty::text as quantity, t.short_text as product
    from delivery_item i join material_text t on t.material_no = i.material_no and t.language_code = 'EN'
    order by 1 limit 50`)
  ).rows;
const linesHeld = async (ids: readonly string[]) =>
  (
    await replica.db.query<Line>(
      /* sql */ `
    select shipment_id || ':' || item_no as id, quantity::text as quantity, product_name as product
    from ${serving.get('ShipmentLine').table} where shipment_id || ':' || item_no = any($1) order by 1`,
      [ids],
    )
  ).rows;

test('200 who ask for 50 rows at once cause a call for each table and one for the rows, joined fields as fresh', async () => {
  const ids = (await linesInErp()).map(({ id }) => id);
  const all = await registered(replica.db);
  const line = replica.definitions.find(({ type }) => type === 'ShipmentLine');
  const tables = line ? tablesOf(line, all) : [];
  await erp.client.query('update delivery_item set delivery_qty = delivery_qty + 1, changed_at = now()');
  await rename('Joined');
  const { keyset, page, ids: byKey } = structuredClone(api.counters.requests);

  await Promise.all(
    Array.from({ length: 200 }, (_, at) =>
      reach(['ShipmentLine'], 0, { ids: new Map([['ShipmentLine', [ids[at % ids.length] ?? '']]]) }),
    ),
  );

  const { requests } = api.counters;
  expect(requests.ids - byKey).toBe(1);
  expect(requests.keyset + requests.page - keyset - page).toBeLessThanOrEqual(tables.length);
  const held = await linesHeld(ids);
  expect(held).toEqual(await linesInErp());
  expect(held[0]?.product).toBe('Joined');
});

test('a row that the ERP has deleted is gone for who asks for it by id, long before any sweep', async () => {
  const [one] = await linesInErp();
  const id = one?.id ?? '';
  expect(await linesHeld([id])).toHaveLength(1);
  await erp.client.query(`delete from delivery_item where delivery_no || ':' || item_no = $1`, [id]);
  const ids = new Map([['ShipmentLine', [id, 'no id of such a row']]]);
  expect(await reach(['ShipmentLine'], 0, { ids })).toMatchObject({ isFresh: true });
  expect(await linesHeld([id])).toEqual([]);
});

test('while the API is down the answer is as stale as it is, and fresh again after', async () => {
  await reach(['Product'], 0);
  await rename('Hidden');
  await api.setFaults([{ kind: 'error', share: 1, count: null, forMs: null, on: 'all' }]);
  expect(await reach(['Product'], 0, { waitMs: 1_000 })).toMatchObject({ isFresh: false, isVisible: true });
  expect(await labels()).not.toContain('Hidden');
  await api.setFaults([]);
  await expect
    .poll(async () => (await reach(['Product'], 0, { waitMs: 1_000 })).isFresh, { timeout: 40_000 })
    .toBe(true);
  expect(await labels()).toEqual(['Hidden']);
});
