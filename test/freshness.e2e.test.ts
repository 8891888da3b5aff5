/** The freshness contract through real gateways: what a client may ask for, and what it is told when that cannot be. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres } from '../runtime/embedded-postgres.ts';
import { type Program, runProgram } from './child-process.ts';
import { readerKey } from './reader-key.ts';
import { scratchDir } from './scratch-dir.ts';

const DEADLINE_MS = 2_500;

const main = new URL('../main.ts', import.meta.url);
const folder = scratchDir();
const env = {
  SKIFF_DATA_DIR: join(folder.path, 'data'),
  SKIFF_PORT: '0',
  SKIFF_SANDBOX_LINES: '1000',
  SKIFF_SANDBOX_RATE: '0',
  SKIFF_LOG_LEVEL: 'warn',
  SKIFF_REQUEST_TIMEOUT_MS: String(DEADLINE_MS),
};

const opened = new AsyncDisposableStack();
/** Two gateway processes over one replica, which is a third process. */
let urls: readonly [string, string];
let credential: Readonly<Record<string, string>>;
let erp: pg.Client;
let orders: readonly string[];

async function readyUrl(program: Program): Promise<string> {
  for (;;) {
    const line = await program.nextLine();
    if (line === undefined) throw new Error(`It ended before it was ready:\n${program.complaints()}`);
    const [, found] = /^Skiff is ready: (\S+)\/graphql/.exec(line) ?? [];
    if (found) return found;
  }
}

beforeAll(async () => {
  opened.defer(() => folder[Symbol.dispose]());
  const demo = opened.use(runProgram(main, { args: ['demo'], env }));
  const first = await readyUrl(demo);
  const sandbox = opened.use(await startPostgres({ dataDir: join(env.SKIFF_DATA_DIR, 'sandbox') }));
  const replica = opened.use(await startPostgres({ dataDir: join(env.SKIFF_DATA_DIR, 'replica') }));
  const other = runProgram(main, {
    args: ['gateway'],
    env: { ...env, SKIFF_DATABASE_URL: replica.connectionString('skiff') },
  });
  opened.use(other);
  urls = [first, await readyUrl(other)];
  credential = await readerKey({ SKIFF_DATABASE_URL: replica.connectionString('skiff') });
  erp = new pg.Client({ connectionString: sandbox.connectionString('erp') });
  await erp.connect();
  opened.defer(() => erp.end());
  const { rows } = await erp.query<{ order_no: string }>(
    `select order_no from sales_header where status_code = 'C' order by 1 limit 5`,
  );
  orders = rows.map(({ order_no }) => order_no);
}, 180_000);

afterAll(() => opened.disposeAsync());

interface Answered {
  readonly status: number;
  readonly reference: string | null | undefined;
  readonly codes: readonly string[];
  readonly asOf: number;
  readonly stale: boolean;
  readonly position: string;
  readonly tookMs: number;
}

/** An order's reference, which tests write in the ERP. */
async function ask(url: string, order: string, headers: Readonly<Record<string, string>> = {}): Promise<Answered> {
  const began = performance.now();
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...credential, ...headers },
    body: JSON.stringify({
      query: 'query ($in: [String!]) { salesOrders(filter: { number: { in: $in } }) { nodes { customerReference } } }',
      variables: { in: [order] },
    }),
  });
  const { data, errors = [], extensions } = await response.json();
  const { asOf, stale } = extensions.freshness;
  expect(response.headers.get('skiff-as-of')).toBe(asOf);
  return {
    status: response.status,
    reference: data?.salesOrders.nodes[0]?.customerReference,
    codes: errors.map((error: { extensions: { code: string } }) => error.extensions.code),
    asOf: Date.parse(asOf),
    stale,
    position: response.headers.get('skiff-position') ?? '',
    tookMs: performance.now() - began,
  };
}

const write = (order: string, reference: string) =>
  erp.query('update sales_header set customer_reference = $1 where order_no = $2', [reference, order]);

const headers = {
  now: { 'skiff-max-staleness': '0s' },
  nowOrError: { 'skiff-max-staleness': '0s', 'skiff-on-stale': 'error' },
};

/** The process that plays the replica. */
function replicaPid(): number {
  const found = readdirSync('/proc').filter((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    try {
      const isReplica = readFileSync(`/proc/${entry}/cmdline`, 'utf8').includes(`${main.pathname}\0replica`);
      return isReplica && readFileSync(`/proc/${entry}/environ`, 'utf8').includes(env.SKIFF_DATA_DIR);
    } catch {
      return false; // It has ended meanwhile.
    }
  });
  expect(found).toHaveLength(1);
  return Number(found[0]);
}

/** Nothing is captured or applied meanwhile, as in a process that hangs. */
function frozenReplica(): Disposable {
  const pid = replicaPid();
  process.kill(pid, 'SIGSTOP');
  return { [Symbol.dispose]: () => void process.kill(pid, 'SIGCONT') };
}

test('an answer asked for with no staleness holds every commit that was acknowledged before', async () => {
  const [order = ''] = orders;
  for (let turn = 0; turn < 20; turn++) {
    const url = urls[turn % 2] ?? '';
    await write(order, `turn ${turn}`);
    const { reference, stale, codes } = await ask(url, order, headers.now);
    expect({ turn, reference, stale, codes }).toEqual({ turn, reference: `turn ${turn}`, stale: false, codes: [] });
  }
});

test('an answer says how fresh it is, and a wish that is granted already costs nothing', async () => {
  const answer = await ask(urls[0], orders[0] ?? '', { 'skiff-max-staleness': '10m' });
  expect(answer).toMatchObject({ status: 200, stale: false, codes: [] });
  expect(answer.position).toMatch(/^[0-9a-f]{8}-\d+$/);
  expect(Date.now() - answer.asOf).toBeLessThan(600_000);
});

test.each([
  ['skiff-max-staleness', 'soon'],
  ['skiff-max-staleness', '-5s'],
  ['skiff-max-staleness', '5'],
  ['skiff-on-stale', 'maybe'],
  ['skiff-after', 'yesterday'],
])('the wish %s: %s is refused, not ignored', async (header, value) => {
  const response = await fetch(`${urls[0]}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [header]: value },
    body: JSON.stringify({ query: '{ __typename }' }),
  });
  expect(response.status).toBe(400);
  expect((await response.json()).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
});

test('while the replica hangs, an answer comes within the deadline: stale and marked so, or as the error asked for', async () => {
  const [, order = ''] = orders;
  await write(order, 'before');
  expect((await ask(urls[0], order, headers.now)).reference).toBe('before');
  {
    using _frozen = frozenReplica();
    await write(order, 'meanwhile');
    const [served, refused, unasked] = await Promise.all([
      ask(urls[0], order, headers.now),
      ask(urls[1], order, headers.nowOrError),
      ask(urls[0], order),
    ]);
    expect(served).toMatchObject({ status: 200, reference: 'before', stale: true, codes: [] });
    expect(refused).toMatchObject({ status: 503, stale: true, codes: ['STALE_DATA'] });
    expect(unasked).toMatchObject({ status: 200, reference: 'before', stale: false, codes: [] });
    for (const { tookMs } of [served, refused]) expect(tookMs).toBeLessThan(DEADLINE_MS);
  }
  expect(await ask(urls[1], order, headers.nowOrError)).toMatchObject({ reference: 'meanwhile', stale: false });
});

test('for a client that sends its last position time never goes back, whichever process answers', async () => {
  const [, , order = ''] = orders;
  let last = await ask(urls[0], order);
  for (let turn = 1; turn <= 40; turn++) {
    await write(order, String(turn).padStart(4, '0'));
    const next = await ask(urls[turn % 2] ?? '', order, { 'skiff-after': last.position });
    expect(next.codes).toEqual([]);
    expect(next.asOf).toBeGreaterThanOrEqual(last.asOf);
    if (turn > 1) expect(Number(next.reference)).toBeGreaterThanOrEqual(Number(last.reference));
    last = next;
  }
});

test('a position that is not here yet is said to be that, or served stale to who asked for it', async () => {
  const [, , , order = ''] = orders;
  const { position } = await ask(urls[0], order);
  const [epoch, batch] = position.split('-');
  const far = `${epoch}-${Number(batch) + 1_000_000}`;
  const [refused, served] = await Promise.all([
    ask(urls[0], order, { 'skiff-after': far }),
    ask(urls[0], order, { 'skiff-after': far, 'skiff-on-stale': 'serve' }),
  ]);
  expect(refused).toMatchObject({ status: 503, codes: ['NOT_YET_VISIBLE'] });
  expect(served).toMatchObject({ status: 200, stale: true, codes: [] });
});

test('a position of a database that was rebuilt since is made up for by all that the ERP has', async () => {
  const [, , , , order = ''] = orders;
  await write(order, 'whole');
  expect(await ask(urls[0], order, { 'skiff-after': '00000000-99999' })).toMatchObject({
    reference: 'whole',
    codes: [],
  });
});

test('connections that listen are opened again when they are cut', async () => {
  const [order = ''] = orders;
  await using replica = await startPostgres({ dataDir: join(env.SKIFF_DATA_DIR, 'replica') });
  const admin = new pg.Client({ connectionString: replica.connectionString('skiff') });
  await admin.connect();
  // What a connection ran last tells what it is for: looks, questions, and those who wait for them.
  const { rowCount } = await admin.query(`
    select pg_terminate_backend(pid) from pg_stat_activity
    where pid <> pg_backend_pid() and (query ~ 'skiff.freshness_request' or query ~ '^listen')`);
  await admin.end();
  expect(rowCount).toBeGreaterThanOrEqual(3);
  for (const turn of ['a', 'b', 'c', 'd']) {
    await write(order, turn);
    const url = urls[turn < 'c' ? 0 : 1];
    expect(await ask(url, order, headers.nowOrError)).toMatchObject({ reference: turn, stale: false, codes: [] });
  }
});
