/** Subgraphs that are processes of their own: what they are told, and what clients see when they fail. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ResponseCache } from '../../gateway/response-cache.ts';
import { callByHttp, type SubgraphCall } from '../../gateway/subgraph-calls.ts';
import { freePort } from '../../runtime/free-port.ts';
import { createLog } from '../../runtime/log.ts';
import { deployedSchema } from '../../schema/deployed.ts';
import { subgraphContext } from '../../subgraphs/context.ts';
import { flatSubgraph } from '../../subgraphs/flat-subgraph.ts';
import { freshEnough } from '../../subgraphs/fresh-enough.ts';
import { identityIn, signedIdentity } from '../../subgraphs/identity.ts';
import { developer, type Principal } from '../../subgraphs/principal.ts';
import { type SubgraphServer, startSubgraph } from '../../subgraphs/server.ts';
import { type ReadModels, readModels, TODAY } from '../read-models.ts';
import { TestChanges } from './test-changes.ts';
import { testGateway } from './test-gateway.ts';

const TIMEOUT_MS = 500;
const SECRET = 'what gateway and subgraph alone know';
const remote = (url: string): ReadonlyMap<string, SubgraphCall> =>
  new Map([['inventory', callByHttp('inventory', url, SECRET, TIMEOUT_MS)]]);

/** A line of an order is shipping's, its product inventory's. */
const QUERY = `{ salesOrderLine(id: "7") { productCode product { name } } }`;
const LINE = { productCode: 'productCode 0007' };

let models: ReadModels;
beforeAll(async () => {
  models = await readModels();
});
afterAll(() => models[Symbol.asyncDispose]());

async function inventory(lines: string[] = []): Promise<SubgraphServer> {
  const { flat, subgraphs } = deployedSchema();
  const sdl = subgraphs.find(({ name }) => name === 'inventory')?.sdl ?? '';
  return startSubgraph({
    name: 'inventory',
    schema: flatSubgraph('inventory', sdl, flat),
    types: flat.types.filter(({ subgraph }) => subgraph === 'inventory'),
    makeFresh: freshEnough(models.source),
    host: '127.0.0.1',
    port: 0,
    secret: SECRET,
    newContext: (today, scope) => subgraphContext(models.open, models.served, today ?? '1999-01-01', scope),
    introspection: false,
    bodyLimitBytes: 1_000_000,
    log: createLog({ level: 'debug' }, { write: (line) => lines.push(line) }),
  });
}

/** A server that is no subgraph. */
async function pretender(listener: RequestListener): Promise<Server & AsyncDisposable & { url: string }> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return Object.assign(server, {
    url: `http://127.0.0.1:${port}/graphql`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  });
}

test('a subgraph in another process answers as one in this process does, and as fresh', async () => {
  const server = await inventory();
  await using gateway = await testGateway({ models, calls: remote(server.url) });
  const old = new Date(Date.now() - 4_000);
  models.freshness.set('Product', { asOf: old, deletionsAsOf: old, incomplete: false, stopped: true });

  const { status, body, headers } = await gateway.ask(QUERY);

  expect(status).toBe(200);
  expect(body).toEqual({
    data: { salesOrderLine: { ...LINE, product: { name: 'name 0007' } } },
    extensions: { freshness: { asOf: old.toISOString(), stale: true } },
  });
  expect(headers.get('skiff-as-of')).toBe(old.toISOString());
  models.freshness.clear();
  await server.close();
});

test('an answer of which another process has a part is kept until what that part rests on changes', async () => {
  const server = await inventory();
  const { position } = models.source;
  const changes = new TestChanges(Number(position.batch), position.epoch);
  const responses = new ResponseCache({
    changes,
    isFollowing: () => true,
    shared: null,
    maxBytes: 1_000_000,
    hashOf: (type) => models.served.get(type).hash,
    today: () => TODAY,
  });
  const text = 'query Line($id: ID!) { salesOrderLine(id: $id) { productCode product { id name } } }';
  const registered = [{ name: 'line.graphql', ids: ['line'], text, maxStalenessMs: null }];
  await using gateway = await testGateway({ models, calls: remote(server.url), responses, registered });
  const ask = () => gateway.post({ documentId: 'line', variables: { id: '7' } });
  const renamed = (key: string) => ({
    hash: models.served.get('Product').hash,
    model: 'product',
    op: 'update' as const,
    key: [key],
    columns: ['name'],
    old: {},
    new: {},
  });

  const { body } = await ask();
  await ask();
  expect([responses.size, responses.counts.hits]).toEqual([1, 1]);
  changes.tell(renamed('no such product'));
  await ask();
  expect([responses.size, responses.counts.hits]).toEqual([1, 2]);
  expect(body.extensions).toEqual({ freshness: expect.anything() });
  changes.tell(renamed(body.data.salesOrderLine.product.id));
  expect(responses.size).toBe(0);
  await server.close();
});

test('what a client wishes of freshness, a subgraph in another process grants or says so within its time', async () => {
  const server = await inventory();
  await using gateway = await testGateway({ models, calls: remote(server.url) });
  const old = new Date(Date.now() - 3_000);
  models.freshness.set('Product', { asOf: old, deletionsAsOf: old, incomplete: false, stopped: false });
  const ask = (headers: Readonly<Record<string, string>>) => gateway.post({ query: QUERY }, headers);

  const content = await ask({ 'skiff-max-staleness': '1m' });
  const stale = await ask({ 'skiff-max-staleness': '1s' });
  const refused = await ask({ 'skiff-max-staleness': '1s', 'skiff-on-stale': 'error' });

  expect(content.body.extensions.freshness).toEqual({ asOf: old.toISOString(), stale: false });
  expect(stale.body).toEqual({
    data: { salesOrderLine: { ...LINE, product: { name: 'name 0007' } } },
    extensions: { freshness: { asOf: old.toISOString(), stale: true } },
  });
  expect(refused.body.data).toEqual({ salesOrderLine: { ...LINE, product: null } });
  expect(refused.body.errors).toMatchObject([{ extensions: { code: 'STALE_DATA' } }]);
  for (const { headers } of [content, stale, refused]) expect(headers.get('skiff-position')).toBe('0badcafe-7');
  models.freshness.clear();
  await server.close();
});

test('rows that are asked for by id are named to the replica, whichever process reads them', async () => {
  const server = await inventory();
  await using gateway = await testGateway({ models, calls: remote(server.url), requestDeadlineMs: 500 });
  const old = { asOf: new Date(0), deletionsAsOf: new Date(0), incomplete: false, stopped: false };
  models.questions.length = 0;
  const query = `query ($id: ID!, $isMore: Boolean!) {
    first: product(id: $id) { name }
    ...More
    salesOrderLine(id: "9") { id }
  }
  fragment More on Query {
    second: product(id: 8) @include(if: $isMore) { code }
    third: product(id: 10) @skip(if: $isMore) { code }
  }`;

  for (const late of ['SalesOrderLine', 'Product']) {
    const fresh = new Date(Date.now() + 60_000);
    models.freshness.clear();
    for (const { name } of models.flat.types) models.freshness.set(name, { ...old, asOf: fresh, deletionsAsOf: fresh });
    models.freshness.set(late, old);
    await gateway.post({ query, variables: { id: '7', isMore: true } }, { 'skiff-max-staleness': '0s' });
  }

  expect(models.questions).toMatchObject([
    { types: ['SalesOrderLine'], ids: new Map([['SalesOrderLine', ['9']]]) },
    { types: ['Product'], ids: new Map([['Product', ['7', '8']]]) },
  ]);
  models.freshness.clear();
  await server.close();
});

test('a subgraph is told the day, the request id, and nothing else that a client sent', async () => {
  const seen: IncomingMessage['headers'][] = [];
  await using server = await pretender((request, response) => {
    seen.push(request.headers);
    response.setHeader('content-type', 'application/json').end('{"data":{"_entities":[{"name":"x"}]}}');
  });
  await using gateway = await testGateway({ models, calls: remote(server.url) });
  await gateway.post(
    { query: QUERY },
    {
      'x-request-id': 'mine',
      'x-skiff-user': 'admin',
      authorization: 'Bearer x',
      cookie: 'a=b',
      'skiff-today': '1999-01-01',
    },
  );
  expect(seen).toHaveLength(1);
  expect(seen[0]).toMatchObject({ 'x-request-id': 'mine', 'skiff-today': TODAY });
  for (const header of ['x-skiff-user', 'authorization', 'cookie']) expect(seen[0]).not.toHaveProperty(header);
});

test.each<[string, string, RequestListener | null]>([
  ['is not there', 'SUBGRAPH_UNAVAILABLE', null],
  ['cuts the connection', 'SUBGRAPH_UNAVAILABLE', (request) => request.socket.destroy()],
  [
    'answers a page of HTML',
    'SUBGRAPH_UNAVAILABLE',
    (_request, response) => response.writeHead(502).end('<h1>secret-host</h1>'),
  ],
  ['answers other JSON', 'SUBGRAPH_UNAVAILABLE', (_request, response) => response.end('{"errors":"secret-host"}')],
  ['never answers', 'GATEWAY_TIMEOUT', () => {}],
  ['begins to answer and stops', 'GATEWAY_TIMEOUT', (_request, response) => response.writeHead(200).write('{"data":')],
  [
    'sends an error that is not ours',
    'INTERNAL_SERVER_ERROR',
    (_request, response) =>
      response.end(
        '{"errors":[{"message":"select secret-host","path":["_entities",0],"extensions":{"code":"X","stacktrace":["secret-host"]}}]}',
      ),
  ],
])('when a subgraph %s its fields are null with %s; the rest of the answer stands', async (_what, code, listener) => {
  const server = listener ? await pretender(listener) : null;
  const url = server?.url ?? `http://127.0.0.1:${await freePort()}/graphql`;
  await using gateway = await testGateway({ models, calls: remote(url) });

  const { status, body, text } = await gateway.ask(QUERY);

  expect(status).toBe(200);
  expect(body.data).toEqual({ salesOrderLine: { ...LINE, product: null } });
  expect(body.errors).toHaveLength(1);
  expect(body.errors[0].extensions).toEqual({ code, requestId: expect.any(String) });
  expect(body.errors[0].path.slice(0, 2)).toEqual(['salesOrderLine', 'product']);
  expect(text).not.toMatch(/secret-host|127\.0\.0\.1|representations|stack/);
  expect(gateway.lines.some(({ requestId, err }) => requestId === body.errors[0].extensions.requestId && err)).toBe(
    true,
  );
  await server?.[Symbol.asyncDispose]();
});

test('an answer that is lost whole says so by its status', async () => {
  await using gateway = await testGateway({ models, calls: remote(`http://127.0.0.1:${await freePort()}/graphql`) });
  const { status, body } = await gateway.ask(`{ product(id: "1") { name } }`);
  expect(status).toBe(503);
  expect(body.data).toBeNull();
  expect(body.errors).toMatchObject([{ extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }]);
});

test('a gateway is not ready while a subgraph does not answer a real field', async () => {
  await using gateway = await testGateway({ models, calls: remote(`http://127.0.0.1:${await freePort()}/graphql`) });
  expect((await gateway.fetch('/health/live')).status).toBe(200);
  const { status, body } = await gateway.fetch('/health/ready');
  expect(status).toBe(503);
  expect(body).toEqual({ status: 'unready', subgraphs: ['inventory'] });
});

test('a subgraph tells a gateway nothing of its insides', async () => {
  const lines: string[] = [];
  const server = await inventory(lines);
  const ask = (query: string, headers: Record<string, string> = {}) =>
    fetch(server.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'apollo-federation-include-trace': 'ftv1',
        'x-request-id': 'mine',
        'skiff-identity': signedIdentity(developer, 'mine', SECRET),
        ...headers,
      },
      body: JSON.stringify({ query }),
    }).then((response) => response.text());
  await models.query('drop table read.product');
  const broken = await ask(`{ product(id: "1") { name } }`);
  expect(JSON.parse(broken).errors[0].extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR' });
  expect(broken).not.toMatch(/relation|read\.product|stack|ftv1/);
  expect(lines.join()).toMatch(/relation \\"read.product\\" does not exist/);
  expect(await ask(`{ __schema { types { name } } }`)).not.toMatch(/StockLevel/);
  const page = await fetch(server.url, { headers: { accept: 'text/html' } });
  expect(await page.text()).not.toMatch(/apollographql|<html/i);
  await server.close();
});

test('a caller’s scope goes along signed: a subgraph elsewhere shows the rows it would show here', async () => {
  const server = await inventory();
  const caller: Principal = { name: 'P2', scopes: new Set(['read:inventory']), access: { plants: ['P2'] } };
  await using gateway = await testGateway({ models, calls: remote(server.url), authenticate: async () => caller });
  const { body } = await gateway.ask(`{ stockLevels(first: 500) { totalCount nodes { plantCode } } }`);
  expect(body.errors).toBeUndefined();
  const plants = body.data.stockLevels.nodes.map(({ plantCode }: { plantCode: string }) => plantCode);
  expect(new Set(plants)).toEqual(new Set(['P2']));
  expect(body.data.stockLevels.totalCount).toBe(plants.length);
  await server.close();
});

describe('a subgraph', () => {
  let server: SubgraphServer;
  beforeAll(async () => {
    server = await inventory();
  });
  afterAll(() => server.close());

  const asked = async (headers: Record<string, string>) => {
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-request-id': 'mine', ...headers },
      body: JSON.stringify({
        query: '{ _entities(representations: [{ __typename: "Location", id: "1" }]) { __typename } }',
      }),
    });
    return response.status;
  };
  const identity = (principal: Principal = developer, secret = SECRET) => signedIdentity(principal, 'mine', secret);

  test('answers who is vouched for', async () => {
    expect(await asked({ 'skiff-identity': identity() })).toBe(200);
  });

  test.each<[string, () => Record<string, string>]>([
    ['nobody', () => ({})],
    ['who says so himself', () => ({ 'skiff-identity': JSON.stringify({ name: 'x', plants: '*' }) })],
    ['who knows another secret', () => ({ 'skiff-identity': identity(developer, 'x'.repeat(40)) })],
    ['an identity that was changed', () => ({ 'skiff-identity': `A${identity()}` })],
    ['an identity without its signature', () => ({ 'skiff-identity': identity().split('.')[0] ?? '' })],
    ['an identity of another request', () => ({ 'skiff-identity': identity(), 'x-request-id': 'yours' })],
  ])('refuses %s', async (_who, headers) => {
    expect(await asked(headers())).toBe(401);
  });

  test('refuses an identity after a minute', () => {
    const signed = identity();
    vi.useFakeTimers({ now: Date.now() + 61_000, toFake: ['Date'] });
    try {
      expect(identityIn(signed, 'mine', SECRET)).toBeNull();
    } finally {
      vi.useRealTimers();
    }
  });

  test('refuses a caller who may not read it', async () => {
    const stranger: Principal = { ...developer, scopes: new Set(['read:shipping']) };
    expect(await asked({ 'skiff-identity': identity(stranger) })).toBe(403);
  });
});
