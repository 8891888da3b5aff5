/** The whole of Skiff beside a Tryton, as `npm start` runs it. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Program, runProgram } from '../../child-process.ts';
import { emptyFields, runExamples } from '../../examples.ts';
import { readerKey } from '../../reader-key.ts';
import { scratchDir } from '../../scratch-dir.ts';
import { dateOf, trytonApi, valueAt } from './api.ts';
import { startTryton, type TrytonServer } from './server.ts';

describe('Skiff beside a Tryton', { timeout: 300_000 }, () => {
  const lent = new AsyncDisposableStack();
  let server: TrytonServer;
  let url: string;
  let credential: Readonly<Record<string, string>>;

  beforeAll(async () => {
    server = lent.use(await startTryton());
    const folder = lent.use(scratchDir());
    const skiff = lent.use(
      runProgram(new URL('../../../main.ts', import.meta.url), {
        env: {
          SKIFF_CONNECTOR: 'tryton',
          SKIFF_ERP_DATABASE_URL: server.captureUrl,
          SKIFF_DATA_DIR: join(folder.path, 'data'),
          SKIFF_PORT: '0',
          SKIFF_LOG_LEVEL: 'warn',
        },
      }),
    );
    url = await ready(skiff);
    credential = await readerKey({ SKIFF_DATA_DIR: join(folder.path, 'data') });
    lent.defer(async () => {
      skiff.process.kill('SIGTERM');
      await skiff.ended();
    });
  }, 300_000);
  afterAll(() => lent.disposeAsync(), 120_000);

  test('every example runs, but for those of types that Tryton cannot fill, and of writes it does not take', async () => {
    const runs = await runExamples(url, credential);
    expect(runs.filter(({ errors }) => errors.length > 0)).toEqual([]);
    const leftOut = ['command', 'commands', 'period-cost', 'period-costs', 'plan', 'plans'];
    expect(runs.filter(({ data }) => data === null).map(({ name }) => name)).toEqual(leftOut);
    expect(runs.filter((run) => emptyFields(run).length > 0).map((run) => [run.name, emptyFields(run)])).toEqual([]);
  });

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
