/** What the gateway keeps of its answers, and when it lets go of it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ResponseCache } from '../../gateway/response-cache.ts';
import type { AccessScope } from '../../replica/access-scope.ts';
import type { Change, FeedPosition, Follower } from '../../replica/change-feed.ts';
import { subgraphContext } from '../../subgraphs/context.ts';
import type { developer } from '../../subgraphs/principal.ts';
import { type ReadModels, readModels, TODAY } from '../read-models.ts';
import { type TestGateway, testGateway } from './test-gateway.ts';

/** A change log that a test writes. */
class TestChanges {
  readonly #followers: Follower[] = [];
  readonly #log: Change[] = [];
  isLive = true;
  batch = 1;

  get position(): FeedPosition {
    return { era: 'e', epoch: 'e', batch: this.batch };
  }

  follow(follower: Follower): void {
    this.#followers.push(follower);
  }

  changesSince({ batch }: Pick<FeedPosition, 'batch'>): readonly Change[] {
    return this.#log.filter((change) => change.batch > batch);
  }

  tell(change: Omit<Change, 'batch'>): void {
    const told = { ...change, batch: ++this.batch };
    this.#log.push(told);
    for (const follower of this.#followers) follower.changed([told]);
  }

  lose(): void {
    for (const follower of this.#followers) follower.lost();
  }
}

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

beforeAll(async () => {
  models = await readModels();
  responses = new ResponseCache({
    changes,
    isFollowing: () => changes.isLive,
    maxBytes: 10_000_000,
    hashOf: (type) => models.served.get(type).hash,
    today: () => day,
  });
  gateway = await testGateway({
    models,
    responses,
    newContext: ({ access }) => {
      const open: typeof models.open = (today, scope, grounds) => {
        const reads = models.open(today, scope, grounds);
        const treePage: typeof reads.treePage = (...asked) => {
          statements++;
          return reads.treePage(...asked);
        };
        return { ...reads, treePage };
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
