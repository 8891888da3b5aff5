/** The whole of Skiff as `npm run demo` starts it, small: from the ERP's commit to a GraphQL answer, and to its end. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres } from '../runtime/embedded-postgres.ts';
import { type Program, runProgram } from './child-process.ts';
import { emptyFields, PROPOSAL, runExamples } from './examples.ts';
import { scratchDir } from './scratch-dir.ts';

const main = new URL('../main.ts', import.meta.url);
const folder = scratchDir();
const env = {
  SKIFF_DATA_DIR: join(folder.path, 'data'),
  SKIFF_PORT: '0',
  SKIFF_SANDBOX_PORT: '0',
  SKIFF_SANDBOX_LINES: '10000',
  SKIFF_SANDBOX_RATE: '0',
  SKIFF_LOG_LEVEL: 'warn',
};
let demo: Program;
let url = '';
/** Of the last answer. */
let position = '';

async function ready(program: Program): Promise<string> {
  for (;;) {
    const line = await program.nextLine();
    if (line === undefined) throw new Error(`The demo ended before it was ready:\n${program.complaints()}`);
    const [, found] = /^Skiff is ready: (\S+)\/graphql/.exec(line) ?? [];
    if (found) return found;
  }
}

async function ask<Data>(
  query: string,
  variables: object = {},
): Promise<{ data: Data; extensions: { freshness: { asOf: string } } }> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  position = response.headers.get('skiff-position') ?? '';
  const answer = await response.json();
  expect(answer.errors).toBeUndefined();
  return answer;
}

async function inErp(sql: string): Promise<pg.QueryResult> {
  await using server = await startPostgres({ dataDir: join(env.SKIFF_DATA_DIR, 'sandbox') });
  const client = new pg.Client({ connectionString: server.connectionString('erp') });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Command lines of the processes that have this text in their command line or environment. */
function processesNaming(text: string): string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .flatMap((pid) => {
      try {
        const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        const isNamed = `${commandLine}${readFileSync(`/proc/${pid}/environ`, 'utf8')}`.includes(text);
        return isNamed ? [`${pid} ${commandLine}`] : [];
      } catch {
        return []; // It has ended meanwhile.
      }
    });
}

beforeAll(async () => {
  demo = runProgram(main, { args: ['demo'], env });
  url = await ready(demo);
}, 180_000);

afterAll(async () => {
  await demo[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

test('a change committed in the ERP is in the GraphQL answer', async () => {
  const { data } = await ask<{ shipments: { nodes: { id: string; customerId: string }[] } }>(
    '{ shipments(first: 1) { nodes { id customerId } } }',
  );
  const [shipment] = data.shipments.nodes;
  const renamed = `Renamed ${Date.now()}`;
  const { rowCount } = await inErp(
    `update business_partner set name1 = '${renamed}' where partner_no = '${shipment?.customerId}'`,
  );
  expect(rowCount).toBe(1);
  await expect
    .poll(
      async () =>
        (
          await ask<{ shipment: { customerName: string; customer: { name: string } } }>(
            'query ($id: ID!) { shipment(id: $id) { customerName customer { name } } }',
            { id: shipment?.id },
          )
        ).data,
      { timeout: 20_000 },
    )
    .toEqual({ shipment: { customerName: renamed, customer: { name: renamed } } });
});

test('every example of the schema runs, and shows something', async () => {
  await ask(PROPOSAL.query, PROPOSAL.variables);
  const runs = await runExamples(url);
  expect(runs.filter(({ errors }) => errors.length > 0)).toEqual([]);
  expect(runs.filter(({ data }) => data === null)).toEqual([]);
  expect(runs.filter((run) => emptyFields(run).length > 0).map((run) => [run.name, emptyFields(run)])).toEqual([]);
});

test('a command goes to the ERP, and is confirmed when its document has come back', async () => {
  const { data: found } = await ask<{ productionOrders: { nodes: { productId: string; plantCode: string }[] } }>(
    '{ productionOrders(first: 1) { nodes { productId plantCode } } }',
  );
  const [like] = found.productionOrders.nodes;
  const days = { plannedStartDate: '2027-01-11', plannedEndDate: '2027-01-12' };
  const { data: made } = await ask<{ createProductionOrder: { command: { id: string; state: string } } }>(
    `mutation ($input: CreateProductionOrderInput!) { createProductionOrder(input: $input) { command { id state } } }`,
    { input: { idempotencyKey: 'to-the-erp', ...like, quantity: '3', ...days } },
  );
  const { id, state } = made.createProductionOrder.command;
  expect(state).toBe('QUEUED');
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'skiff-after': position },
    body: JSON.stringify({ query: `{ command(id: "${id}") { productionOrder { quantity } } }` }),
  });
  expect(await response.json()).toMatchObject({ data: { command: { productionOrder: { quantity: '3.000' } } } });
  const command = async () =>
    (
      await ask<{ command: object }>(
        'query ($id: ID!) { command(id: $id) { state overtaken productionOrder { quantity status commands { id } } } }',
        { id },
      )
    ).data.command;
  const productionOrder = { quantity: '3.000', status: 'PROPOSED', commands: [{ id }] };
  await expect.poll(command, { timeout: 20_000 }).toEqual({ state: 'CONFIRMED', overtaken: [], productionOrder });
});

test('an idle ERP does not age: asOf goes on', async () => {
  const asOf = async () => Date.parse((await ask('{ products(first: 1) { nodes { id } } }')).extensions.freshness.asOf);
  const before = await asOf();
  await expect.poll(asOf, { timeout: 20_000 }).toBeGreaterThan(before);
});

test('it says of itself that it is live and ready, and how the replica does', async () => {
  expect((await fetch(`${url}/health/live`)).status).toBe(200);
  expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  for (const name of [
    'skiff_replica_lag_seconds{model="delayed_shipment"}',
    'skiff_replica_watermark_age_seconds',
    'skiff_replica_changes_applied',
    'skiff_slot_retained_bytes',
    'skiff_slot_limit_bytes 4294967296', // of the watchdog, a process of its own
  ]) {
    expect(metrics).toContain(name);
  }
  const status = await (await fetch(`${url}/console/status.json`)).json();
  expect(status).toMatchObject({
    source: 'sandbox',
    tables: [],
    quarantine: [],
    report: { capture: { state: 'streaming' } },
  });
});

test('a replica that is killed is started again, and misses nothing', async () => {
  const replicas = () =>
    processesNaming(env.SKIFF_DATA_DIR)
      .filter((line) => line.includes(`${main.pathname} replica`))
      .map((line) => Number.parseInt(line, 10));
  const [pid = 0] = replicas();
  process.kill(pid, 'SIGKILL');
  const { rows } = await inErp(`update material_text set short_text = 'After the kill' where language_code = 'EN'
    and material_no = (select min(material_no) from material_text) returning material_no`);
  await expect
    .poll(
      async () =>
        (
          await ask<{ product: { name: string } | null }>('query ($id: ID!) { product(id: $id) { name } }', {
            id: rows[0].material_no,
          })
        ).data.product?.name,
      { timeout: 60_000, interval: 200 },
    )
    .toBe('After the kill');
  expect(replicas()).not.toContain(pid);
});

test('Ctrl-C ends all of it, and the next start serves what was there', async () => {
  // To the whole group, as a terminal does.
  process.kill(-(demo.process.pid ?? 0), 'SIGINT');
  expect(await demo.ended()).toBe(130);
  expect(processesNaming(env.SKIFF_DATA_DIR)).toEqual([]);
  demo = runProgram(main, { args: ['demo'], env });
  url = await ready(demo);
  const { data } = await ask<{ shipments: { totalCount: number } }>('{ shipments { totalCount } }');
  expect(data.shipments.totalCount).toBeGreaterThan(0);
}, 120_000);
