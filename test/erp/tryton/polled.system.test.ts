/** Tryton captured through its API alone, beside a replica that follows the same Tryton by logical replication. */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accept } from '../../../commands/outbox/accept.ts';
import { tables } from '../../../erp/tryton/tables.ts';
import { TrytonTransport } from '../../../erp/tryton/transport.ts';
import { ALL_PLANTS } from '../../../replica/access-scope.ts';
import { commandPool } from '../../../replica/connect.ts';
import { OperatorFault } from '../../../runtime/errors.ts';
import { runProgram } from '../../child-process.ts';
import { type TestPostgres, testPostgres } from '../../postgres.ts';
import { until } from '../postgres/running-capture.ts';
import { dateOf, type TrytonApi, trytonApi } from './api.ts';
import { type ConnectedReplica, connectReplica, pollReplica } from './connected.ts';
import { startTryton, type TrytonServer } from './server.ts';

const language = 'de';
const never = { pollEveryMs: 3_600_000, sweepEveryMs: 3_600_000 };
const often = { pollEveryMs: 500, sweepEveryMs: 1_000 };
const patience = () => AbortSignal.timeout(60_000);

const lent = new AsyncDisposableStack();
let server: TrytonServer;
let api: TrytonApi;
let database: TestPostgres;
let replicated: ConnectedReplica;
let polled: ConnectedReplica;

beforeAll(async () => {
  server = lent.use(await startTryton());
  api = await trytonApi(server.apiUrl);
  await translate();
  await unusualValues();
  database = lent.use(await testPostgres());
  const other = lent.use(await testPostgres());
  replicated = lent.use(await connectReplica(server.captureUrl, other.url, { language }));
  polled = await poll(never);
  lent.defer(() => polled[Symbol.asyncDispose]());
});
afterAll(() => lent.disposeAsync());

const access = () => ({
  url: new URL('/', server.apiUrl).href,
  user: 'skiff',
  password: 'skiff-erp-1',
  database: 'erp',
});

const poll = (rhythm: typeof often): Promise<ConnectedReplica> =>
  pollReplica(access(), database.url, rhythm, { language });

test('a copy made through Tryton’s API holds the same flat rows as one made by logical replication', async () => {
  await Promise.all([polled.caughtUp(), replicated.caughtUp()]);

  expect(await mirrored(polled)).toEqual(await mirrored(replicated));
  const models = polled.replica.definitions.map(({ model }) => model);
  expect(models).toEqual(replicated.replica.definitions.map(({ model }) => model));
  const filled: string[] = [];
  for (const model of models) {
    const rows = await rowsOf(polled, model);
    expect([model, rows]).toEqual([model, await rowsOf(replicated, model)]);
    if (rows.length > 0) filled.push(model);
  }
  expect(filled).toEqual(models);
});

test('moves that were changed or deleted are known after a live read of their keys, a thousand of them in one call', async () => {
  const [waiting] = await api.searchRead('stock.move', [['state', '=', 'draft']], [], { limit: 1 });
  const changed = Number(waiting?.id);
  const deleted = await loneMove();
  await polled.caughtUp();
  const held = (id: number) => polled.rows('stock_movement', `id = ${id}`);
  const [before] = await held(changed);
  expect(await held(deleted)).toMatchObject([{ status_code: 'cancelled' }]);

  await api.write('stock.move', changed, { planned_date: dateOf('2031-07-01') });
  await api.call('model.stock.move.delete', [deleted]);
  const others = await api.searchRead('stock.move', [['id', '!=', changed]], [], { limit: 998 });
  const keys = [changed, deleted, ...others.map(({ id }) => id)].map((id) => [String(id)]);
  await polled.capture.liveRead?.({ tables: [], rows: new Map([['stock_move', keys]]) }, patience());

  expect(await held(changed)).toEqual([{ ...before, planned_date: '2031-07-01', movement_date: '2031-07-01' }]);
  expect(await held(deleted)).toEqual([]);
});

test('a session that Tryton has forgotten is made anew, and the same question answered', async () => {
  const transport = new TrytonTransport({ ...access(), company: '1' }, tables);
  const keys = () => transport.keys('sale_sale', null, patience());
  const before = await keys();
  await asSuperuser(`delete from ir_session where create_uid = (select id from res_user where login = 'skiff')`);

  expect(await keys()).toEqual(before);
});

test.each([
  ['a wrong password', { password: 'wrong' }, 'refuses the login "skiff"'],
  ['a database that is not there', { database: 'nowhere' }, 'has no database "nowhere"'],
  ['a company of others', { company: '77' }, 'does not belong to the company 77'],
])('%s is a fault that an operator is told of', async (_, wrong, message) => {
  const transport = new TrytonTransport({ ...access(), company: '1', ...wrong }, tables);
  const asked = transport.keys('sale_sale', null, patience());
  await expect(asked).rejects.toThrow(OperatorFault);
  await expect(asked).rejects.toThrow(message);
});

test('what is renamed, priced, made and deleted through Tryton’s API arrives with polls and key sweeps', async () => {
  await polled[Symbol.asyncDispose]();
  polled = await poll(often);
  const [product] = await api.searchRead('product.product', [], ['template'], { order: [['id', 'DESC']], limit: 1 });
  const [party] = await api.searchRead('sale.sale', [], ['party'], { limit: 1 });
  const [deleted] = await api.searchRead('production', [['state', '=', 'cancelled']], [], { limit: 1 });
  const made = await api.create('product.category', { name: 'Made by a test', accounting: true });
  const price = { __class__: 'Decimal', decimal: '12.3400' };
  await api.write('product.template', Number(product?.template), { list_price: price, account_category: made });
  await api.write('party.party', Number(party?.party), { name: 'Renamed Ltd' });
  await api.call('model.production.delete', [deleted?.id]);
  await replicated.caughtUp();
  expect(await replicated.rows('product', `id = ${product?.id}`)).toMatchObject([
    { list_price: '12.34', category: 'Made by a test' },
  ]);

  await until(async () => isDeepStrictEqual(await mirrored(polled), await mirrored(replicated)));
  await until(async () => (await polled.db.query('select from skiff.pending limit 1')).rowCount === 0);

  for (const { model } of polled.replica.definitions) {
    expect([model, await rowsOf(polled, model)]).toEqual([model, await rowsOf(replicated, model)]);
  }
});

test('what a command made is confirmed once a poll has brought it', async () => {
  const env = {
    SKIFF_CONNECTOR: 'tryton',
    SKIFF_ERP_LANGUAGE: language,
    SKIFF_DATABASE_URL: database.url,
    SKIFF_ERP_URL: access().url,
    SKIFF_ERP_USER: access().user,
    SKIFF_ERP_PASSWORD: access().password,
    SKIFF_ERP_DATABASE: access().database,
    SKIFF_ERP_REQUESTS: '1000000',
    SKIFF_LOG_LEVEL: 'warn',
  };
  await using role = runProgram(new URL('../../../main.ts', import.meta.url), { args: ['commands'], env });
  const db = commandPool(database.url, 2);
  lent.defer(() => db.end());
  const days = { plannedStartDate: '2027-01-11', plannedEndDate: '2027-01-12' };
  const content = {
    type: 'CREATE_PRODUCTION_ORDER',
    productId: '41',
    plantCode: 'WH',
    quantity: '3',
    ...days,
  } as const;
  const command = { id: randomUUID(), content, plant: 'WH', approvalsNeeded: [], premise: null, expiresAfterHours: 1 };
  const caller = { name: 'planner', scopes: new Set<string>(), access: ALL_PLANTS, traceId: 'trace', address: null };
  await accept(db, caller, { key: 'polled', asked: content, plan: null, commands: [command] });

  const state = async () =>
    (await db.query('select state, reason from skiff.command where id = $1', [command.id])).rows;
  await expect.poll(state, { timeout: 60_000, interval: 100 }).toEqual([{ state: 'CONFIRMED', reason: null }]);
  const { rows: shown } = await polled.db.query(
    `select o.status from skiff.command c join ${polled.table('production_order')} o on o.id::text = c.document_id
    where c.id = $1`,
    [command.id],
  );
  expect([shown, role.complaints()]).toEqual([[{ status: expect.any(String) }], '']);
});

/** Without them a deployment in another language could not be told from one in Tryton's own. */
async function translate(): Promise<void> {
  const [german] = await api.searchRead('ir.lang', [['code', '=', language]], []);
  await api.write('ir.lang', Number(german?.id), { translatable: true });
  const inGerman = await trytonApi(server.apiUrl, language);
  const [product] = await api.searchRead('product.template', [], [], { limit: 1 });
  const [place] = await api.searchRead('stock.location', [['type', '=', 'warehouse']], [], { limit: 1 });
  await inGerman.write('product.template', Number(product?.id), { name: 'Schraube' });
  await inGerman.write('stock.location', Number(place?.id), { name: 'Lager Nord' });
}

/** What programs and databases write each in their own way. */
const unusualValues = (): Promise<void> =>
  asSuperuser(/* sql */ `
    update sale_line set unit_price = 0.00000000, quantity = 0.00001 where id = (select min(id) from sale_line);
    update sale_line set unit_price = 1234567890.00120000 where id = (select max(id) from sale_line);
    update purchase_line set quantity = 0.1 + 0.2 where id = (select max(id) from purchase_line);
    update product_template set active = false where id = (select max(id) from product_template);
    update production_work_cycle set duration = '2 days 3:04:05.25' where id = (select min(id) from production_work_cycle);
    update production_work_cycle set duration = '-1 days 23:00' where id = (select max(id) from production_work_cycle)`);

async function asSuperuser(sql: string): Promise<void> {
  const db = new pg.Client({ connectionString: server.superuserUrl });
  await db.connect();
  await db.query(sql);
  await db.end();
}

/** A move that no document holds, and that may be deleted therefore. */
async function loneMove(): Promise<number> {
  const fields = ['product', 'uom', 'from_location', 'to_location', 'company', 'currency'];
  const [like] = await api.searchRead('stock.move', [['state', '=', 'draft']], fields, { limit: 1 });
  const { id: _, ...values } = like ?? {};
  const price = { __class__: 'Decimal', decimal: '1.0' };
  const made = await api.create('stock.move', { ...values, quantity: 1, unit_price: price });
  await api.call('model.stock.move.cancel', [made]);
  return made;
}

const rowsOf = async ({ db, table }: ConnectedReplica, model: string): Promise<readonly string[]> => {
  const { rows } = await db.query<{ row: string }>(`select t::text as row from ${table(model)} t order by row`);
  return rows.map(({ row }) => row);
};

/** A digest of each table of the mirror; labels of screens are not asked of the API. */
async function mirrored({ db }: ConnectedReplica): Promise<Readonly<Record<string, unknown>>> {
  const { rows: tables } = await db.query<{ name: string }>(`select relname as name from pg_class
    where relnamespace = 'erp'::regnamespace and relkind = 'r' order by 1`);
  const digests: Record<string, unknown> = {};
  for (const { name } of tables) {
    const asked = name === 'ir_translation' ? `type = 'model'` : 'true';
    const { rows } = await db.query(`select count(*), md5(string_agg(t::text, chr(10) order by id)) as digest
      from erp."${name}" t where ${asked}`);
    digests[name] = rows[0];
  }
  return digests;
}
