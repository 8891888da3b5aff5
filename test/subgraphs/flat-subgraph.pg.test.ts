/** Subgraphs made of declarations alone, run in this process. */
import { parse } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ALL_PLANTS } from '../../replica/access-scope.ts';
import { deployedSchema } from '../../schema/deployed.ts';
import { type SubgraphContext, subgraphContext } from '../../subgraphs/context.ts';
import { flatSubgraph } from '../../subgraphs/flat-subgraph.ts';
import { type LocalSubgraph, localSubgraph } from '../../subgraphs/in-process.ts';
import { type ReadModels, readModels, TODAY } from '../read-models.ts';

let models: ReadModels;
const subgraphs = new Map<string, LocalSubgraph>();
beforeAll(async () => {
  models = await readModels();
  const { flat, subgraphs: complete } = deployedSchema();
  for (const { name, sdl } of complete) subgraphs.set(name, localSubgraph(flatSubgraph(name, sdl, flat)));
});
afterAll(() => models[Symbol.asyncDispose]());

const newContext = () => subgraphContext(models.open, models.served, TODAY, ALL_PLANTS);

async function ask(
  subgraph: string,
  text: string,
  variables: Readonly<Record<string, unknown>> = {},
  context: SubgraphContext = newContext(),
) {
  const run = subgraphs.get(subgraph);
  if (!run) throw new Error(`No subgraph ${subgraph}`);
  const { data, errors } = await run({ document: parse(text), variables }, context);
  return { data: JSON.parse(JSON.stringify(data ?? null)), errors: errors ?? [] };
}

test('a row is found by its id, and one that is not there is null', async () => {
  const { data, errors } = await ask(
    'inventory',
    `{ there: product(id: "7") { id name isActive listPrice unitDigits } gone: product(id: "999") { id } odd: product(id: "x") { id } }`,
  );
  expect(errors).toEqual([]);
  expect(data).toEqual({
    there: { id: '7', name: 'name 0007', isActive: false, listPrice: '7.50', unitDigits: 0 },
    gone: null,
    odd: null,
  });
});

test('a list comes in pages with cursors, and is counted only when that is asked for', async () => {
  const before = models.statements.length;
  const list = `products(first: 2, orderBy: { field: NAME, direction: DESC }) { nodes { name } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`;
  const { data } = await ask('inventory', `{ ${list} }`);
  expect(models.statements.length).toBe(before + 1);
  expect(data.products.nodes).toEqual([{ name: 'name 0060' }, { name: 'name 0059' }]);
  expect(data.products.pageInfo).toEqual({
    hasNextPage: true,
    hasPreviousPage: false,
    startCursor: data.products.edges[0].cursor,
    endCursor: data.products.edges[1].cursor,
  });
  const { data: counted } = await ask(
    'inventory',
    `{ products(first: 0) { nodes { id } totalCount pageInfo { endCursor } } }`,
  );
  expect(counted.products).toEqual({ nodes: [], totalCount: 60, pageInfo: { endCursor: null } });
});

test('references of many rows are read in one statement per type', async () => {
  const before = models.statements.length;
  const { data, errors } = await ask(
    'shipping',
    `{ shipmentLines(first: 50) { nodes { id order { id number customer { id name } lines { id } } shipment { id number } } } }`,
  );
  expect(errors).toEqual([]);
  expect(data.shipmentLines.nodes).toHaveLength(50);
  // The lines, their orders, shipments, then the orders' customers and lines.
  expect(models.statements.length - before).toBe(5);
});

test('a reference to a row that is not there, or not for this day, is null with its key', async () => {
  await models.query(`update read.sales_order set customer_id = 9999 where id = 3`);
  const { data, errors } = await ask('shipping', `{ salesOrder(id: "3") { customerId customer { id } } }`);
  expect(errors).toEqual([]);
  expect(data.salesOrder).toEqual({ customerId: '9999', customer: null });
});

test('a reference into another subgraph is checked where it is declared, and is known when its entity is asked for', async () => {
  const context = newContext();
  const before = models.statements.length;
  const { data } = await ask(
    'inventory',
    `{ stockLevels(first: 20) { nodes { product { id } location { id } } } }`,
    {},
    context,
  );
  const found = models.statements.length;
  expect(found - before).toBe(3);
  const representations = data.stockLevels.nodes.map(({ product }: { product: { id: string } }) => ({
    __typename: 'Product',
    id: product.id,
  }));
  const entities = `query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Product { name } } }`;
  const { data: answered, errors } = await ask('inventory', entities, { representations }, context);
  expect(errors).toEqual([]);
  expect(answered._entities[0]).toEqual({ name: `name ${String(representations[0].id).padStart(4, '0')}` });
  expect(models.statements.length).toBe(found);
});

test('an answer is as fresh as the oldest read model it used, and stale if one of them has stopped', async () => {
  const old = new Date(Date.now() - 5_000);
  models.freshness.set('Customer', { asOf: old, deletionsAsOf: old, incomplete: false, stopped: false });
  const context = newContext();
  expect(context.freshness.get()).toEqual({ asOf: null, stale: false });
  await ask('shipping', `{ salesOrder(id: "1") { id } }`, {}, context);
  expect(context.freshness.get().asOf?.getTime()).toBeGreaterThan(old.getTime());
  await ask('shipping', `{ salesOrder(id: "1") { customer { id } } }`, {}, context);
  expect(context.freshness.get()).toEqual({ asOf: old, stale: false });

  models.freshness.set('Customer', { asOf: old, deletionsAsOf: old, incomplete: false, stopped: true });
  const later = newContext();
  await ask('shipping', `{ customer(id: "1") { id } }`, {}, later);
  expect(later.freshness.get()).toEqual({ asOf: old, stale: true });
  models.freshness.clear();
});

test('a value the API cannot say is an error at its field; the row and the page stay', async () => {
  await models.query(`update read.product set list_price = 'NaN' where id = 5`);
  const { data, errors } = await ask('inventory', `{ products(first: 6) { nodes { id listPrice unit } } }`);
  expect(errors).toMatchObject([{ path: ['products', 'nodes', 4, 'listPrice'] }]);
  expect(data.products.nodes[4]).toEqual({ id: '5', listPrice: null, unit: 'unit 0005' });
});

test('a null where there must be a value takes its node, not the page', async () => {
  await models.query(`update read.product set unit = null where id = 6`);
  const { data, errors } = await ask('inventory', `{ products(first: 7) { nodes { id unit } } }`);
  expect(errors).toMatchObject([{ path: ['products', 'nodes', 5, 'unit'] }]);
  expect(data.products.nodes.map((node: { id: string } | null) => node?.id ?? null)).toEqual([
    '1',
    '2',
    '3',
    '4',
    '5',
    null,
    '7',
  ]);
});

test('what a list refuses is an error of that list with its code', async () => {
  const { data, errors } = await ask(
    'inventory',
    `{ products(first: 501) { nodes { id } } other: products(first: 1) { nodes { id } } }`,
  );
  expect(errors).toMatchObject([{ path: ['products'], extensions: { code: 'BAD_USER_INPUT' } }]);
  expect(data).toEqual({ products: null, other: { nodes: [{ id: '1' }] } });
});
