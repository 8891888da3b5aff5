/** What the gateway keeps of its answers, and when it lets go of it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ResponseCache } from '../../gateway/response-cache.ts';
import type { AccessScope } from '../../replica/access-scope.ts';
import { subgraphContext } from '../../subgraphs/context.ts';
import type { developer } from '../../subgraphs/principal.ts';
import { type ReadModels, readModels, TODAY } from '../read-models.ts';
import { TestChanges } from './test-changes.ts';
import { type TestGateway, testGateway } from './test-gateway.ts';

const DOCUMENTS = {
  row: 'query Row($id: ID!) { product(id: $id) { name code } }',
  list: 'query List { locations(orderBy: { field: NAME, direction: ASC }, first: 3) { nodes { id name plantCode } } }',
  nested: 'query Nested { stockLevels(first: 2) { nodes { id product { name } location { name } } } }',
  long: 'query Long { products(first: 50) { nodes { id code name } } }',
  broken: 'query Broken($id: ID!, $first: Int) { locations(first: $first) { nodes { id } } product(id: $id) { name } }',
};

let models: ReadModels;
let gateway: TestGateway;
let responses: ResponseCache;
const changes = new TestChanges();
const day = TODAY;
let statements = 0;
/** Requests that came as far as a route. */
let contexts = 0;

beforeAll(async () => {
  models = await readModels();
  responses = new ResponseCache({
    changes,
    isFollowing: () => changes.isLive,
    shared: null,
    maxBytes: 10_000_000,
    hashOf: (type) => models.served.get(type).hash,
    today: () => day,
  });
  gateway = await testGateway({
    models,
    responses,
    newContext: ({ access }) => {
      contexts++;
      const open: typeof models.open = (today, scope, grounds) => {
        const reads = models.open(today, scope, grounds);
        const treePage: typeof reads.treePage = (...asked) => {
          statements++;
          return reads.treePage(...asked);
        };
        const tree: typeof reads.tree = (...asked) => {
          statements++;
          return reads.tree(...asked);
        };
        return { ...reads, tree, treePage };
      };
      return subgraphContext(open, models.served, day, access);
    },
    registered: Object.entries(DOCUMENTS).map(([id, text]) => ({
      name: `${id}.graphql`,
      ids: [id],
      text,
      maxStalenessMs: null,
    })),
    authenticate: async ({ headers }) => {
      const plants = headers['x-test-plants'];
      const access: AccessScope = { plants: typeof plants === 'string' ? plants.split(',') : '*' };
      const scopes = new Set([headers['x-test-scope'] === 'none' ? 'read:invoicing' : 'read:*']);
      return { name: String(plants), scopes, access } satisfies typeof developer;
    },
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await models[Symbol.asyncDispose]();
});

const ask = (documentId: string, variables: object = {}, headers: Record<string, string> = {}) =>
  gateway.post({ documentId, variables }, headers);
const hits = () => responses.counts.hits;
const product = () => models.served.get('Product');
const updated = (hash: string, key: string[], columns: string[]) => ({
  hash,
  model: 'product',
  op: 'update' as const,
  key,
  columns,
  old: {},
  new: {},
});

/** Whether the answer to the second asking was a kept one. */
async function isKept(documentId: string, variables: object = {}, between = () => {}): Promise<boolean> {
  responses.clear();
  const first = await ask(documentId, variables);
  expect(first.body.errors).toBeUndefined();
  between();
  const before = hits();
  const second = await ask(documentId, variables);
  expect(second.body.data).toEqual(first.body.data);
  return hits() > before;
}

test('an answer is kept until its row changes in a column that it shows', async () => {
  expect(await isKept('row', { id: '7' })).toBe(true);
  expect(await isKept('row', { id: '7' }, () => changes.tell(updated(product().hash, ['7'], ['name'])))).toBe(false);
  expect(await isKept('row', { id: '7' }, () => changes.tell(updated(product().hash, ['8'], ['name'])))).toBe(true);
  expect(await isKept('row', { id: '7' }, () => changes.tell(updated(product().hash, ['7'], ['weight'])))).toBe(true);
});

test('a row that is not there is not there until it appears', async () => {
  const appears = { ...updated(product().hash, ['99999'], []), op: 'insert' as const, columns: null, old: null };
  expect(await isKept('row', { id: '99999' })).toBe(true);
  expect(await isKept('row', { id: '99999' }, () => changes.tell(appears))).toBe(false);
});

test('a page goes with a row that could stand in it, and not with one behind it', async () => {
  const { body } = await ask('list');
  const nodes: { id: string; name: string }[] = body.data.locations.nodes;
  const hash = models.served.get('Location').hash;
  const inserted = (name: string) => () =>
    changes.tell({
      hash,
      model: 'location',
      op: 'insert',
      key: ['12345'],
      columns: null,
      old: null,
      new: { name, plant_code: 'X' },
    });
  expect(await isKept('list', {}, inserted(`${nodes[0]?.name}a`))).toBe(false);
  expect(await isKept('list', {}, inserted('zzzzzz'))).toBe(true);
});

test('what is referred to drops it too', async () => {
  const { body } = await ask('nested');
  expect(body.data.stockLevels.nodes).toHaveLength(2);
  const all = { ...updated(product().hash, [], ['name']), op: 'all' as const, key: null, old: null, new: null };
  expect(await isKept('nested', {}, () => changes.tell(all))).toBe(false);
});

test('nothing is answered from what is kept while the change log is not heard', async () => {
  expect(
    await isKept('row', { id: '7' }, () => {
      changes.isLive = false;
    }),
  ).toBe(false);
  changes.isLive = true;
});

test('who cannot know what has changed drops everything', async () => {
  expect(await isKept('row', { id: '7' }, () => changes.lose())).toBe(false);
});

test('an answer that something changed under is not kept', async () => {
  responses.clear();
  const filling = responses.fill('x', { plants: '*' }, day, {
    operation: 'x',
    types: ['Product'],
    subgraphs: [],
    ids: new Map(),
    maxStalenessMs: null,
    dependsOnDay: false,
    remoteModels: null,
  });
  filling.begin();
  const { open } = models;
  await open(day, { plants: '*' }, filling.grounds).byIds('Product', ['7']);
  changes.tell(updated(product().hash, ['7'], ['name']));
  const context = subgraphContext(models.open, models.served, day, { plants: '*' });
  filling.keep(Buffer.from('{"data":1'), context.freshness);
  expect(responses.find('x', { plants: '*' })).toBeUndefined();
});

test('answers are shared by who sees the same plants, and by nobody else', async () => {
  responses.clear();
  await ask('list', {}, { 'x-test-plants': 'P1,P2' });
  const before = hits();
  await ask('list', {}, { 'x-test-plants': 'P2,P1' });
  expect(hits()).toBe(before + 1);
  await ask('list', {}, { 'x-test-plants': 'P1' });
  await ask('list');
  expect(hits()).toBe(before + 1);
});

test('who may not ask the document is refused though its answer is kept', async () => {
  await ask('row', { id: '7' });
  const { status, body } = await ask('row', { id: '7' }, { 'x-test-scope': 'none' });
  expect([status, body.errors[0].extensions.code]).toEqual([403, 'FORBIDDEN']);
});

test('an answer with errors is not kept', async () => {
  responses.clear();
  await ask('broken', { id: '7', first: 501 });
  expect(responses.size).toBe(0);
});

test('a kept answer runs no statement, says how fresh it is, and comes compressed or not at all to who has it', async () => {
  const address = `/graphql?documentId=long`;
  const made = await gateway.fetch(address, { headers: { 'accept-encoding': 'identity' } });
  const plain = await gateway.fetch(address, { headers: { 'accept-encoding': 'identity' } });
  const packed = await gateway.fetch(address, { headers: { 'accept-encoding': 'gzip' } });
  expect(packed.headers.get('content-encoding')).toBe('gzip');
  expect(plain.headers.get('content-encoding')).toBeNull();
  expect([plain.body.data, packed.body.data]).toEqual([made.body.data, made.body.data]);
  expect(packed.body.extensions.freshness).toEqual({ asOf: expect.any(String), stale: expect.any(Boolean) });
  expect(plain.body.extensions.freshness.asOf).toBeTruthy();
  const etag = plain.headers.get('etag') ?? '';
  expect(etag).toMatch(/^W\/".+"$/);
  const ran = statements;
  const known = await gateway.fetch(address, { headers: { 'if-none-match': etag } });
  expect([known.status, known.headers.get('etag')]).toEqual([304, etag]);
  expect(ran).toBeGreaterThan(0);
  expect(statements).toBe(ran);
});

test('what many ask at once is read once', async () => {
  responses.clear();
  const ran = statements;
  const answers = await Promise.all(Array.from({ length: 8 }, () => ask('row', { id: '9' })));
  expect(statements).toBe(ran + 1);
  expect(new Set(answers.map(({ text }) => JSON.stringify(JSON.parse(text).data))).size).toBe(1);
});

test('who waits for an answer that comes to nothing makes it', async () => {
  responses.clear();
  const answers = await Promise.all(Array.from({ length: 3 }, () => ask('broken', { id: '7', first: 501 })));
  for (const { body } of answers) expect(body.errors).toHaveLength(1);
});

const known = { authorization: 'Bearer known' };

test('who asked a moment ago gets what is kept before a route is looked for, and is logged and counted', async () => {
  responses.clear();
  const made = await ask('row', { id: '7' }, known);
  const [ran, before] = [contexts, hits()];
  const quick = await ask('row', { id: '7' }, known);
  expect(contexts).toBe(ran);
  const byAddress = `/graphql?documentId=list`;
  await gateway.fetch(byAddress, { headers: known });
  const ranForAddress = contexts;
  const address = await gateway.fetch(byAddress, { headers: known });
  expect(contexts).toBe(ranForAddress);
  expect(hits()).toBe(before + 2);
  expect(address.body.data.locations.nodes).toHaveLength(3);
  expect(quick.body.data).toEqual(made.body.data);
  for (const name of ['content-type', 'etag', 'cache-control', 'vary', 'x-content-type-options']) {
    expect([name, quick.headers.get(name)]).toEqual([name, made.headers.get(name)]);
  }
  expect(quick.headers.get('skiff-position')).toBeTruthy();
  const line = gateway.lines.find(({ requestId }) => requestId === quick.headers.get('x-request-id'));
  expect(line).toMatchObject({ msg: 'request', status: 200, operation: 'Row', principal: 'undefined' });
});

test('what is asked otherwise is answered as ever: by several credentials, by a wish, by another form', async () => {
  responses.clear();
  const first = await ask('row', { id: '7' }, known);
  const ran = contexts;
  await ask('row', { id: '7' }, { ...known, 'x-api-key': 'another' });
  expect(contexts).toBeGreaterThan(ran);
  const bad = await ask('row', { id: '7' }, { ...known, 'skiff-max-staleness': 'soon' });
  expect([bad.status, bad.body.errors[0].extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
  const strict = await ask('row', { id: '7' }, { ...known, 'skiff-max-staleness': '1m' });
  expect(strict.body.data).toEqual(first.body.data);
  const other = await ask('row', { id: '7' }, { ...known, accept: 'application/graphql-response+json' });
  expect(other.headers.get('content-type')).toBe('application/graphql-response+json; charset=utf-8');
  const none = await ask('row', { id: '7' }, { ...known, accept: 'text/csv' });
  expect(none.status).toBe(406);
});

test('what has changed is not answered at once either', async () => {
  responses.clear();
  await ask('row', { id: '7' }, known);
  const ran = statements;
  changes.tell(updated(product().hash, ['7'], ['name']));
  await ask('row', { id: '7' }, known);
  changes.isLive = false;
  await ask('row', { id: '7' }, known);
  changes.isLive = true;
  expect(statements).toBe(ran + 2);
});
