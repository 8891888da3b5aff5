/** Compiled documents: the same answers as federation's, by one statement for each root field. */
import { getOperationAST, OperationTypeNode, parse } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { examples } from '../examples.ts';
import { type ReadModels, readModels } from '../read-models.ts';
import { type TestAnswer, type TestGateway, testGateway } from './test-gateway.ts';

let models: ReadModels;
let compiling: TestGateway;
let federating: TestGateway;
beforeAll(async () => {
  models = await readModels();
  compiling = await testGateway({ models });
  federating = await testGateway({ models, isCompiling: false });
});
afterAll(async () => {
  await compiling[Symbol.asyncDispose]();
  await federating[Symbol.asyncDispose]();
  await models[Symbol.asyncDispose]();
});

type Variables = Readonly<Record<string, unknown>>;
interface Told {
  readonly path?: readonly (string | number)[];
  readonly extensions: { readonly code: string };
}

/** What was wrong and where, in no order. */
const faultsOf = ({ body }: Pick<TestAnswer, 'body'>): string[] =>
  (body.errors ?? []).map(({ path, extensions }: Told) => `${path?.join('.')} ${extensions.code}`).toSorted();
const dataOf = ({ text }: TestAnswer): string => text.slice(text.indexOf('"data":'), text.lastIndexOf(',"extensions"'));

/** Asked both ways: the answers, and the statements of the compiled one. */
async function both(query: string, variables: Variables = {}) {
  const before = models.statements.length;
  const compiled = await compiling.post({ query, variables }, { 'skiff-explain': '1' });
  const statements = models.statements.slice(before);
  const federated = await federating.post({ query, variables }, { 'skiff-explain': '1' });
  return { compiled, federated, statements };
}

/** Both ways say the same, and one of them is the compiled one. */
async function agreed(query: string, variables: Variables = {}) {
  const { compiled, federated, statements } = await both(query, variables);
  expect(compiled.body.extensions.explain?.way).toBe('compiled');
  expect(federated.body.extensions.explain?.way).toBe('federated');
  expect({ data: dataOf(compiled), faults: faultsOf(compiled) }).toEqual({
    data: dataOf(federated),
    faults: faultsOf(federated),
  });
  return { body: compiled.body, statements };
}

/** Of types that are no flat ones: they are programmed, and never compiled; nor is what does not only ask. */
const PROGRAMMED = ['command', 'commands', 'plan', 'plans'];
const ofFlatTypes = examples.filter(
  ({ name, text }) => !PROGRAMMED.includes(name) && getOperationAST(parse(text))?.operation === OperationTypeNode.QUERY,
);

test.each(ofFlatTypes)('the example $name is answered alike both ways', async ({ text }) => {
  const { body } = await agreed(text, { id: '7' });
  expect(body.errors).toBeUndefined();
});

const ROW = 'id number status customerName';
const alike: Readonly<Record<string, readonly [roots: number, query: string, variables?: Variables]>> = {
  'a row that is not there': [1, '{ product(id: "999") { id name } }'],
  'an id that is none of its type': [0, '{ product(id: "x") { id name } }'],
  'several root fields': [
    3,
    '{ a: product(id: "1") { name } b: product(id: "2") { name } products(first: 2) { nodes { id } } }',
  ],
  'names of types': [
    1,
    '{ __typename products(first: 2) { t: __typename nodes { __typename id } edges { __typename node { __typename } } pageInfo { __typename } } }',
  ],
  'aliases of one field and of one reference': [
    1,
    '{ salesOrders(first: 3) { nodes { a: number b: number c: customer { id } d: customer { name } } } }',
  ],
  'fragments, inline, named and within each other': [
    1,
    `query { salesOrder(id: "3") { ... on SalesOrder { ...One } ...Two ... { number } } }
     fragment One on SalesOrder { id customer { ...Who } }
     fragment Two on SalesOrder { customer { name city } lines { id } }
     fragment Who on Customer { id name }`,
  ],
  'merged selections of one key': [
    1,
    '{ salesOrders(first: 4) { nodes { customer { id } } nodes { customer { name } number } } }',
  ],
  'conditions by variables with defaults': [
    1,
    `query ($yes: Boolean = true, $no: Boolean!) {
       salesOrder(id: "4") { id @skip(if: $yes) number @include(if: $yes) customer @include(if: $no) { id } lines @skip(if: $no) { id @include(if: $no) position } }
       product(id: "1") @include(if: $no) { id }
     }`,
    { no: false },
  ],
  'references over references': [
    1,
    '{ shipmentLines(first: 20) { nodes { id order { number customer { name } } shipment { number order { id } } product { name } orderLine { id } } } }',
  ],
  'lists within lists': [
    1,
    `{ salesOrders(first: 10) { nodes { ${ROW} lines { id product { name bomLines { component { name } } } } invoices { number lines { id } } shipments { id lines { id } } } } }`,
  ],
  'a list with its count, cursors and page': [
    1,
    '{ products(first: 7, orderBy: { field: NAME, direction: DESC }) { totalCount edges { cursor node { id name } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }',
  ],
  'the last rows': [
    1,
    '{ products(last: 3) { totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage endCursor } } }',
  ],
  'an empty page that is counted': [
    1,
    '{ products(first: 0) { totalCount nodes { id } edges { cursor } pageInfo { endCursor hasNextPage } } }',
  ],
  'a list of rows that refer to others, in an order, counted': [
    1,
    '{ salesOrders(first: 9, orderBy: { field: ORDER_DATE, direction: DESC }) { totalCount nodes { orderDate customer { name } } pageInfo { endCursor } } }',
  ],
  'a filter with variables, some of them absent': [
    1,
    `query ($plant: String, $status: SalesOrderStatus) {
       salesOrders(filter: { plantCode: { eq: $plant }, status: { eq: $status } }) { totalCount nodes { id plantCode } }
     }`,
    { plant: 'P2' },
  ],
  'a filter as a whole in a variable': [
    1,
    'query ($filter: SalesOrderFilter) { salesOrders(filter: $filter) { nodes { id } } }',
    { filter: { status: { in: ['DRAFT', 'DONE'] } } },
  ],
  'no value to be among': [
    0,
    '{ salesOrders(filter: { status: { in: [] } }) { totalCount nodes { id } pageInfo { hasNextPage } } }',
  ],
  'what depends on the day': [
    1,
    '{ delayedShipments(first: 30) { nodes { plannedDate daysLate shipment { number } } } }',
  ],
  'keys of several columns': [
    1,
    '{ stockLevels(first: 8) { edges { cursor node { id product { name stockLevels { id } } location { id } } } } }',
  ],
};

test.each(Object.entries(alike))('%s: alike both ways', async (_what, [roots, query, variables = {}]) => {
  const { body, statements } = await agreed(query, variables);
  expect(body.errors).toBeUndefined();
  expect(statements).toHaveLength(roots);
});

test('values that cannot be said, and nulls where there must be a value, are the same errors and nulls', async () => {
  await models.query(`update read.product set list_price = 'NaN', kind = 'UNHEARD_OF' where id = 5`);
  await models.query(`update read.product set unit = null where id = 6`);
  const { body } = await agreed(`{
    products(first: 7) { nodes { id listPrice kind unit } edges { node { id unit } } }
    five: product(id: "5") { id listPrice }
    six: product(id: "6") { id unit }
    salesOrderLines(first: 8) { nodes { id product { id unit } } }
  }`);
  expect(faultsOf({ body })).toEqual([
    'five.listPrice INTERNAL_SERVER_ERROR',
    'products.edges.5.node.unit INTERNAL_SERVER_ERROR',
    'products.nodes.4.kind INTERNAL_SERVER_ERROR',
    'products.nodes.4.listPrice INTERNAL_SERVER_ERROR',
    'products.nodes.5.unit INTERNAL_SERVER_ERROR',
    'salesOrderLines.nodes.5.product.unit INTERNAL_SERVER_ERROR',
    'six.unit INTERNAL_SERVER_ERROR',
  ]);
});

test('a list of more children than there may be is refused where it stands', async () => {
  await models.query(`update read.sales_order_line set order_id = 8`);
  await models.query(`insert into read.sales_order_line
    select (jsonb_populate_record(l, jsonb_build_object('id', l.id + 1000 * n))).*
    from read.sales_order_line l, generate_series(1, 4) n`);
  const { body } = await agreed(
    '{ salesOrders(first: 10) { nodes { id lines { id } customer { id } } } salesOrder(id: "8") { id lines { id } } }',
  );
  expect(faultsOf({ body })).toEqual(['salesOrder.lines COST_LIMIT', 'salesOrders.nodes.7.lines COST_LIMIT']);
});

test.each([
  ['a page larger than there may be', '{ a: product(id: "1") { id } products(first: 3, last: 3) { nodes { id } } }'],
  [
    'a cursor of another list',
    `{ products(after: "${Buffer.from('["X","",null,null,"1"]').toString('base64url')}") { nodes { id } } }`,
  ],
  ['an operator that is null', '{ products(filter: { code: { eq: null } }) { nodes { id } } }'],
  ['a date that is none', '{ salesOrders(filter: { requestedDate: { eq: "2026-13-01" } }) { nodes { id } } }'],
])('%s: refused alike both ways', async (_what, query) => {
  const { compiled, federated } = await both(query);
  expect(compiled.status).toBe(federated.status);
  expect(faultsOf(compiled)).toEqual(faultsOf(federated));
  expect(faultsOf(compiled)[0]).toMatch(/BAD_USER_INPUT$/);
});

test('a subgraph of another process sends its documents through federation, which says so', async () => {
  await using elsewhere = await testGateway({
    models,
    calls: new Map([['inventory', async () => ({ data: { product: null } })]]),
  });
  const explained = async (query: string) =>
    (await elsewhere.post({ query }, { 'skiff-explain': '1' })).body.extensions.explain;
  expect(await explained('{ product(id: "1") { id } }')).toEqual({
    way: 'federated',
    because: 'The subgraph inventory is another process.',
  });
  expect(await explained('{ customer(id: "1") { id } }')).toMatchObject({
    way: 'compiled',
    statements: [{ field: 'customer', sql: expect.stringContaining('from read.customer t') }],
  });
});

test('who does not ask is not told how', async () => {
  const { body } = await compiling.ask('{ customer(id: "1") { id } }');
  expect(body.extensions.explain).toBeUndefined();
});
