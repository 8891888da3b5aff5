/** A backup of the outbox taken in the middle, and restored: by copying its server's files, as backups of PostgreSQL are. */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { expect, test } from 'vitest';
import { runConfirmRestore } from '../../commands/confirm-restore.ts';
import { startDispatcher } from '../../commands/dispatch/dispatcher.ts';
import { memoryBudgetStore } from '../../erp/budget/memory-store.ts';
import { callBudget } from '../../erp/budget.ts';
import { commandChannel } from '../../erp/sandbox/commands.ts';
import { commandPool } from '../../replica/connect.ts';
import { startPostgres } from '../../runtime/embedded-postgres.ts';
import { createLog } from '../../runtime/log.ts';
import { erpServer } from '../erp/postgres/erp.ts';
import { sandboxApi } from '../erp/sandbox/api.ts';
import { sandboxErp } from '../erp/sandbox/sandbox.ts';
import { scratchDir } from '../scratch-dir.ts';
import { commandOffice, order } from './commands.ts';

const server = erpServer(18);
// The way that has nothing but a reference to tell that it was sent before.
const REFERENCE = { way: 'reference', settlesWithinMs: 600 } as const;

test('what was sent after a backup is not sent again when that is restored, and what it does not know is listed', async () => {
  using folder = scratchDir();
  await using opened = new AsyncDisposableStack();
  const erp = opened.use(await sandboxErp(server, { lines: 500 }));
  const api = opened.use(await sandboxApi(erp, { profile: { writes: REFERENCE } }));
  const settings = { fsync: 'off' };
  const first = opened.use(await startPostgres({ dataDir: join(folder.path, 'postgres'), settings }));
  const admin = new pg.Client(first.connectionString());
  await admin.connect();
  opened.defer(() => admin.end());
  const office = opened.use(
    await commandOffice(async () => ({
      url: first.connectionString(),
      query: (text) => admin.query(text),
      async [Symbol.asyncDispose]() {},
    })),
  );
  const { rows: products } = await erp.client.query(
    `select distinct on (material_no) material_no as "productId", '1010' as "plantCode"
    from bom_header join routing_header using (material_no) order by 1 limit 2`,
  );
  const propose = (quantity: string) =>
    office.desk('ann').create(order({ ...products[Number(quantity) % 2], quantity }), `restore-${quantity}`);
  const channel = commandChannel({ url: api.url, user: api.clientId, password: api.clientSecret }, REFERENCE);
  const limits = { requests: 100_000, windowMs: 60_000, concurrency: 8, callTimeoutMs: 2_000 };
  const dispatching = (db: pg.Pool) => {
    const dispatcher = startDispatcher({
      db,
      channel,
      budget: callBudget({ store: memoryBudgetStore(), limits }),
      reading: office.settings,
      log: createLog({ level: 'fatal' }),
      leaseMs: 900,
      concurrency: 8,
    });
    return { [Symbol.asyncDispose]: () => dispatcher.stop(5_000) };
  };
  const states = async (db: pg.Pool) =>
    (await db.query<{ state: string }>('select state from skiff.command order by number')).rows.map(
      ({ state }) => state,
    );
  const inErp = async () =>
    (
      await erp.client.query<{ quantity: string }>(
        `select trim_scale(order_qty)::text as quantity from production_header where planner = 'API' order by 1`,
      )
    ).rows.map(({ quantity }) => quantity);

  // Three are accepted, then the backup is taken; they are sent, and one more is.
  for (const quantity of ['1', '2', '3']) await propose(quantity);
  await admin.query(`select pg_backup_start('outbox', true)`);
  const { rows: places } = await admin.query<{ data_directory: string }>('show data_directory');
  const place = places[0]?.data_directory ?? '';
  const restored = `${place}-restored`;
  opened.defer(() => rmSync(restored, { recursive: true, force: true }));
  execFileSync('cp', ['-a', place, restored]);
  rmSync(join(restored, 'postmaster.pid'));
  await admin.query('select pg_backup_stop()');
  let unknown = '';
  {
    await using _sending = dispatching(office.db);
    unknown = (await propose('4')).id;
    await expect.poll(() => states(office.db), { timeout: 20_000 }).toEqual(Array(4).fill('ACKNOWLEDGED'));
  }

  const second = opened.use(await startPostgres({ dataDir: restored, settings }));
  const db = commandPool(second.connectionString(), 4);
  opened.defer(() => db.end());
  expect(await states(db)).toEqual(['QUEUED', 'QUEUED', 'QUEUED']);
  await using _dispatching = dispatching(db);
  await sleep(1_500);
  expect(await states(db)).toEqual(['QUEUED', 'QUEUED', 'QUEUED']);
  const said: string[] = [];
  const budget = callBudget({ store: memoryBudgetStore(), limits });
  await runConfirmRestore(second.connectionString(), { channel, budget }, (line) => said.push(line));
  expect(said.some((line) => line.includes(`skiff:${unknown}  document `))).toBe(true);
  expect(said.at(-1)).toMatch(/^Commands are sent again/);
  await expect.poll(() => states(db), { timeout: 20_000 }).toEqual(Array(3).fill('ACKNOWLEDGED'));
  expect(await inErp()).toEqual(['1', '2', '3', '4']);
}, 90_000);

test('where the ERP cannot be asked, nothing is confirmed', async () => {
  await using office = await commandOffice();
  await office.models.query(`update skiff.command_gate set closed_because = 'It was restored.', database = 'another'`);
  const access = { url: 'http://127.0.0.1:9', user: 'nobody', password: 'none' };
  const limits = { requests: 100, windowMs: 1_000, concurrency: 1, callTimeoutMs: 500 };
  const budget = callBudget({ store: memoryBudgetStore(), limits });
  const erp = { channel: commandChannel(access, REFERENCE), budget };
  await expect(runConfirmRestore(office.models.url, erp, () => {}, 1_500)).rejects.toThrow();
  const { rows } = await office.db.query<{ closed_because: string }>('select closed_because from skiff.command_gate');
  expect(rows[0]?.closed_because).toBe('It was restored.');
});
