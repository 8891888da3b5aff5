/** Skiff on many machines: replica, every subgraph and the gateway as processes of their own, as `npm start -- <role>` starts them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deployedSchema } from '../schema/deployed.ts';
import { type Program, runProgram } from './child-process.ts';
import { erpServer } from './erp/postgres/erp.ts';
import { sandboxErp } from './erp/sandbox/sandbox.ts';
import { testPostgres } from './postgres.ts';
import { readerKey } from './reader-key.ts';

const main = new URL('../main.ts', import.meta.url);
const SUBGRAPHS = deployedSchema().subgraphs.map(({ name }) => name);

/** A line of an order is shipping's, its product inventory's, the order's invoices invoicing's. */
const QUERY = `{
  salesOrderLines(first: 3) { nodes { productName product { name } order { number invoices { number } } } }
}`;

const server = erpServer(18);
const running = new AsyncDisposableStack();
let inventory = '';
const subgraphs = new Map<string, Program>();
let url = '';
let credential: Readonly<Record<string, string>> = {};

beforeAll(async () => {
  const erp = running.use(await sandboxErp(server, { lines: 1_000 }));
  const replica = running.use(await testPostgres());
  const start = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => {
    const settings = {
      SKIFF_CONNECTOR: 'sandbox',
      SKIFF_DATABASE_URL: replica.url,
      SKIFF_SUBGRAPH_SECRET: 'known to the processes of this test alone',
      SKIFF_PORT: '0',
      SKIFF_LOG_LEVEL: 'warn',
    };
    return running.use(runProgram(main, { args, env: { ...settings, ...env } }));
  };
  start(['replica'], { SKIFF_ERP_DATABASE_URL: erp.url });
  for (const name of SUBGRAPHS) subgraphs.set(name, start(['subgraph', name]));
  const addresses = await Promise.all(
    [...subgraphs].map(async ([name, program]) => `${name}=${await said(program, / is ready: (\S+)/)}`),
  );
  inventory = addresses.find((one) => one.startsWith('inventory='))?.slice('inventory='.length) ?? '';
  const gateway = start(['gateway'], { SKIFF_SUBGRAPH_URLS: addresses.join() });
  url = await said(gateway, /^Skiff is ready: (\S+)\/graphql/);
  credential = await readerKey({ SKIFF_DATABASE_URL: replica.url });
}, 120_000);

afterAll(() => running.disposeAsync());

/** What the first line of its output that matches says. */
async function said(program: Program, pattern: RegExp): Promise<string> {
  for (;;) {
    const line = await program.nextLine();
    if (line === undefined) throw new Error(`It ended before it was ready:\n${program.complaints()}`);
    const [, found] = pattern.exec(line) ?? [];
    if (found) return found;
  }
}

async function ask() {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...credential },
    body: JSON.stringify({ query: QUERY }),
  });
  return response.json();
}

test('a question over three subgraphs is answered by three processes', async () => {
  const { data, errors, extensions } = await ask();
  expect(errors).toBeUndefined();
  expect(data.salesOrderLines.nodes).toHaveLength(3);
  for (const { productName, product, order } of data.salesOrderLines.nodes) {
    expect(product).toEqual({ name: productName });
    expect(order.number).toMatch(/^\d+$/);
  }
  expect(Date.now() - Date.parse(extensions.freshness.asOf)).toBeLessThan(60_000);
  expect((await fetch(`${url}/health/ready`)).status).toBe(200);
});

test('a registered document is answered by its id', async () => {
  const response = await fetch(`${url}/graphql?documentId=open-order-lines`, { headers: credential });
  const { data, errors } = await response.json();
  expect([response.status, errors]).toEqual([200, undefined]);
  expect(data.salesOrderLines.nodes).toHaveLength(Math.min(data.salesOrderLines.totalCount, 50));
  expect(data.salesOrderLines.totalCount).toBeGreaterThan(0);
});

test('nobody asks a gateway without a credential, and nobody but a gateway asks a subgraph', async () => {
  const ask = (address: string, headers: Record<string, string> = {}) =>
    fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query: '{ _service { sdl } }' }),
    });
  const refused = await ask(`${url}/graphql`);
  expect(refused.status).toBe(401);
  expect(refused.headers.get('www-authenticate')).toBe('Bearer realm="skiff"');
  expect((await ask(inventory)).status).toBe(401);
  expect((await ask(inventory, { ...credential, 'skiff-identity': 'x.y' })).status).toBe(401);
});

test('a subgraph that is killed is missing from the answer, which says so; the rest stands', async () => {
  subgraphs.get('inventory')?.process.kill('SIGKILL');
  await subgraphs.get('inventory')?.ended();
  const { data, errors } = await ask();
  expect(errors.length).toBeGreaterThan(0);
  for (const { extensions, path } of errors) {
    expect(extensions.code).toBe('SUBGRAPH_UNAVAILABLE');
    expect(path).toContain('product');
  }
  for (const { productName, product, order } of data.salesOrderLines.nodes) {
    expect([typeof productName, product]).toEqual(['string', null]);
    expect(order.number).toMatch(/^\d+$/);
  }
  await sleep(1_100); // a gateway is asked whether it is ready at most once a second
  const ready = await fetch(`${url}/health/ready`);
  expect([ready.status, await ready.json()]).toEqual([503, { status: 'unready', subgraphs: ['inventory'] }]);
});
