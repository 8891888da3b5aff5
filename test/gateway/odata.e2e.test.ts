/** The OData feed: what of OData v4 it knows answers as OData says, and what it does not know is refused. */
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

const SET = '/data/odata/delayed-shipments';

async function feed(options: Readonly<Record<string, string>> = {}, set = SET) {
  const { status, headers, body } = await gateway.fetch(`${set}?${new URLSearchParams(options)}`);
  expect(status).toBe(200);
  expect(headers.get('odata-version')).toBe('4.0');
  return body;
}

const rows = async (options: Readonly<Record<string, string>> = {}): Promise<Row[]> => (await feed(options)).value;

test('the service names the sets that the caller may read, and the metadata their types', async () => {
  const { value } = (await gateway.fetch('/data/odata/')).body;
  expect(value).toContainEqual({ name: 'delayed-shipments', kind: 'EntitySet', url: 'delayed-shipments' });
  const { text, headers } = await gateway.fetch('/data/odata/$metadata');
  expect(headers.get('content-type')).toBe('application/xml; charset=utf-8');
  expect(text).toContain('<EntitySet Name="delayed-shipments" EntityType="skiff.delayed-shipments"/>');
  expect(text).toContain('<Property Name="quantity" Type="Edm.Decimal" Nullable="false" Scale="variable"/>');
  expect(text).toContain('<Property Name="plannedDate" Type="Edm.Date" Nullable="false"/>');
  caller = { ...developer, scopes: new Set(['dataset:open-orders']) };
  expect((await gateway.fetch('/data/odata')).body.value).toHaveLength(1);
  expect((await gateway.fetch('/data/odata/$metadata')).text).not.toContain('delayed-shipments');
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
  [{ plant: 'P1' }, 'plant: no such parameter'],
])('%o is refused with what is wrong', async (options, told) => {
  const { status, body } = await gateway.fetch(`${SET}?${new URLSearchParams(Object.entries(options))}`);
  expect([status, body.code]).toEqual([400, 'BAD_USER_INPUT']);
  expect(body.detail).toContain(told);
});
