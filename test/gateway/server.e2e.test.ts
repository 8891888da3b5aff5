/** The gateway as a server among others: ids, logs, metrics, origins, pages, health, and how it ends. */
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parse } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callInProcess, type SubgraphCall } from '../../gateway/subgraph-calls.ts';
import { readAuthoredSchema } from '../../schema/authored.ts';
import { deployedSchema } from '../../schema/deployed.ts';
import { flatSubgraph } from '../../subgraphs/flat-subgraph.ts';
import { localSubgraph } from '../../subgraphs/in-process.ts';
import { type ReadModels, readModels } from '../read-models.ts';
import { scratchDir } from '../scratch-dir.ts';
import { supergraphOf, testGateway } from './test-gateway.ts';

const QUERY = `query One { product(id: "1") { name } }`;

let models: ReadModels;
beforeAll(async () => {
  models = await readModels();
});
afterAll(() => models[Symbol.asyncDispose]());

/** A subgraph that answers when it is let. */
function heldInventory(): { calls: ReadonlyMap<string, SubgraphCall>; asked: Promise<void>; release(): void } {
  const { flat, subgraphs } = deployedSchema();
  const sdl = subgraphs.find(({ name }) => name === 'inventory')?.sdl ?? '';
  const answer = callInProcess(localSubgraph(flatSubgraph('inventory', sdl, flat)));
  const asked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const call: SubgraphCall = async (...args) => {
    asked.resolve();
    await released.promise;
    return answer(...args);
  };
  return { calls: new Map([['inventory', call]]), asked: asked.promise, release: released.resolve };
}

test('a request has an id, its own or a new one, in the answer and in one line of the log', async () => {
  await using gateway = await testGateway({ models });
  const own = await gateway.post({ query: QUERY }, { 'x-request-id': 'order-desk.17' });
  expect(own.headers.get('x-request-id')).toBe('order-desk.17');
  const forged = await gateway.post({ query: QUERY }, { 'x-request-id': 'a b{"level":"error"}' });
  const id = forged.headers.get('x-request-id');
  expect(id).toMatch(/^[\w-]{36}$/);
  expect(gateway.lines.filter(({ msg }) => msg === 'request')).toMatchObject([
    {
      requestId: 'order-desk.17',
      method: 'POST',
      path: '/graphql',
      status: 200,
      operation: 'One',
      bytes: own.text.length,
    },
    { requestId: id, status: 200 },
  ]);
});

test('requests are counted and timed by operation, of which there are never too many', async () => {
  await using gateway = await testGateway({ models });
  await gateway.ask(QUERY);
  await gateway.ask(`{ product(id: "1") { name } }`);
  await gateway.ask(`query Bad { product(id: "1") { nmae } }`);
  for (let at = 0; at < 250; at++) await gateway.ask(`query Name${at} { __typename }`);
  const { text, headers } = await gateway.fetch('/metrics');
  expect(headers.get('content-type')).toMatch(/^text\/plain/);
  expect(text).toMatch(/skiff_gateway_requests_total\{operation="One",status="200"\} 1\n/);
  expect(text).toMatch(/skiff_gateway_requests_total\{operation="anonymous",status="400"\} 1\n/);
  expect(text).toMatch(/skiff_gateway_errors_total\{code="BAD_USER_INPUT"\} 1\n/);
  expect(text).toMatch(/skiff_gateway_request_seconds_count\{operation="One"\} 1\n/);
  expect(text).toMatch(/skiff_gateway_requests_total\{operation="other",status="200"\} \d+\n/);
  expect(text).toMatch(/skiff_gateway_requests_running 0\n/);
  expect(text.match(/skiff_gateway_requests_total\{/g)?.length).toBeLessThan(210);
});

test('pages of other origins read answers only where they are let', async () => {
  await using gateway = await testGateway({ models, corsOrigins: ['https://board.example'] });
  const allowed = await gateway.post({ query: QUERY }, { origin: 'https://board.example' });
  expect(allowed.headers.get('access-control-allow-origin')).toBe('https://board.example');
  expect(allowed.headers.get('access-control-expose-headers')).toMatch(/Skiff-As-Of/);
  expect(allowed.headers.get('access-control-allow-credentials')).toBeNull();
  const other = await gateway.post({ query: QUERY }, { origin: 'https://evil.example' });
  expect(other.headers.get('access-control-allow-origin')).toBeNull();
  expect(other.headers.get('vary')).toBe('Origin');

  const asked = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' };
  const preflight = (origin: string) => gateway.fetch('/graphql', { method: 'OPTIONS', headers: { origin, ...asked } });
  const yes = await preflight('https://board.example');
  expect([yes.status, yes.headers.get('access-control-allow-headers')]).toEqual([204, 'content-type']);
  expect((await preflight('https://board.example.evil')).headers.get('access-control-allow-methods')).toBeNull();
});

test('in development any port of this machine may read, and no other host', async () => {
  await using gateway = await testGateway({ models, corsOrigins: 'localhost' });
  const allowed = async (origin: string) =>
    (await gateway.post({ query: QUERY }, { origin })).headers.get('access-control-allow-origin') !== null;
  expect(await allowed('http://localhost:5173')).toBe(true);
  expect(await allowed('http://127.0.0.1:8080')).toBe(true);
  expect(await allowed('http://localhost.evil.example')).toBe(false);
  expect(await allowed('null')).toBe(false);
});

test('pages come from this server under a policy that lets nothing else in', async () => {
  using folder = scratchDir();
  for (const [name, content] of [
    ['graphiql/index.html', '<title>GraphiQL</title>'],
    ['console/index.html', '<title>Console</title>'],
    ['assets/a-1b2c.js', 'export {}'],
  ] as const) {
    mkdirSync(join(folder.path, name, '..'), { recursive: true });
    writeFileSync(join(folder.path, name), content);
  }
  await using gateway = await testGateway({ models, pages: folder.path });
  const graphiql = await gateway.fetch('/graphql', {
    headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' },
  });
  expect([graphiql.status, graphiql.text]).toEqual([200, '<title>GraphiQL</title>']);
  expect(graphiql.headers.get('content-security-policy')).toMatch(/^default-src 'self';.*frame-ancestors 'none'/);
  expect(graphiql.headers.get('cache-control')).toBe('no-cache');
  expect((await gateway.fetch('/console')).text).toBe('<title>Console</title>');
  const asset = await gateway.fetch('/web/assets/a-1b2c.js');
  expect(asset.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  expect(asset.headers.get('cache-control')).toMatch(/immutable/);
  expect((await gateway.fetch('/web/assets/a-1b2c.js', { method: 'HEAD' })).text).toBe('');
});

test('pages that are not built say how to build them', async () => {
  await using gateway = await testGateway({ models });
  const { status, body } = await gateway.fetch('/console');
  expect(status).toBe(404);
  expect(body.errors[0].message).toMatch(/npm run build:web/);
});

test('the console is told what the replica says of itself, and the requests there were', async () => {
  await using gateway = await testGateway({ models, consoleStatus: async () => ({ applied: '16/B374D848' }) });
  await gateway.ask(QUERY);
  await gateway.ask('{');
  const { body } = await gateway.fetch('/console/status.json');
  expect(body).toEqual({ applied: '16/B374D848', requests: { total: 2, failed: 1 } });
});

test('a gateway is ready when a real field of every subgraph answers', async () => {
  await using gateway = await testGateway({ models });
  const before = models.statements.length;
  const { status, body } = await gateway.fetch('/health/ready');
  expect([status, body]).toEqual([200, { status: 'ready' }]);
  expect(models.statements.length - before).toBe(5);
  await gateway.fetch('/health/ready');
  expect(models.statements.length - before).toBe(5);
});

test('an answer that takes too long ends at the deadline', async () => {
  const { calls, release } = heldInventory();
  await using gateway = await testGateway({ models, calls, requestDeadlineMs: 300 });
  const { status, body } = await gateway.ask(QUERY);
  release();
  expect(status).toBe(504);
  expect(body.errors).toMatchObject([{ extensions: { code: 'GATEWAY_TIMEOUT' } }]);
});

test('who asks cannot be found out in time: the deadline ends that, too', async () => {
  const authenticate = () => new Promise<never>(() => {});
  await using gateway = await testGateway({ models, authenticate, requestDeadlineMs: 300 });
  const { status, body } = await gateway.ask(QUERY);
  expect(status).toBe(504);
  expect(body.errors).toMatchObject([{ extensions: { code: 'GATEWAY_TIMEOUT' } }]);
  for (const path of ['/data/delayed-shipments.csv', '/console/status.json', '/metrics']) {
    expect(await gateway.fetch(path)).toMatchObject({ status: 504 });
  }
});

test('a new supergraph serves new requests; those that began on the old one end there', async () => {
  const { calls, asked, release } = heldInventory();
  // Composing anew may take longer than a request is given, where the machine has other work.
  await using gateway = await testGateway({ models, calls, requestDeadlineMs: 60_000 });
  const running = gateway.ask(QUERY);
  await asked;

  const authored = readAuthoredSchema();
  const extended = {
    ...authored,
    subgraphs: authored.subgraphs.map(({ name, document }) => {
      if (name !== 'inventory') return { name, document };
      const note = '"More." type ProductNote @key(fields: "id") @flat @plant(none: "None.") { "Id." id: ID! }';
      return { name, document: parse(`${document.loc?.source.body} ${note}`) };
    }),
  };
  await gateway.gateway.reload(supergraphOf(deployedSchema({ authored: extended })));

  const { body: named } = await gateway.ask(`{ __type(name: "ProductNote") { name } }`);
  expect(named.data.__type).toEqual({ name: 'ProductNote' });
  release();
  expect((await running).body.data).toEqual({ product: { name: 'name 0001' } });
});

test('a supergraph that cannot be planned with is refused, and the old one stays', async () => {
  await using gateway = await testGateway({ models });
  const schema = deployedSchema();
  const broken = { ...supergraphOf(schema), sdl: schema.supergraph.slice(0, 5_000) };
  await expect(gateway.gateway.reload(broken)).rejects.toThrow();
  expect((await gateway.ask(QUERY)).status).toBe(200);
});

test('a gateway that ends answers what it has begun, and takes nothing new', async () => {
  const { calls, asked, release } = heldInventory();
  await using gateway = await testGateway({ models, calls });
  const running = gateway.ask(QUERY);
  await asked;
  const closed = gateway.gateway.close();
  await expect(fetch(`${gateway.url}/health/live`)).rejects.toThrow();
  release();
  const { status, body, headers } = await running;
  expect([status, body.data]).toEqual([200, { product: { name: 'name 0001' } }]);
  expect(headers.get('connection')).toBe('close');
  await closed;
});

test('a client that leaves is not answered, and what is asked for it elsewhere is given up', async () => {
  const given = Promise.withResolvers<AbortSignal>();
  const call: SubgraphCall = async (_request, { signal }) => {
    given.resolve(signal);
    await once(signal, 'abort');
    return { data: null };
  };
  await using gateway = await testGateway({ models, calls: new Map([['inventory', call]]) });
  const leaving = request(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
  });
  leaving.on('error', () => {});
  leaving.end(JSON.stringify({ query: QUERY }));
  const signal = await given.promise;
  leaving.destroy();
  if (!signal.aborted) await once(signal, 'abort');
  while (!gateway.lines.some(({ clientLeft }) => clientLeft === true)) await pause(10);
});
