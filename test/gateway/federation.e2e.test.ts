/** Answers over several subgraphs, and how many statements they take. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestGateway, testGateway } from './test-gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await testGateway({ isCompiling: false });
});
afterAll(() => gateway[Symbol.asyncDispose]());

test('fifty rows over three subgraphs are at most one statement per type and level', async () => {
  const before = gateway.models.statements.length;
  const { status, body } = await gateway.ask(`{
    salesOrders(first: 50, orderBy: { field: ORDER_DATE, direction: DESC }) {
      nodes {
        number
        customer { name }
        lines { id product { name unit } }
        invoices { number customer { city } }
        shipments { number }
      }
    }
  }`);
  expect(body.errors).toBeUndefined();
  expect(status).toBe(200);
  expect(body.data.salesOrders.nodes).toHaveLength(50);
  const [first] = body.data.salesOrders.nodes;
  expect(first.customer.name).toMatch(/^name \d{4}$/);
  expect(first.lines[0].product.name).toMatch(/^name \d{4}$/);
  expect(first.invoices[0].customer.city).toMatch(/^city \d{4}$/);
  const models = gateway.models.statements.slice(before).map(({ text }) => /from read\.(\w+) t/.exec(text)?.[1] ?? '');
  expect(models.toSorted()).toEqual(
    ['sales_order', 'customer', 'sales_order_line', 'product', 'invoice', 'shipment'].toSorted(),
  );
});

test('a reference to a row that is not there is null whatever of it is asked, and no error', async () => {
  await gateway.models.query(`update read.shipment_line set product_id = 9999 where id = 2`);
  const { body } = await gateway.ask(`{
    shipmentLine(id: "2") { productId key: product { id } whole: product { id name stockLevels { id } } }
  }`);
  expect(body.errors).toBeUndefined();
  expect(body.data.shipmentLine).toEqual({ productId: '9999', key: null, whole: null });
});

test('an answer says how fresh it is: the oldest of what it used', async () => {
  const old = new Date(Date.now() - 3_000);
  gateway.models.freshness.set('Product', { asOf: old, deletionsAsOf: old, incomplete: false, stopped: false });
  const { body, headers } = await gateway.ask(`{ salesOrderLine(id: "1") { product { name } } }`);
  gateway.models.freshness.clear();
  expect(body.extensions.freshness).toEqual({ asOf: old.toISOString(), stale: false });
  expect(headers.get('skiff-as-of')).toBe(old.toISOString());
});

test('an answer that used no read model says so', async () => {
  const { body, headers } = await gateway.ask(`{ __typename }`);
  expect(body).toEqual({ data: { __typename: 'Query' }, extensions: { freshness: { asOf: null, stale: false } } });
  expect(headers.get('skiff-as-of')).toBeNull();
});

test('variables, aliases, fragments and conditions do what GraphQL says', async () => {
  const { body } = await gateway.post({
    operationName: 'Two',
    variables: { id: '3', more: false },
    query: `
      query One { product(id: "1") { id } }
      query Two($id: ID!, $more: Boolean!, $first: Int = 2) {
        a: product(id: $id) { ...Names unit @include(if: $more) }
        b: products(first: $first) { nodes { ...Names ... on Product { id @skip(if: true) } } }
      }
      fragment Names on Product { title: name }`,
  });
  expect(body.data).toEqual({
    a: { title: 'name 0003' },
    b: { nodes: [{ title: 'name 0001' }, { title: 'name 0002' }] },
  });
});

test('a page ends with a cursor that leads to the next', async () => {
  const page = `query ($after: String) { products(first: 25, after: $after, orderBy: { field: NAME }) { nodes { id } pageInfo { endCursor hasNextPage } totalCount } }`;
  const seen: string[] = [];
  let after: string | null = null;
  for (let more = true; more; ) {
    const { body } = await gateway.ask(page, { after });
    seen.push(...body.data.products.nodes.map(({ id }: { id: string }) => id));
    expect(body.data.products.totalCount).toBe(60);
    after = body.data.products.pageInfo.endCursor;
    more = body.data.products.pageInfo.hasNextPage;
  }
  expect(seen).toEqual(Array.from({ length: 60 }, (_, at) => String(at + 1)));
});

test('what a condition says of a day is judged by the day of the request', async () => {
  const { body } = await gateway.ask(`{ delayedShipments(first: 100) { nodes { plannedDate daysLate } } }`);
  expect(body.data.delayedShipments.nodes.length).toBeGreaterThan(0);
  for (const { plannedDate, daysLate } of body.data.delayedShipments.nodes) {
    expect(daysLate).toBe((Date.parse('2026-11-22') - Date.parse(plannedDate)) / 86_400_000);
    expect(daysLate).toBeGreaterThan(0);
  }
});

test.each(['in', 'eq'])('a filter whose %s is a variable that was left out is no condition', async (operator) => {
  const type = operator === 'in' ? '[String!]' : 'String';
  const query = `query ($plant: ${type}) { products: stockLevels(filter: { plantCode: { ${operator}: $plant } }) { totalCount } }`;
  const counted = async (variables: Record<string, unknown>) =>
    (await gateway.ask(query, variables)).body.data?.products?.totalCount;
  expect(await counted({})).toBe(60);
  expect(await counted({ plant: operator === 'in' ? ['P1'] : 'P1' })).toBe(11);
  expect(await counted({})).toBe(60);
  const { body } = await gateway.ask(query, { plant: null });
  expect(body.errors).toMatchObject([{ path: ['products'], extensions: { code: 'BAD_USER_INPUT' } }]);
});
