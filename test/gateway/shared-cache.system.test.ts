/** What gateways share through a Redis: used where it is known to be right, and missed where it is not. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ResponseCache } from '../../gateway/response-cache.ts';
import { redisStore, type SharedStore } from '../../gateway/shared-store.ts';
import { createLog } from '../../runtime/log.ts';
import { subgraphContext } from '../../subgraphs/context.ts';
import { type ReadModels, readModels, TODAY } from '../read-models.ts';
import { type TestRedis, testRedis } from './redis.ts';
import { TestChanges } from './test-changes.ts';
import { type TestGateway, testGateway } from './test-gateway.ts';

interface SharingGateway extends AsyncDisposable {
  readonly responses: ResponseCache;
  readonly changes: TestChanges;
  readonly store: SharedStore;
  /** How often it has read its database. */
  readonly statements: number;
  name(id: string): Promise<unknown>;
}

const registered = [
  {
    name: 'row.graphql',
    ids: ['row'],
    text: 'query Row($id: ID!) { product(id: $id) { name } }',
    maxStalenessMs: null,
  },
];
const log = createLog({ level: 'silent' });

let models: ReadModels;
let redis: TestRedis;
let ids = 1;
let id: string;

beforeAll(async () => {
  models = await readModels();
  redis = await testRedis();
});
afterAll(async () => {
  await redis[Symbol.asyncDispose]();
  await models[Symbol.asyncDispose]();
});
beforeEach(() => {
  id = String(ids++);
});

/** @param from the batch that its process began to listen at */
async function sharing(from = 1): Promise<SharingGateway> {
  const store = redisStore(redis.url, log);
  const changes = new TestChanges(from);
  const responses = new ResponseCache({
    changes,
    isFollowing: () => changes.isLive,
    shared: store,
    maxBytes: 1_000_000,
    hashOf: (type) => models.served.get(type).hash,
    today: () => TODAY,
  });
  let statements = 0;
  const gateway: TestGateway = await testGateway({
    models,
    responses,
    registered,
    newContext: ({ access }) => {
      const open: typeof models.open = (today, scope, grounds) => {
        const reads = models.open(today, scope, grounds);
        const tree: typeof reads.tree = (...asked) => {
          statements++;
          return reads.tree(...asked);
        };
        return { ...reads, tree };
      };
      return subgraphContext(open, models.served, TODAY, access);
    },
  });
  return {
    responses,
    changes,
    store,
    get statements() {
      return statements;
    },
    async name(id) {
      const { status, body } = await gateway.post({ documentId: 'row', variables: { id } });
      expect([status, body.errors]).toEqual([200, undefined]);
      return body.data.product.name;
    },
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      store.close();
    },
  };
}

/** Until it has been reached again: by then what a gateway makes is shared. */
async function shares(gateway: SharingGateway): Promise<void> {
  for (;;) {
    const before = gateway.store.counts.spared + gateway.store.counts.failed;
    await gateway.store.get(['nothing']);
    if (gateway.store.counts.spared + gateway.store.counts.failed === before) return;
    await sleep(20);
  }
}

async function renamed(id: string, name: string, ...gateways: readonly SharingGateway[]): Promise<void> {
  await models.query(`update ${models.served.get('Product').table} set name = '${name}' where id = ${id}`);
  const { hash } = models.served.get('Product');
  const change = { hash, model: 'product', op: 'update' as const, key: [id], columns: ['name'], old: {}, new: {} };
  for (const { changes } of gateways) changes.tell(change);
}

test('what one gateway has made another answers with, and drops when it changes', async () => {
  await using one = await sharing();
  await using other = await sharing();
  await Promise.all([one, other].map(shares));

  const made = await one.name(id);
  await shares(one);
  expect(await other.name(id)).toBe(made);
  expect([other.statements, other.responses.sharedCounts.hits]).toEqual([0, 1]);

  await renamed(id, 'another', one, other);
  expect(await other.name(id)).toBe('another');
  expect(await one.name(id)).toBe('another');
  expect(other.statements).toBe(1);
});

test('what has changed since it was made is not used', async () => {
  await using one = await sharing();
  await using other = await sharing();
  await Promise.all([one, other].map(shares));
  await one.name(id);
  await shares(one);

  await renamed(id, 'newer', other);
  expect(await other.name(id)).toBe('newer');
  expect(other.responses.sharedCounts.outdated).toBe(1);
});

test('who does not know what has changed since it was made does not use it', async () => {
  await using one = await sharing(1);
  await shares(one);
  await one.name(id);
  await shares(one);

  await renamed(id, 'newer');
  await using late = await sharing(5);
  await shares(late);
  expect(await late.name(id)).toBe('newer');
  expect(late.responses.sharedCounts).toMatchObject({ hits: 0, outdated: 1 });
});

test('killed and started again with old contents, it makes no answer stale', async () => {
  await using one = await sharing();
  await using other = await sharing();
  await Promise.all([one, other].map(shares));
  await one.name(id);
  await shares(one);
  await redis.save();
  await renamed(id, 'newer', one, other);
  await one.name(id);

  await redis.kill();
  other.responses.clear();
  expect(await other.name(id)).toBe('newer');
  await redis.start();
  await shares(other);
  other.responses.clear();
  expect(await other.name(id)).toBe('newer');
  expect(other.responses.sharedCounts).toMatchObject({ hits: 0, outdated: 1 });
});

test('while it hangs, answers come without it', async () => {
  await using one = await sharing();
  await shares(one);
  redis.freeze();
  const names = await Promise.all(Array.from({ length: 20 }, (_, at) => one.name(String(20 + at))));
  expect(names).not.toContain(undefined);
  for (let at = 0; at < 5; at++) await one.name(String(50 + at));
  expect(one.store.counts.failed).toBeGreaterThan(0);
  expect(one.store.counts.spared).toBeGreaterThan(0);
  redis.thaw();
  await shares(one);
});
