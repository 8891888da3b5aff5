/** The OData feed: what of OData v4 it knows answers as OData says, and what it does not know is refused. */
import { OData } from '@odata/client';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { developer, type Principal } from '../../subgraphs/principal.ts';
import { type TestGateway, testGateway } from './test-gateway.ts';

let gateway: TestGateway;
let caller: Principal = developer;
beforeAll(async () => {
  gateway = await testGateway({ authenticate: async () => caller });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
});
beforeEach(() => {
  caller = developer;
});

interface Row {
  readonly [column: string]: unknown;
}

const SET = '/data/odata/delayed_shipments';

async function feed(options: Readonly<Record<string, string>> = {}, set = SET) {
  const { status, headers, body } = await gateway.fetch(`${set}?${new URLSearchParams(options)}`);
  expect(status).toBe(200);
  expect(headers.get('odata-version')).toBe('4.0');
  return body;
}

const rows = async (options: Readonly<Record<string, string>> = {}): Promise<Row[]> => (await feed(options)).value;

test('the service names the sets that the caller may read, and the metadata their types', async () => {
  const { value } = (await gateway.fetch('/data/odata/')).body;
  expect(value).toContainEqual({ name: 'delayed_shipments', kind: 'EntitySet', url: 'delayed_shipments' });
  const { text, headers } = await gateway.fetch('/data/odata/$metadata');
  expect(headers.get('content-type')).toBe('application/xml; charset=utf-8');
  expect(text).toContain('<EntitySet Name="delayed_shipments" EntityType="skiff.delayed_shipments"/>');
  expect(text).toContain('<Property Name="quantity" Type="Edm.Decimal" Nullable="false" Scale="variable"/>');
  expect(text).toContain('<Property Name="plannedDate" Type="Edm.Date" Nullable="false"/>');
  caller = { ...developer, scopes: new Set(['dataset:open-orders']) };
  expect((await gateway.fetch('/data/odata')).body.value).toHaveLength(1);
  expect((await gateway.fetch('/data/odata/$metadata')).text).not.toContain('delayed');
  expect((await gateway.fetch(SET)).status).toBe(404);
});

test('a set is the rows of its dataset, for each caller their own', async () => {
  expect(await rows()).toEqual((await gateway.fetch('/data/delayed-shipments.json')).body.value);
  caller = { ...developer, access: { plants: ['P2'] } };
  const own = await rows();
  expect(own.length).toBeGreaterThan(2);
  expect(new Set(own.map(({ plantCode }) => plantCode))).toEqual(new Set(['P2']));
});

const number = (value: unknown): number => Number(value);

test.each<[string, (row: Row) => boolean]>([
  [`plantCode eq 'P1'`, ({ plantCode }) => plantCode === 'P1'],
  [`plantCode ne 'P1'`, ({ plantCode }) => plantCode !== 'P1'],
  [`plantCode in ('P1','P3')`, ({ plantCode }) => plantCode === 'P1' || plantCode === 'P3'],
  ['quantity gt 9.5 and quantity le 30.50', ({ quantity }) => number(quantity) > 9.5 && number(quantity) <= 30.5],
  ['daysLate ge 4 and (daysLate lt 8)', ({ daysLate }) => number(daysLate) >= 4 && number(daysLate) < 8],
  ['plannedDate ge 2026-11-18', ({ plannedDate }) => String(plannedDate) >= '2026-11-18'],
  ['city eq null', ({ city }) => city === null],
  [
    'orderTotalAmount ne null and orderTotalAmount lt 20',
    (row) => row.orderTotalAmount !== null && number(row.orderTotalAmount) < 20,
  ],
  [`productName eq 'it''s; --'`, () => false],
])('$filter %s', async ($filter, isWanted) => {
  const all = await rows();
  const wanted = all.filter(isWanted);
  expect(await rows({ $filter })).toEqual(wanted);
  const counted = await feed({ $filter, $count: 'true', $top: '1' });
  expect([counted['@odata.count'], counted.value]).toEqual([wanted.length, wanted.slice(0, 1)]);
  const { text, headers } = await gateway.fetch(`${SET}/$count?${new URLSearchParams({ $filter })}`);
  expect([text, headers.get('content-type')]).toEqual([String(wanted.length), 'text/plain; charset=utf-8']);
});

test('$orderby, $top, $skip and $select', async () => {
  const all = await rows();
  const byQuantity = all.toSorted(
    (one, other) => number(other.quantity) - number(one.quantity) || (String(one.id) < String(other.id) ? -1 : 1),
  );
  expect(await rows({ $orderby: 'quantity desc' })).toEqual(byQuantity);
  const page = await rows({ $orderby: 'quantity desc', $top: '4', $skip: '3', $select: 'id, quantity' });
  expect(page).toEqual(byQuantity.slice(3, 7).map(({ id, quantity }) => ({ id, quantity })));
  expect(await rows({ $top: '0' })).toEqual([]);
  expect(await rows({ $skip: '5' })).toEqual(all.slice(5));
});

test("a dataset's own parameters stand beside the options", async () => {
  const all = await rows();
  expect(await rows({ plants: 'P3', $top: '2' })).toEqual(
    all.filter(({ plantCode }) => plantCode === 'P3').slice(0, 2),
  );
});

/** Page by page, as the links lead. */
async function walked(options: Readonly<Record<string, string>>, size: number) {
  const pages: Row[][] = [];
  for (let next = `${gateway.url}${SET}?${new URLSearchParams(options)}`; next; ) {
    const response = await fetch(next, pages.length === 0 ? { headers: { prefer: `odata.maxpagesize=${size}` } } : {});
    expect([response.status, response.headers.get('preference-applied')]).toEqual([200, `odata.maxpagesize=${size}`]);
    const body = await response.json();
    pages.push(body.value);
    next = body['@odata.nextLink'];
  }
  return pages;
}

test.each([
  [{}, 4],
  [{ $filter: `plantCode ne 'P1'`, $orderby: 'quantity desc' }, 3],
  [{ $top: '8', $skip: '2', $select: 'id' }, 3],
  [{ $top: '6', plants: 'P2' }, 2],
])('%o by pages of %i, each of which leads to the next, is the same rows', async (options, size) => {
  const all = await rows(options);
  const pages = await walked(options, size);
  expect(pages.flat()).toEqual(all);
  expect(Math.max(...pages.map(({ length }) => length))).toBe(size);
  expect(pages.length).toBeGreaterThan(1);
});

test('a client that is not ours walks all pages of a set, and counts and filters', async () => {
  const client = OData.New4({ serviceEndpoint: `${gateway.url}/data/odata/` });
  const set = client.getEntitySet<Row>('delayed_shipments');
  const all = await rows({ $orderby: 'id' });
  const found: Row[] = [];
  for (let page: Row[] = []; found.length === 0 || page.length > 0; found.push(...page)) {
    page = await set.query(client.newParam().orderby('id', 'asc').top(5).skip(found.length));
  }
  expect(found).toEqual(all);
  const filter = client.newFilter().field('plantCode').eqString('P1').field('daysLate').ge(4);
  const wanted = all.filter(({ plantCode, daysLate }) => plantCode === 'P1' && number(daysLate) >= 4);
  expect(await set.query(client.newParam().filter(filter).orderby('id', 'asc').select(['id', 'city']))).toEqual(
    wanted.map(({ id, city }) => ({ id, city })),
  );
  expect(await set.count(filter)).toBe(wanted.length);
  expect(wanted.length).toBeGreaterThan(0);
});

test('a page leads on while the data is the same, and for the question it is a page of', async () => {
  const first = await gateway.fetch(`${SET}?$select=id`, { headers: { prefer: 'odata.maxpagesize=2' } });
  const link: string = first.body['@odata.nextLink'].slice(gateway.url.length);
  const other = await gateway.fetch(link.replace('=id', '=city'));
  expect([other.status, other.body.code]).toEqual([400, 'BAD_USER_INPUT']);
  caller = { ...developer, access: { plants: ['P1'] } };
  expect((await gateway.fetch(link)).status).toBe(400);
  caller = developer;
  expect((await gateway.fetch(link)).status).toBe(200);
  await gateway.models.changed('DelayedShipment');
  const late = await gateway.fetch(link);
  expect([late.status, late.body.code]).toEqual([410, 'CURSOR_EXPIRED']);
});

test.each([
  [{ $filter: `plantCode eq 'P1' or plantCode eq 'P2'` }, '"or" is not known here'],
  [{ $filter: `contains(city,'x')` }, 'there is no column "contains"'],
  [{ $filter: `nothing eq 1` }, 'there is no column "nothing"'],
  [{ $filter: `quantity eq 'x'` }, 'is no value of quantity, a Decimal'],
  [{ $filter: 'plannedDate eq 2026-02-30' }, 'is no value of plannedDate, a Date'],
  [{ $filter: 'city eq' }, 'is compared with a text in quotes'],
  [{ $orderby: 'id; drop table x' }, '$orderby'],
  [{ $select: 'id,nothing' }, 'there is no column "nothing"'],
  [{ $top: '-1' }, '$top: a whole number'],
  [{ $expand: 'order' }, '$expand: there are $select'],
  [{ $skiptoken: 'a.b.c' }, 'not one of this dataset'],
  [{ plant: 'P1' }, 'plant: no such parameter'],
])('%o is refused with what is wrong', async (options, told) => {
  const { status, body } = await gateway.fetch(`${SET}?${new URLSearchParams(Object.entries(options))}`);
  expect([status, body.code]).toEqual([400, 'BAD_USER_INPUT']);
  expect(body.detail).toContain(told);
});
