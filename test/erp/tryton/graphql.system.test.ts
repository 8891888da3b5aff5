/** The whole of Skiff beside a Tryton, as `npm start` runs it. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Program, runProgram } from '../../child-process.ts';
import { emptyFields, PROPOSAL, runExamples } from '../../examples.ts';
import { readerKey } from '../../reader-key.ts';
import { scratchDir } from '../../scratch-dir.ts';
import { dateOf, trytonApi, valueAt } from './api.ts';
import { commandTests } from './command-tests.ts';
import { type Line, openLine } from './line.ts';
import { startTryton, type TrytonServer } from './server.ts';

describe('Skiff beside a Tryton', { timeout: 300_000 }, () => {
  const lent = new AsyncDisposableStack();
  let server: TrytonServer;
  let line: Line;
  let url: string;
  let credential: Readonly<Record<string, string>>;

  beforeAll(async () => {
    server = lent.use(await startTryton());
    line = lent.use(await openLine(server.apiUrl));
    const folder = lent.use(scratchDir());
    const skiff = lent.use(
      runProgram(new URL('../../../main.ts', import.meta.url), {
        env: {
          SKIFF_CONNECTOR: 'tryton',
          SKIFF_ERP_DATABASE_URL: server.captureUrl,
          SKIFF_ERP_URL: line.url,
          SKIFF_ERP_USER: 'skiff',
          SKIFF_ERP_PASSWORD: 'skiff-erp-1',
          SKIFF_ERP_DATABASE: 'erp',
          SKIFF_ERP_SETTLES_MS: '1000',
          SKIFF_DATA_DIR: join(folder.path, 'data'),
          SKIFF_PORT: '0',
          SKIFF_LOG_LEVEL: 'warn',
        },
      }),
    );
    url = await ready(skiff);
    credential = await readerKey({ SKIFF_DATA_DIR: join(folder.path, 'data') }, 'planner', 'read:*,propose:*');
    lent.defer(async () => {
      skiff.process.kill('SIGTERM');
      await skiff.ended();
    });
  }, 300_000);
  afterAll(() => lent.disposeAsync(), 120_000);

  const ask = async (query: string, variables: object): Promise<unknown> => {
    const headers = { 'content-type': 'application/json', ...credential };
    const body = JSON.stringify({ query, variables });
    return (await fetch(`${url}/graphql`, { method: 'POST', headers, body })).json();
  };

  test('every example runs, but for those of types that Tryton cannot fill', async () => {
    const [line] = PROPOSAL.variables.input.lines;
    const input = { ...PROPOSAL.variables.input, lines: [{ ...line, productId: '41', plantCode: 'WH' }] };
    await ask(PROPOSAL.query, { input });
    const runs = await runExamples(url, credential);
    expect(runs.filter(({ errors }) => errors.length > 0)).toEqual([]);
    const leftOut = ['period-cost', 'period-costs'];
    expect(runs.filter(({ data }) => data === null).map(({ name }) => name)).toEqual(leftOut);
    expect(runs.filter((run) => emptyFields(run).length > 0).map((run) => [run.name, emptyFields(run)])).toEqual([]);
  });

  test('a proposal whose answers are lost is in Tryton once, and confirmed when it has come back', async () => {
    line.cutAnswersTo('model.production.create', 1);
    line.cutAnswersTo('model.production.wait', 1);
    const days = { plannedStartDate: '2027-01-11', plannedEndDate: '2027-01-12' };
    const input = { idempotencyKey: 'lost', productId: '41', plantCode: 'WH', quantity: '4', ...days };
    const { id } = Created.parse(await ask(CREATE, { input })).data.createProductionOrder.command;

    const shown = async () => Shown.parse(await ask(SHOW, { id })).data.command;
    await expect.poll(shown, { timeout: 60_000, interval: 200 }).toMatchObject({ state: 'CONFIRMED', overtaken: [] });
    expect(line.cuts).toBe(2);
    const api = await trytonApi(server.apiUrl);
    const made = await api.searchRead('production', [['reference', '=', `skiff:${id}`]], ['state', 'quantity']);
    expect(made).toEqual([{ id: Number((await shown()).documentId), state: 'waiting', quantity: 4 }]);
  });

  test('what Tryton refuses is told a planner in its words', async () => {
    const days = { plannedStartDate: '2027-01-11', plannedEndDate: '2027-01-12' };
    const input = { idempotencyKey: 'half', productId: '41', plantCode: 'WH', quantity: '1.5', ...days };
    const { id } = Created.parse(await ask(CREATE, { input })).data.createProductionOrder.command;
    const shown = async () => Shown.parse(await ask(SHOW, { id })).data.command;
    await expect.poll(shown, { timeout: 60_000, interval: 200 }).toMatchObject({ state: 'DEAD_LETTER' });
    const message = expect.stringContaining('number of digits');
    expect((await shown()).userErrors).toEqual([{ code: 'ERP_REFUSED', message }]);
  });

  test('of proposals to a Tryton that is killed in the middle each is there once', async () => {
    const days = { plannedStartDate: '2027-01-11', plannedEndDate: '2027-01-12' };
    const api = await trytonApi(server.apiUrl);
    const before = await api.count('production', []);
    const proposed = ['41', '42', '43', '44'].map(async (productId) => {
      const input = { idempotencyKey: `killed-${productId}`, productId, plantCode: 'WH', quantity: '2', ...days };
      return Created.parse(await ask(CREATE, { input })).data.createProductionOrder.command.id;
    });
    const ids = await Promise.all(proposed);
    await expect.poll(() => api.count('production', []), { timeout: 60_000, interval: 20 }).toBeGreaterThan(before);
    await server.kill();
    await server.start();

    for (const id of ids) {
      const shown = async () => Shown.parse(await ask(SHOW, { id })).data.command;
      await expect.poll(shown, { timeout: 60_000, interval: 200 }).toMatchObject({ state: 'CONFIRMED' });
    }
    const references = ids.map((id) => `skiff:${id}`);
    const made = await api.searchRead('production', [['reference', 'in', references]], ['reference', 'state']);
    expect(made.map(({ reference }) => reference).toSorted()).toEqual(references.toSorted());
    expect(new Set(made.map(({ state }) => state))).toEqual(new Set(['waiting']));
  });

  describe('commands to Tryton', () => commandTests(() => server));

  test('what is changed through Tryton’s API is in the GraphQL answer', async () => {
    const api = await trytonApi(server.apiUrl);
    const [shipment] = await api.searchRead('stock.shipment.out', [['state', '=', 'waiting']], ['number'], {
      limit: 1,
    });
    const id = Number(shipment?.id);
    const delays: number[] = [];
    for (let day = 1; day <= 20; day++) {
      const planned = `2031-01-${String(day).padStart(2, '0')}`;
      await api.write('stock.shipment.out', id, { planned_date: dateOf(planned) });
      const written = performance.now();
      while ((await plannedDate(url, id, credential)) !== planned) await sleep(1);
      delays.push(Math.round(performance.now() - written));
    }
    console.log(JSON.stringify({ shipment: shipment && valueAt(shipment, 'number'), visibleAfterMs: delays }));
  });
});

const CREATE = `mutation ($input: CreateProductionOrderInput!) {
  createProductionOrder(input: $input) { command { id } }
}`;
const SHOW = `query ($id: ID!) {
  command(id: $id) { state overtaken documentId userErrors { code message } }
}`;
const Created = z.object({
  data: z.object({ createProductionOrder: z.object({ command: z.object({ id: z.string() }) }) }),
});
const Shown = z.object({
  data: z.object({
    command: z.object({
      state: z.string(),
      overtaken: z.array(z.string()).nullable(),
      documentId: z.string().nullable(),
      userErrors: z.array(z.object({ code: z.string(), message: z.string() })),
    }),
  }),
});

async function ready(skiff: Program): Promise<string> {
  for (;;) {
    const line = await skiff.nextLine();
    if (line === undefined) throw new Error(`Skiff ended before it was ready:\n${skiff.complaints()}`);
    const [, found] = /^Skiff is ready: (\S+)\/graphql/.exec(line) ?? [];
    if (found) return found;
  }
}

const Planned = z.object({ data: z.object({ shipment: z.object({ plannedDate: z.string() }) }) });

async function plannedDate(url: string, id: number, credential: Readonly<Record<string, string>>): Promise<string> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...credential },
    body: JSON.stringify({ query: 'query ($id: ID!) { shipment(id: $id) { plannedDate } }', variables: { id } }),
  });
  return Planned.parse(await response.json()).data.shipment.plannedDate;
}
