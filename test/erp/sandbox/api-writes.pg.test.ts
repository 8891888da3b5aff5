/** What can be written through the sandbox ERP's API, and what a client that lost the answer can do. */
import { expect, test } from 'vitest';
import { erpServer, versions } from '../postgres/erp.ts';
import { type LentApi, sandboxApi } from './api.ts';
import { type SandboxErp, sandboxErp } from './sandbox.ts';

const servers = new Map(versions.map((version) => [version, erpServer(version)]));
const shared = new Map<number, Promise<SandboxErp>>();

/** The tests of this file share it, one after the other. It goes with its server. */
function erpOf(version: number): Promise<SandboxErp> {
  const server = servers.get(version) ?? expect.unreachable();
  const erp = shared.get(version) ?? sandboxErp(server, { lines: 500 });
  shared.set(version, erp);
  return erp;
}

async function one(erp: SandboxErp, sql: string): Promise<Record<string, string>> {
  const { rows } = await erp.client.query(sql);
  return rows[0] ?? expect.unreachable();
}

/** A document of each kind that this ERP can make something of. */
async function documents(erp: SandboxErp): Promise<Readonly<Record<string, Record<string, string>>>> {
  const made = await one(
    erp,
    `select b.material_no, r.plant_code from bom_header b join routing_header r using (material_no) order by 1 limit 1`,
  );
  // In a small ERP every order may be on its way already.
  const open = await one(
    erp,
    `update sales_header set status_code = 'A' where order_no = (
      select order_no from sales_header join sales_item using (order_no) join material using (material_no)
      where plant_code is not null and material_type = 'FERT' order by 1 limit 1)
    returning order_no`,
  );
  const offer = await one(
    erp,
    `select partner_no, material_no from vendor_material where blocked is null order by 1, 2 limit 1`,
  );
  const planned_date = '2027-01-15';
  return {
    'production-orders': { ...made, quantity: '12.500', planned_start: '2027-01-11', planned_end: planned_date },
    shipments: { sales_order_no: open.order_no ?? '', planned_date },
    'stock-transfers': {
      material_no: offer.material_no ?? '',
      from_location: '1010-RM',
      to_location: '1020-RM',
      quantity: '3',
      planned_date,
    },
    'purchase-orders': {
      vendor_no: offer.partner_no ?? '',
      plant_code: '1010',
      material_no: offer.material_no ?? '',
      quantity: '40',
      planned_date,
    },
  };
}

const post = (api: LentApi, resource: string, document: object, headers: Record<string, string> = {}) =>
  api.request(`/api/v1/${resource}`, { method: 'POST', body: JSON.stringify(document), headers });

async function transfer(erp: SandboxErp, external_reference?: string) {
  const { 'stock-transfers': document = {} } = await documents(erp);
  return { ...document, ...(external_reference && { external_reference }) };
}

const transfers = (erp: SandboxErp) => erp.count(`select count(*) from stock_movement where created_by = 'API'`);

test.each(versions)(
  'on PostgreSQL %i each kind of document is written whole, and can be read at once',
  async (version) => {
    const erp = await erpOf(version);
    await using api = await sandboxApi(erp);
    const answers: Record<string, { id: string; version: string }> = {};
    for (const [resource, document] of Object.entries(await documents(erp))) {
      const response = await post(api, resource, document);
      const answer = await response.json();
      expect(response.status, JSON.stringify(answer)).toBe(201);
      answers[resource] = answer;
    }
    const {
      'production-orders': production,
      shipments: shipment,
      'stock-transfers': moved,
      'purchase-orders': purchase,
    } = answers;

    expect((await api.get(`/api/v1/production_header?ids=${production?.id}`)).data).toMatchObject([
      { order_qty: '12.500', status_code: 'PLND', planned_start: '2027-01-11', version: production?.version },
    ]);
    for (const part of ['production_item', 'production_component', 'production_operation']) {
      expect(
        await erp.count(`select count(*) from ${part} where production_no = $1`, [production?.id]),
        part,
      ).toBeGreaterThan(0);
    }
    const items = await erp.count(
      `select count(*) from delivery_item join delivery_status using (delivery_no, item_no) join stock_movement using (movement_no) where delivery_no = $1`,
      [shipment?.id],
    );
    expect(items).toBeGreaterThan(0);
    expect(
      await erp.count(
        `select count(*) from stock_movement where reference_type = 'TR' and movement_no = $1 and status_code = 'P'`,
        [moved?.id],
      ),
    ).toBe(1);
    expect(
      await erp.count(
        'select count(*) from purchase_item join purchase_header using (purchase_no) where purchase_no = $1 and net_price > 0',
        [purchase?.id],
      ),
    ).toBe(1);
  },
);

test('the same key gives the same document again, another payload with it is refused', async () => {
  const erp = await erpOf(18);
  await using api = await sandboxApi(erp);
  const document = await transfer(erp);
  const before = await transfers(erp);
  const key = { 'idempotency-key': 'once' };
  const first = await post(api, 'stock-transfers', document, key);
  const second = await post(api, 'stock-transfers', document, key);
  expect([first.status, second.status]).toEqual([201, 201]);
  expect(await second.json()).toEqual(await first.json());
  expect([first, second].map(({ headers }) => headers.get('idempotent-replayed'))).toEqual([null, 'true']);
  expect(await transfers(erp)).toBe(before + 1);

  const other = await post(api, 'stock-transfers', { ...document, quantity: '4' }, key);
  expect([other.status, (await other.json()).error.code]).toEqual([422, 'idempotency_conflict']);
  expect(await transfers(erp)).toBe(before + 1);
});

test('of many requests with one key at a time one is applied', async () => {
  const erp = await erpOf(18);
  await using api = await sandboxApi(erp);
  const document = await transfer(erp);
  const before = await transfers(erp);
  const twins = Array.from({ length: 12 }, () =>
    post(api, 'stock-transfers', document, { 'idempotency-key': 'twins' }),
  );
  const statuses = (await Promise.all(twins)).map(({ status }) => status);
  expect(statuses).toContain(201);
  expect(statuses.filter((status) => status !== 201 && status !== 409)).toEqual([]);
  expect(await transfers(erp)).toBe(before + 1);
});

test('a line that is cut after a write was applied tells its sender nothing; the key does', async () => {
  const erp = await erpOf(18);
  await using api = await sandboxApi(erp);
  const document = await transfer(erp);
  const before = await transfers(erp);
  await api.request('/api/v1/plant');
  api.setFaults([{ kind: 'cut', share: 1, count: 1, forMs: null, on: 'write' }]);
  const key = { 'idempotency-key': 'cut' };
  await expect(post(api, 'stock-transfers', document, key)).rejects.toThrow('fetch failed');
  expect(await transfers(erp)).toBe(before + 1);
  const again = await post(api, 'stock-transfers', document, key);
  expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
  expect(await transfers(erp)).toBe(before + 1);
});

test('an ERP that keeps references alone applies a request late, also when its line is dead, and finds it', async () => {
  const erp = await erpOf(18);
  const settlesWithinMs = 600;
  await using api = await sandboxApi(erp, { profile: { writes: { way: 'reference', settlesWithinMs } } });
  const document = await transfer(erp, 'skiff:late');
  await api.request('/api/v1/plant');
  const find = async () => (await api.get('/api/v1/stock-transfers?external_reference=skiff:late')).data;
  const init = { method: 'POST', body: JSON.stringify(document), headers: { 'idempotency-key': 'ignored' } };
  const sent = [1, 2].map(() =>
    api.request('/api/v1/stock-transfers', { ...init, signal: AbortSignal.timeout(100) }).catch(() => {}),
  );
  await Promise.all(sent);
  // Sent twice, it is there twice: this ERP knows no keys.
  await expect
    .poll(async () => (await find()).map(({ external_reference }) => external_reference), { timeout: 20_000 })
    .toEqual(['skiff:late', 'skiff:late']);
});

test('an ERP that keeps neither cannot be searched', async () => {
  const erp = await erpOf(18);
  await using api = await sandboxApi(erp, { profile: { writes: { way: 'none' } } });
  const response = await post(api, 'stock-transfers', await transfer(erp, 'skiff:lost'));
  expect(await response.json()).toMatchObject({ external_reference: null });
  expect((await api.request('/api/v1/stock-transfers?external_reference=skiff:lost')).status).toBe(400);
});

test.each([
  ['stock-transfers', { quantity: '-1' }, 400],
  ['stock-transfers', { quantity: '0.000' }, 400],
  ['stock-transfers', { planned_date: 'soon' }, 400],
  ['stock-transfers', { colour: 'red' }, 400],
  ['stock-transfers', { material_no: 'none' }, 422],
  ['stock-transfers', { to_location: 'nowhere' }, 422],
  ['production-orders', { material_no: 'none' }, 422],
  ['shipments', { sales_order_no: 'none' }, 422],
  ['purchase-orders', { vendor_no: 'none' }, 422],
])('%s with %o is refused with %i, and a corrected one may take the same key', async (resource, fault, status) => {
  const erp = await erpOf(18);
  await using api = await sandboxApi(erp);
  const { [resource]: document = {} } = await documents(erp);
  const key = { 'idempotency-key': `${resource} ${JSON.stringify(fault)}`.replaceAll(' ', '') };
  const refused = await post(api, resource, { ...document, ...fault }, key);
  expect(refused.status).toBe(status);
  expect(await refused.json()).toEqual({ error: { code: expect.any(String), message: expect.any(String) } });
  expect((await post(api, resource, document, key)).status).toBe(201);
});

test('tables take no documents', async () => {
  await using api = await sandboxApi(await erpOf(18));
  expect((await post(api, 'plant', {})).status).toBe(404);
});
