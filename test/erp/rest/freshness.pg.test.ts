/** The freshness contract where the ERP has nothing but an API, and polls come far too seldom for what is asked. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pool } from '../../../replica/connect.ts';
import { reachFreshness } from '../../../replica/fresh-enough.ts';
import { type Serving, serveModels } from '../../../replica/serving.ts';
import { erpServer } from '../postgres/erp.ts';
import { sandboxApi } from '../sandbox/api.ts';
import { type SandboxErp, sandboxErp } from '../sandbox/sandbox.ts';
import { firstRoundIsOver, type PolledReplica, polledReplica } from './polled-replica.ts';

const NEVER_MS = 600_000;

const server = erpServer(18);
const opened = new AsyncDisposableStack();
let erp: SandboxErp;
let api: Awaited<ReturnType<typeof sandboxApi>>;
let replica: PolledReplica;
let serving: Serving;
beforeAll(async () => {
  erp = opened.use(await sandboxErp(server, { lines: 300, foreignKeys: false }));
  api = opened.use(await sandboxApi(erp));
  replica = opened.use(await polledReplica(api, { pollEveryMs: NEVER_MS, sweepEveryMs: NEVER_MS }));
  await replica.copied;
  const readers = opened.adopt(pool(replica.database.url, 2), (one) => one.end());
  serving = opened.adopt(await serveModels(readers, replica.definitions), (one) => one.close());
  await firstRoundIsOver(api);
});
afterAll(() => opened.disposeAsync());

const reach = async (types: readonly string[], maxStalenessMs: number, waitMs = 8_000) =>
  reachFreshness(
    serving,
    types,
    { maxStalenessMs, onStale: null, after: null },
    { waitMs, signal: new AbortController().signal },
  );
const walks = () => api.counters.requests.keyset + api.counters.requests.page;
const rename = (name: string) =>
  erp.client.query('update material_text set short_text = $1, changed_at = now()', [name]);
const labels = async () => {
  const { table } = serving.get('Product');
  const { rows } = await replica.db.query<{ name: string }>(`select distinct name from ${table}`);
  return rows.map(({ name }) => name);
};

test('who wants no staleness gets what the ERP had, by a read of the tables of that read model alone', async () => {
  await rename('Live');
  const before = walks();
  expect(await reach(['Product'], 0)).toMatchObject({ isFresh: true });
  expect(await labels()).toEqual(['Live']);
  expect(walks() - before).toBeLessThan(12);
});

test('who is content with what is there causes no call', async () => {
  await reach(['Product'], 0);
  const before = walks();
  expect(await reach(['Product'], 60_000)).toMatchObject({ isFresh: true });
  expect(walks()).toBe(before);
});

test('many who ask at once share the calls', async () => {
  await rename('Shared');
  const before = walks();
  await reach(['Product'], 0);
  const alone = walks() - before;
  await Promise.all(Array.from({ length: 200 }, () => reach(['Product'], 0)));
  expect(walks() - before - alone).toBeLessThanOrEqual(3 * alone);
});

test('while the API is down the answer is as stale as it is, and fresh again after', async () => {
  await reach(['Product'], 0);
  await rename('Hidden');
  await api.setFaults([{ kind: 'error', share: 1, count: null, forMs: null, on: 'all' }]);
  expect(await reach(['Product'], 0, 1_000)).toMatchObject({ isFresh: false, isVisible: true });
  expect(await labels()).not.toContain('Hidden');
  await api.setFaults([]);
  await expect.poll(async () => (await reach(['Product'], 0, 1_000)).isFresh, { timeout: 40_000 }).toBe(true);
  expect(await labels()).toEqual(['Hidden']);
});
