/** How documents are measured before they are planned. */
import fc from 'fast-check';
import { buildSchema, type FragmentDefinitionNode, Kind, type OperationDefinitionNode, parse } from 'graphql';
import { expect, test } from 'vitest';
import { costOf } from '../../gateway/limits/cost.ts';
import { extentOf } from '../../gateway/limits/extent.ts';
import { pricesOf } from '../../gateway/limits/prices.ts';

test('a document extends as far as it does with its fragments written out', () => {
  const document = parse(`
    query One { a: product { ...P } ... { product { name @skip(if: false) } } }
    fragment P on Product { name b: unit ...Q } fragment Q on Product { stock { location { name } } }`);
  expect(extentOf(document)).toEqual({ depth: 4, introspectionDepth: 0, fields: 8, aliases: 2, directives: 1 });
});

test('a fragment is measured once, however often it is spread', () => {
  const levels = 60;
  const fragments = Array.from({ length: levels }, (_, at) => `fragment F${at} on T { ...F${at + 1} ...F${at + 1} }`);
  const { fields } = extentOf(parse(`{ ...F0 } ${fragments.join(' ')} fragment F${levels} on T { x }`));
  expect(fields).toBe(2 ** levels);
});

test('a fragment that is missing or leads back to itself ends the measuring', () => {
  expect(extentOf(parse(`{ ...A } fragment A on T { x ...B } fragment B on T { y ...A ...C }`))).toMatchObject({
    fields: 2,
  });
});

test('nothing inside the schema counts as depth of data, and nothing outside of it as depth of the schema', () => {
  expect(extentOf(parse(`{ __schema { types { name } } product { name } }`))).toMatchObject({
    depth: 2,
    introspectionDepth: 3,
  });
  expect(extentOf(parse(`{ __schema: a { __type: b { c } } }`))).toMatchObject({ depth: 3, introspectionDepth: 0 });
});

const sdl = `
  directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean) on FIELD_DEFINITION
  type Query {
    product(id: ID!): Product
    products(first: Int, last: Int): ProductConnection
      @listSize(assumedSize: 50, slicingArguments: ["first", "last"], sizedFields: ["edges", "nodes"], requireOneSlicingArgument: false)
  }
  type ProductConnection { nodes: [Product]! edges: [ProductEdge!]! pageInfo: PageInfo! totalCount: Int }
  type ProductEdge { node: Product cursor: String! }
  type PageInfo { endCursor: String }
  type Product { name: String! unit: Unit levels: [Level]! @listSize(assumedSize: 20) }
  type Unit { name: String! }
  type Level { product: Product }`;
const schema = buildSchema(sdl);
const prices = pricesOf(parse(sdl));

function cost(text: string, variables: Record<string, unknown> = {}): number {
  const { definitions } = parse(text);
  const operation = definitions.find(
    (node): node is OperationDefinitionNode => node.kind === Kind.OPERATION_DEFINITION,
  );
  const fragments = definitions.filter(
    (node): node is FragmentDefinitionNode => node.kind === Kind.FRAGMENT_DEFINITION,
  );
  if (!operation) throw new Error('No operation');
  const byName = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
  return costOf({ schema, prices, operation, fragments: byName, variables });
}

test.each<[string, number, Record<string, unknown>?]>([
  ['{ __typename }', 0],
  ['{ product(id: 1) { name } }', 1],
  ['{ product(id: 1) { unit { name } } }', 2],
  ['{ product(id: 1) { levels { product { name } } } }', 1 + 20 * 2],
  ['{ products { nodes { name } } }', 1 + 50],
  ['{ products(first: 7) { nodes { unit { name } } pageInfo { endCursor } totalCount } }', 1 + 7 * 2 + 1],
  ['{ products(last: 7) { edges { node { name } } } }', 1 + 7 * 2],
  ['query ($n: Int) { products(first: $n) { nodes { name } } }', 1 + 9, { n: 9 }],
  ['query ($n: Int) { products(first: $n) { nodes { name } } }', 1 + 50],
  ['{ products(first: 3) { ...C } } fragment C on ProductConnection { nodes { name } }', 1 + 3],
  ['query ($yes: Boolean!) { product(id: 1) { unit @skip(if: $yes) { name } } }', 1, { yes: true }],
  ['query ($no: Boolean!) { ... @include(if: $no) { product(id: 1) { name } } }', 0, { no: false }],
])('%s may answer %i objects', (text, expected, variables) => {
  expect(cost(text, variables)).toBe(expected);
});

test('more of a list never costs less', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 500 }), (a, b) => {
      const of = (n: number) =>
        cost('query ($n: Int) { products(first: $n) { nodes { levels { product { name } } } } }', { n });
      expect(Math.sign(of(a) - of(b))).toBe(Math.sign(a - b));
    }),
  );
});
