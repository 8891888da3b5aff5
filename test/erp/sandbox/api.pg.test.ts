/** The sandbox ERP's API as a client that reads meets it. */
import { expect, test } from 'vitest';
import { tables } from '../../../erp/sandbox/tables.ts';
import { erpServer, versions } from '../postgres/erp.ts';
import { type KeysPage, sandboxApi } from './api.ts';
import { type SandboxErp, sandboxErp } from './sandbox.ts';

const servers = new Map(versions.map((version) => [version, erpServer(version)]));
const lines = 200;

let newest: Promise<SandboxErp> | undefined;
/** The tests of this file share it, one after the other. It goes with its server. */
const shared = (): Promise<SandboxErp> =>
  (newest ??= sandboxErp(servers.get(18) ?? expect.unreachable(), { lines, foreignKeys: false }));

/** As the ERP's database has them, in the order of numbered pages. */
async function orderNumbers(erp: SandboxErp, order = 'changed_at, order_no'): Promise<string[]> {
  const { rows } = await erp.client.query(`select order_no from sales_header order by ${order}`);
  return rows.map(({ order_no }) => order_no);
}

test.each(versions)(
  'on PostgreSQL %i every mirrored table can be read, and its rows have all they are mirrored by',
  async (version) => {
    await using erp = await sandboxErp(servers.get(version) ?? expect.unreachable(), { lines });
    await using api = await sandboxApi(erp);
    for (const { name, columns } of tables) {
      const { data, hasMore } = await api.get(`/api/v1/${name}`);
      expect(hasMore).toBe(false);
      expect(data.length, name).toBe(await erp.count(`select count(*) from ${name}`));
      expect(Object.keys(data[0] ?? {})).toEqual(
        expect.arrayContaining([...Object.keys(columns), 'updated_at', 'version']),
      );
    }
  },
);

test('numbers with a fraction come as strings, times in UTC with all their digits', async () => {
  const erp = await shared();
  await using api = await sandboxApi(erp);
  await erp.client.query('update sales_price set amount = 12345678901.10');
  const { rows } = await erp.client.query(
    `select to_json(changed_at at time zone 'UTC') as at from sales_price limit 1`,
  );
  const { data, serverTime } = await api.get('/api/v1/sales_price?limit=1');
  expect(data[0]).toMatchObject({ amount: '12345678901.10', valid_from: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) });
  const updatedAt = data[0]?.updated_at ?? '';
  expect(updatedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  expect(Date.parse(updatedAt)).toBe(Date.parse(`${rows[0].at}Z`));
  expect(serverTime > updatedAt).toBe(true);
});

test('numbered pages hold every row once while nobody writes, in the order of their last change', async () => {
  const erp = await shared();
  await using api = await sandboxApi(erp);
  const seen: string[] = [];
  for (let page = 1, hasMore = true; hasMore; page++) {
    const answer = await api.get(`/api/v1/sales_header?page=${page}&limit=7`);
    expect(answer).toMatchObject({ page, limit: 7 });
    seen.push(...answer.data.map(({ order_no = '' }) => order_no));
    hasMore = answer.hasMore;
  }
  expect(seen).toEqual(await orderNumbers(erp));
});

test('numbered pages shift when a row is written between two of them', async () => {
  const erp = await shared();
  await using api = await sandboxApi(erp);
  const [first, ...others] = await orderNumbers(erp);
  await api.get('/api/v1/sales_header?limit=7');
  await erp.client.query('update sales_header set incoterm = incoterm where order_no = $1', [first]);
  const { data } = await api.get('/api/v1/sales_header?page=2&limit=7');
  expect(data[0]?.order_no).toBe(others[7]);
});

test('pages by key hold every row once whatever is written', async () => {
  const erp = await shared();
  await using api = await sandboxApi(erp);
  const seen: string[] = [];
  for (let after = '', hasMore = true; hasMore; ) {
    const answer = await api.get(`/api/v1/delivery_item?after=${after}&limit=50`);
    const keys = answer.data.map((row) => `${row.delivery_no}:${row.item_no}`);
    seen.push(...keys);
    after = keys.at(-1) ?? '';
    hasMore = answer.hasMore;
    await erp.client.query(
      'update delivery_item set volume = volume where (delivery_no, item_no) = ($1, $2)',
      after.split(':'),
    );
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen.length).toBe(await erp.count('select count(*) from delivery_item'));
});

test('keys can be listed alone, in the order of pages by key', async () => {
  const erp = await shared();
  await using api = await sandboxApi(erp, { profile: { keysPerPage: 60 } });
  const seen: (readonly string[])[] = [];
  for (let after = '', hasMore = true; hasMore; after = seen.at(-1)?.map(encodeURIComponent).join(':') ?? '') {
    const answer = await api.get<KeysPage>(`/api/v1/bp_address/keys?after=${encodeURIComponent(after)}`);
    seen.push(...answer.data);
    hasMore = answer.hasMore;
  }
  const { rows } = await erp.client.query({
    text: 'select partner_no, address_no::text from bp_address order by partner_no, address_no',
    rowMode: 'array',
  });
  expect(seen).toEqual(rows);
});

test('rows are found by their keys, missing ones are not there, and a key may hold any character', async () => {
  const erp = await shared();
  await using api = await sandboxApi(erp);
  await erp.client.query(
    `insert into uom_text (uom_code, language_code, symbol, name) values ('a:b', ',%', 'odd', 'Odd')`,
  );
  const odd = ['a:b', ',%'].map(encodeURIComponent).join(':');
  const query = new URLSearchParams({ ids: `ST:EN,${odd},NO:NE,ST:EN` });
  const { data, hasMore } = await api.get(`/api/v1/uom_text?${query}`);
  expect(data.map(({ uom_code }) => uom_code).toSorted()).toEqual(['ST', 'a:b']);
  expect(hasMore).toBe(false);
});

test('a change is found by the time its transaction began, however late it was committed', async () => {
  const erp = await shared();
  await using api = await sandboxApi(erp);
  const long = await erp.pool.connect();
  await long.query('begin');
  await long.query(`update plant set name = 'Late' where plant_code = '1010'`);
  const { serverTime } = await api.get('/api/v1/plant?limit=1');
  await long.query('commit');
  long.release();
  const since = async (time: string) => (await api.get(`/api/v1/plant?updated_since=${time}`)).data;
  expect(await since(serverTime)).toEqual([]);
  const earlier = new Date(Date.parse(serverTime) - 10_000).toISOString();
  expect(await since(earlier)).toMatchObject([{ plant_code: '1010', name: 'Late' }]);
});

test('a row that was deleted and made again has a later version than it ever had', async () => {
  const erp = await shared();
  await using api = await sandboxApi(erp);
  const version = async () => BigInt((await api.get('/api/v1/carrier?ids=UPS')).data[0]?.version ?? '');
  await erp.client.query(`update carrier set name = 'Another' where carrier_code = 'UPS'`);
  const before = await version();
  await erp.client.query(`create temporary table kept as select * from carrier where carrier_code = 'UPS'`);
  await erp.client.query(`delete from carrier where carrier_code = 'UPS'`);
  expect((await api.get('/api/v1/carrier?ids=UPS')).data).toEqual([]);
  await erp.client.query('insert into carrier select * from kept');
  expect(await version()).toBeGreaterThan(before);
});

test.each([
  ['/api/v1/pg_authid', 404],
  ['/api/v1/plant/keys/more', 404],
  ['/api/v1/plant?page=0', 400],
  ['/api/v1/plant?page=2&after=1010', 400],
  ['/api/v1/plant?ids=1010&limit=3', 400],
  ['/api/v1/plant?updated_since=yesterday', 400],
  ['/api/v1/plant?colour=red', 400],
  ['/api/v1/uom_text?ids=ST', 400],
  ['/api/v1/uom_text?ids=ST:%25', 400],
  ['/api/v1/bp_address?ids=0000200001:many', 400],
  ['/somewhere', 404],
])('%s is refused with %i and says why', async (path, status) => {
  await using api = await sandboxApi(await shared());
  const response = await api.request(path);
  expect(response.status).toBe(status);
  expect(await response.json()).toEqual({ error: { code: expect.any(String), message: expect.any(String) } });
});

test('who brings no valid token is refused, and tokens end', async () => {
  await using api = await sandboxApi(await shared(), { profile: { tokenLifetimeMs: 1_500 } });
  const read = (authorization: string) => fetch(`${api.url}/api/v1/plant`, { headers: { authorization } });
  expect((await read('')).status).toBe(401);
  const token = await api.token();
  expect((await read(`Bearer ${token}`)).status).toBe(200);
  await expect.poll(async () => (await read(`Bearer ${token}`)).status, { timeout: 20_000 }).toBe(401);
  const refused = await read(`Bearer ${token}`);
  expect(refused.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  expect((await read(`Bearer ${await api.token()}`)).status).toBe(200);
  expect(api.counters.unauthorized).toBeGreaterThanOrEqual(3);
});

test.each([
  [{ grant_type: 'client_credentials', client_id: 'skiff', client_secret: 'wrong' }, 401, 'invalid_client'],
  [{ grant_type: 'password', client_id: 'skiff', client_secret: 'sandbox' }, 400, 'unsupported_grant_type'],
])('a token is not given for %o', async (form, status, error) => {
  await using api = await sandboxApi(await shared());
  const response = await fetch(`${api.url}/oauth/token`, { method: 'POST', body: new URLSearchParams(form) });
  expect(response.status).toBe(status);
  expect(await response.json()).toEqual({ error });
});

test('credentials may come as a header too', async () => {
  await using api = await sandboxApi(await shared());
  const authorization = `Basic ${Buffer.from('skiff:sandbox').toString('base64')}`;
  const body = new URLSearchParams({ grant_type: 'client_credentials' });
  const response = await fetch(`${api.url}/oauth/token`, { method: 'POST', headers: { authorization }, body });
  expect(await response.json()).toMatchObject({ token_type: 'Bearer', expires_in: 3_600 });
});

test('a correlation id comes back, and one is made where none was sent', async () => {
  await using api = await sandboxApi(await shared());
  const echoed = await api.request('/api/v1/plant', { headers: { 'x-correlation-id': 'walk-17' } });
  expect(echoed.headers.get('x-correlation-id')).toBe('walk-17');
  const made = await api.request('/nowhere');
  expect(made.headers.get('x-correlation-id')).toMatch(/^[\w-]{36}$/);
});

test('the strict profile shortens pages and knows no pages by key', async () => {
  await using api = await sandboxApi(await shared(), { base: 'strict' });
  const { data, limit, hasMore } = await api.get('/api/v1/stock_movement?limit=5000');
  expect([data.length, limit, hasMore]).toEqual([100, 100, true]);
  const refused = await api.request('/api/v1/stock_movement?after=');
  expect([refused.status, (await refused.json()).error.code]).toEqual([400, 'keyset_not_offered']);
});
