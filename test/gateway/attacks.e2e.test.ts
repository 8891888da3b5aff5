/** What comes from strangers: documents that cost too much, requests that are none, answers that tell too much. */
import { once } from 'node:events';
import { request } from 'node:http';
import { getIntrospectionQuery } from 'graphql';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../gateway/limits/limits.ts';
import { ALL_PLANTS } from '../../replica/access-scope.ts';
import { rowPool } from '../../replica/connect.ts';
import { flatReads } from '../../replica/read.ts';
import { scopedRows } from '../../replica/scoped-rows.ts';
import { freePort } from '../../runtime/free-port.ts';
import { subgraphContext } from '../../subgraphs/context.ts';
import { TODAY } from '../read-models.ts';
import { type TestGateway, testGateway } from './test-gateway.ts';

let gateway: TestGateway;
let statements: number;
beforeAll(async () => {
  gateway = await testGateway();
  statements = gateway.models.statements.length;
});
afterAll(() => gateway[Symbol.asyncDispose]());
// Nothing here may reach the database, unless a test says so.
afterEach(() => {
  expect(gateway.models.statements.length).toBe(statements);
});
const reached = () => {
  expect(gateway.models.statements.length).toBeGreaterThan(statements);
  statements = gateway.models.statements.length;
};

const deep = (levels: number): string => `${'order { lines { '.repeat(levels)}id${' } }'.repeat(levels)}`;
const times = (count: number, part: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => part(at)).join(' ');

const bomb = `{ product(id: "1") { ...F0 } } ${times(16, (at) => `fragment F${at} on Product { ...F${at + 1} ...F${at + 1} }`)} fragment F16 on Product { id name }`;

describe.each<[string, string, string, Record<string, unknown>?]>([
  ['twenty levels of depth', 'DEPTH_LIMIT', `{ salesOrderLine(id: "1") { ${deep(10)} } }`],
  [
    'depth within a fragment that is named as the schema is',
    'DEPTH_LIMIT',
    `{ salesOrderLine(id: "1") { ...__schema } } fragment __schema on SalesOrderLine { ${deep(10)} }`,
  ],
  [
    'depth under an alias that is named as the schema is',
    'DEPTH_LIMIT',
    `{ __type: salesOrderLine(id: "1") { ${deep(10)} } }`,
  ],
  [
    'depth in inline fragments',
    'DEPTH_LIMIT',
    `{ salesOrderLine(id: "1") { ... { ... on SalesOrderLine { ${deep(10)} } } } }`,
  ],
  ['500 aliases', 'COST_LIMIT', `{ ${times(500, (at) => `a${at}: __typename`)} }`],
  [
    '100 aliases through a fragment',
    'COST_LIMIT',
    `{ ${times(100, () => '...F')} } fragment F on Query { a: __typename }`,
  ],
  ['a directive a hundred times', 'COST_LIMIT', `{ ${times(100, () => '... @skip(if: false) { __typename }')} }`],
  ['an unknown directive', 'BAD_USER_INPUT', `{ product(id: "1") { id @made(up: 1) } }`],
  ['one directive over and over', 'COST_LIMIT', `{ product(id: "1") { id ${times(100, () => '@skip(if: false)')} } }`],
  [
    'a fragment that leads back to itself',
    'BAD_USER_INPUT',
    `{ product(id: "1") { ...A } } fragment A on Product { ...B } fragment B on Product { ...A }`,
  ],
  ['sixteen fragments that spread each other twice', 'COST_LIMIT', bomb],
  ['5,000 equal fields', 'BAD_USER_INPUT', `{ product(id: "1") { ${times(5_000, () => 'id')} } }`],
  ['15,000 tokens', 'BAD_USER_INPUT', `{ product(id: "1") { ${times(15_000, () => '__typename')} } }`],
  [
    'introspection in circles',
    'BAD_USER_INPUT',
    `{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }`,
  ],
  [
    'introspection deeper than GraphiQL asks',
    'DEPTH_LIMIT',
    `{ __type(name: "Product") { ${'ofType { '.repeat(20)} name ${'}'.repeat(20)} } }`,
  ],
  ['introspection beside data', 'BAD_USER_INPUT', `{ __schema { queryType { name } } product(id: "1") { id } }`],
  ['a page of a million', 'BAD_USER_INPUT', `{ products(first: 1000000) { nodes { id } } }`],
  [
    'a page of a million by a variable',
    'BAD_USER_INPUT',
    `query ($n: Int) { products(first: $n) { nodes { id } } }`,
    { n: 1_000_000 },
  ],
  [
    'a page of a million by a default',
    'BAD_USER_INPUT',
    `query ($n: Int = 1000000) { products(last: $n) { nodes { id } } }`,
  ],
  ['a page of fewer than none', 'BAD_USER_INPUT', `{ products(first: -1) { nodes { id } } }`],
  [
    'lists in lists',
    'COST_LIMIT',
    `{ products(first: 500) { nodes { stockLevels { product { stockLevels { id } } } } } }`,
  ],
  [
    'lists in lists, by edges and fragments',
    'COST_LIMIT',
    `{ ...Q } fragment Q on Query { products(last: 500) { edges { node { ...P } } } } fragment P on Product { stockLevels { product { stockLevels { id } } } }`,
  ],
  ['a field that does not exist', 'BAD_USER_INPUT', `{ product(id: "1") { nmae } }`],
  [
    'entities of a subgraph',
    'BAD_USER_INPUT',
    `{ _entities(representations: [{ __typename: "Product", id: "1" }]) { __typename } }`,
  ],
  ['the SDL of a subgraph', 'BAD_USER_INPUT', `{ _service { sdl } }`],
  ['a missing variable', 'BAD_USER_INPUT', `query ($id: ID!) { product(id: $id) { id } }`],
  [
    'a variable of another type',
    'BAD_USER_INPUT',
    `query ($n: Int) { products(first: $n) { nodes { id } } }`,
    { n: 'ten' },
  ],
  ['a mutation that there is not', 'BAD_USER_INPUT', `mutation { deleteProduct(id: "1") { __typename } }`],
  ['no document', 'BAD_USER_INPUT', ``],
  ['half a document', 'BAD_USER_INPUT', `{ product(id: "1") {`],
])('a document with %s', (_what, code, query, variables = {}) => {
  test.each(['application/json', 'application/graphql-response+json'])(
    `is refused with ${code} as %s`,
    async (accept) => {
      const began = performance.now();
      const { status, body, headers, text } = await gateway.post({ query, variables }, { accept });
      expect(performance.now() - began).toBeLessThan(5_000);
      expect(status).toBe(400);
      expect(headers.get('content-type')).toBe(`${accept}; charset=utf-8`);
      expect(body).not.toHaveProperty('data');
      expect(body.errors[0].extensions).toEqual({ code, requestId: headers.get('x-request-id') });
      expect(body.extensions.freshness).toEqual({ asOf: null, stale: false });
      expect(text).not.toMatch(/did you mean|stack|node_modules/i);
    },
  );
});

test('what GraphiQL asks of the schema is answered to developers', async () => {
  const query = getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true, schemaDescription: true });
  const { status, body } = await gateway.ask(query);
  expect(status).toBe(200);
  const types = body.data.__schema.types.map(({ name }: { name: string }) => name);
  expect(types).toContain('DelayedShipment');
  expect(types.filter((name: string) => /^(join__|_Any|_Entity|link__)/.test(name))).toEqual([]);
});

test('others are not told the schema, whether a type exists or not', async () => {
  await using closed = await testGateway({
    models: gateway.models,
    documents: { limits: DEFAULT_LIMITS, introspection: false },
  });
  const answers = await Promise.all(
    [
      `{ __schema { types { name } } }`,
      `{ __type(name: "Product") { name } }`,
      `{ __type(name: "Nonesuch") { name } }`,
      `{ ...F } fragment F on Query { a: __schema { types { name } } }`,
      `#\n{\n  __schema\n{ types { name } } }`,
    ].map((query) => closed.ask(query)),
  );
  for (const { status, body } of answers) {
    expect(status).toBe(400);
    expect(body.errors).toMatchObject([
      { message: 'The schema is not told here.', extensions: { code: 'BAD_USER_INPUT' } },
    ]);
  }
  expect((await closed.ask(`{ __typename }`)).body.data).toEqual({ __typename: 'Query' });
});

describe('a request', () => {
  const QUERY = { query: `{ product(id: "1") { id } }` };
  const search = `?${new URLSearchParams(QUERY)}`;

  test.each<[string, number, string, RequestInit]>([
    ['of several', 400, '/graphql', { body: JSON.stringify([QUERY, QUERY]) }],
    ['of null', 400, '/graphql', { body: 'null' }],
    ['of an empty list', 400, '/graphql', { body: '[]' }],
    ['of nothing', 400, '/graphql', { body: '' }],
    ['that is no JSON', 400, '/graphql', { body: '{"query": "secret' }],
    ['that is no UTF-8', 400, '/graphql', { body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]) }],
    ['whose query is a number', 400, '/graphql', { body: '{"query":1}' }],
    ['whose variables are a list', 400, '/graphql', { body: JSON.stringify({ ...QUERY, variables: [] }) }],
    [
      'whose operation has no text for a name',
      400,
      '/graphql',
      { body: JSON.stringify({ ...QUERY, operationName: 1 }) },
    ],
    [
      'for an operation that is not there',
      400,
      '/graphql',
      { body: JSON.stringify({ ...QUERY, operationName: 'Other' }) },
    ],
    [
      'as a form',
      415,
      '/graphql',
      { body: new URLSearchParams(QUERY), headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    ],
    ['as plain text', 415, '/graphql', { body: JSON.stringify(QUERY), headers: { 'content-type': 'text/plain' } }],
    ['as bare GraphQL', 415, '/graphql', { body: QUERY.query, headers: { 'content-type': 'application/graphql' } }],
    ['with files', 415, '/graphql', { body: new FormData(), headers: {} }],
    [
      'that is compressed',
      415,
      '/graphql',
      { body: 'x', headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } },
    ],
    [
      'for another form of answer',
      406,
      '/graphql',
      { body: JSON.stringify(QUERY), headers: { 'content-type': 'application/json', accept: 'text/csv' } },
    ],
    ['by GET that any page could send', 403, `/graphql${search}`, { method: 'GET', headers: {} }],
    [
      'by GET with an odd content type',
      415,
      `/graphql${search}`,
      { method: 'GET', headers: { 'content-type': 'message/x' } },
    ],
    ['by GET without a query', 400, '/graphql', { method: 'GET', headers: { 'x-graphql-client': 'test' } }],
    ['by PUT', 405, '/graphql', { method: 'PUT', body: '{}' }],
    ['by DELETE', 405, '/graphql', { method: 'DELETE' }],
    ['to nowhere', 404, '/nowhere', {}],
    ['out of the folder of pages', 404, '/web/..%2f..%2fpackage.json', { method: 'GET' }],
  ])('%s is refused with %i and an error that tells nothing', async (_what, expected, path, init) => {
    const { status, body, text, headers } = await gateway.fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      ...init,
    });
    expect(status).toBe(expected);
    expect(body.errors[0].extensions).toEqual({
      code: expect.stringMatching(/^[A-Z_]+$/),
      requestId: headers.get('x-request-id'),
    });
    expect(text).not.toMatch(/secret|stack|node_modules|Unexpected token/);
  });

  test('by GET of a page that browsers ask about first is answered', async () => {
    const { status, body } = await gateway.fetch(`/graphql${search}`, { headers: { 'x-graphql-client': 'test' } });
    reached();
    expect(status).toBe(200);
    expect(body.data).toEqual({ product: { id: '1' } });
  });

  test('with variables named as objects are built is answered as any other', async () => {
    const query = `query ($filter: ProductFilter) { products(filter: $filter) { nodes { id } } }`;
    const { status, body } = await gateway.post(
      `{"query":${JSON.stringify(query)},"variables":{"__proto__":{"filter":{"id":1}},"constructor":{"x":1}}}`,
    );
    reached();
    expect(status).toBe(200);
    expect(body.data.products.nodes).toHaveLength(50);
    const unknown = await gateway.post(
      `{"query":${JSON.stringify(query)},"variables":{"filter":{"__proto__":{"eq":"x"}}}}`,
    );
    expect(unknown.status).toBe(400);
  });

  const HUGE = 20_000_000;

  test('of twenty megabytes is not read', async () => {
    const { status, body } = await gateway.post(`{"query":"${'x'.repeat(HUGE)}"}`);
    expect(status).toBe(413);
    expect(body.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  test('of twenty megabytes that does not say so is not read either', async () => {
    const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
    const sent = request(`${gateway.url}/graphql`, { method: 'POST', headers });
    const answered = once(sent, 'response');
    for (let bytes = 0; bytes < HUGE; bytes += 100_000) sent.write('x'.repeat(100_000));
    const [response] = await answered;
    expect(response.statusCode).toBe(413);
    sent.destroy();
  });
});

describe('values', () => {
  const list = `query ($filter: ProductFilter) { products(filter: $filter) { nodes { id } } }`;

  test.each<[string, Record<string, unknown>]>([
    ['a text that would end a statement', { code: { eq: `'; drop table read.product; --` } }],
    ['a search with the signs of patterns', { name: { contains: `%_\\'` } }],
    ['a prefix with the signs of patterns', { code: { startsWith: `%` } }],
  ])('%s is a value and nothing else', async (_what, filter) => {
    const { status, body } = await gateway.ask(list, { filter });
    reached();
    expect(status).toBe(200);
    expect(body.data.products.nodes).toEqual([]);
    expect((await gateway.ask(`{ products { totalCount } }`)).body.data.products.totalCount).toBe(60);
    reached();
  });

  test('a text that PostgreSQL cannot hold is refused at its list', async () => {
    const { status, body } = await gateway.ask(list, { filter: { code: { eq: 'a\0b' } } });
    expect(status).toBe(200);
    expect(body.errors).toMatchObject([{ path: ['products'], extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  test('an order is a name of an enum and no SQL', async () => {
    const { status } = await gateway.ask(`query ($o: ProductOrder) { products(orderBy: $o) { nodes { id } } }`, {
      o: { field: 'id; select pg_sleep(5)' },
    });
    expect(status).toBe(400);
  });
});

describe('what fails inside', () => {
  test('is told as a request id, and whole to the log alone', async () => {
    await using broken = await testGateway();
    await broken.models.query('drop table read.product');
    const { status, body, text } = await broken.ask(
      `query Broken { product(id: "1") { id } customer(id: "1") { id } }`,
    );
    expect(status).toBe(200);
    expect(body.data).toEqual({ product: null, customer: { id: '1' } });
    expect(body.errors).toEqual([
      {
        message: 'Something went wrong on our side. The log has it under this request id.',
        path: ['product'],
        extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: expect.any(String) },
      },
    ]);
    expect(text).not.toMatch(/relation|read\.product/);
    const line = broken.lines.find(
      ({ requestId, level }) => requestId === body.errors[0].extensions.requestId && level === 'error',
    );
    expect(line).toMatchObject({
      operation: 'Broken',
      path: 'product',
      err: { message: 'relation "read.product" does not exist' },
    });
  });

  test('a database that is away is said to be that, and a gateway without it is not ready', async () => {
    const { models } = gateway;
    const nobody = flatReads(
      models.flat,
      models.served,
      scopedRows(rowPool(`postgresql://127.0.0.1:${await freePort()}/skiff`, 1)),
    );
    await using cut = await testGateway({
      models,
      newContext: () => subgraphContext(nobody, models.served, TODAY, ALL_PLANTS),
    });
    const { body } = await cut.ask(`{ product(id: "1") { id } }`);
    expect(body.errors).toMatchObject([{ extensions: { code: 'SUBGRAPH_UNAVAILABLE', retryAfterMs: 1_000 } }]);
    expect((await cut.fetch('/health/ready')).status).toBe(503);
  });
});
