/** The sandbox ERP followed by what its webhooks tell, where polls come too seldom to help. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SIGNATURE_HEADER, signature } from '../../../erp/sandbox/api/signature.ts';
import { Random } from '../../../erp/sandbox/random.ts';
import { randomChanges } from '../../../erp/sandbox/random-changes.ts';
import { verifyAll } from '../../../replica/verify.ts';
import { freePort } from '../../../runtime/free-port.ts';
import { runProgram } from '../../child-process.ts';
import { erpServer } from '../postgres/erp.ts';
import { until } from '../postgres/running-capture.ts';
import { differences, firstRoundIsOver, type PolledReplica } from '../rest/polled-replica.ts';
import { type LentApi, sandboxApi } from '../sandbox/api.ts';
import { type SandboxErp, sandboxErp } from '../sandbox/sandbox.ts';
import type { ToldPlan } from './told-program.ts';
import { hookUrl, SECRET, settled, toldReplica } from './told-replica.ts';

/** One copy for all tests, since it takes the longest: each leaves it as it was, but for the last one. */
const opened = new AsyncDisposableStack();
const server = erpServer(18);
let erp: SandboxErp;
let api: LentApi;
let port: number;
let replica: PolledReplica;
beforeAll(async () => {
  erp = opened.use(await sandboxErp(server, { lines: 100, foreignKeys: false }));
  api = opened.use(await sandboxApi(erp, { profile: { eventsPerDelivery: 2 } }));
  port = await freePort();
  replica = opened.use(await toldReplica(api, { port, webhooks: { fillsGapsWithinMs: 1_500 } }));
  await settled(replica);
  await firstRoundIsOver(api);
});
afterAll(() => opened.disposeAsync());

const carrier = async ({ database }: Pick<PolledReplica, 'database'>) =>
  (await database.query<{ name: string }>(`select name from erp.carrier where carrier_code = 'XY'`)).rows[0]?.name;
const insert = (name: string) =>
  erp.client.query(`insert into carrier (carrier_code, name, service) values ('XY', $1, 'ROAD')`, [name]);
const rename = (name: string) => erp.client.query(`update carrier set name = $1 where carrier_code = 'XY'`, [name]);
const remove = () => erp.client.query(`delete from carrier where carrier_code = 'XY'`);

const walks = () => api.counters.requests.page + api.counters.requests.keyset + api.counters.requests.keys;

test('a row that is written, deleted and written again is read as soon as the ERP tells of it', async () => {
  const before = walks();
  await insert('First');
  await until(async () => (await carrier(replica)) === 'First');
  await rename('Second');
  await until(async () => (await carrier(replica)) === 'Second');
  await remove();
  await until(async () => (await carrier(replica)) === undefined);
  await insert('Third');
  await until(async () => (await carrier(replica)) === 'Third');
  await remove();
  await until(async () => (await carrier(replica)) === undefined);
  expect(walks()).toBe(before);
});

test('events that come twice, out of order or never leave the copy as the ERP is', async () => {
  const seed = Number(process.env.SKIFF_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`random changes with SKIFF_TEST_SEED=${seed}`);
  const { requests } = structuredClone(api.counters);
  const share = { share: 0.15, count: null, forMs: null, on: 'event' as const };
  api.setFaults([
    { kind: 'double', ...share },
    { kind: 'reorder', ...share },
    { kind: 'lose', ...share },
  ]);
  await randomChanges(erp.client, new Random(seed), 300);
  const undelivered = () =>
    erp.count('select (select count(*) from api.event_outbox) + (select count(*) from api.delivery)');
  await until(async () => (await undelivered()) === 0);
  api.setFaults([]);
  expect(Math.min(api.counters.deliveries.lost, api.counters.deliveries.doubled)).toBeGreaterThan(0);
  expect(api.counters.deliveries.heldBack).toBeGreaterThan(0);
  // What shows that the last ones are missing.
  await insert('Told');
  await until(async () => (await carrier(replica)) === 'Told');

  const kept = async () => (await replica.db.query('select from skiff.event')).rowCount;
  await until(async () => (await kept()) === 0);
  expect(await differences(erp, replica)).toEqual([]);
  expect(api.counters.requests.keyset).toBeGreaterThan(requests.keyset);
  await until(async () => (await replica.db.query('select from skiff.pending limit 1')).rowCount === 0);
  expect((await verifyAll(replica.db, () => {})).filter(({ differences }) => differences > 0)).toEqual([]);
  await remove();
});

test('a message that is replayed, or that somebody forged, makes nobody read anything', async () => {
  await insert('Genuine');
  await until(async () => (await carrier(replica)) === 'Genuine');
  const reads = () => api.counters.requests.ids;
  const before = reads();
  const { rows } = await replica.db.query<{ subscription: string }>('select subscription from skiff.event_stream');
  const subscription = rows[0]?.subscription;
  const send = (sequence: number, secret: string, ageMs = 0) => {
    const event = { sequence, op: 'delete', table: 'carrier', key: ['XY'], version: '999999999', at: new Date() };
    const body = JSON.stringify({ subscription, events: [event] });
    const headers = { [SIGNATURE_HEADER]: signature(secret, body, Date.now() - ageMs) };
    return fetch(hookUrl(port), { method: 'POST', body, headers });
  };
  const next = (await erp.count('select last_sequence from api.subscription')) + 1;
  expect((await send(next, 'not the secret of the ERP')).status).toBe(401);
  expect((await send(next, SECRET, 3_600_000)).status).toBe(401);
  // Of this minute, and so as the ERP itself sends it again: known, and without effect.
  expect((await send(next - 1, SECRET)).status).toBe(204);
  expect((await replica.db.query('select from skiff.event where not is_read')).rowCount).toBe(0);
  expect(await carrier(replica)).toBe('Genuine');
  expect(reads()).toBe(before);
  await remove();
});

test('what was told before a kill -9, and while nobody listened, is read by the next process', async () => {
  await replica.stop();
  const { database } = replica;
  const plan: ToldPlan = {
    replicaUrl: database.url,
    api: { url: api.url, user: api.clientId, password: api.clientSecret },
    port,
    hook: hookUrl(port),
    secret: SECRET,
  };
  const program = new URL('./told-program.ts', import.meta.url);
  const run = () => runProgram(program, { args: [JSON.stringify(plan)] });
  const unread = async () => {
    const { rows } = await database.query<{ key: string }>(
      `select key[1] as key from skiff.event where not is_read order by sequence`,
    );
    return rows.map(({ key }) => key);
  };
  // Nothing can be read, by events or polls, before the end of the first process.
  api.setFaults([{ kind: 'error', share: 1, count: null, forMs: null, on: 'read' }]);
  await using first = run();
  expect(await first.nextLine()).toBe('built');
  await insert('Told before');
  await until(async () => (await unread()).length > 0);
  first.process.kill('SIGKILL');
  await first.ended();
  expect(await unread()).toEqual(['XY']);
  await erp.client.query(`update plant set name = 'Told to nobody' where plant_code = '1010'`);
  const { refused } = api.counters.deliveries;
  await until(() => api.counters.deliveries.refused > refused);
  api.setFaults([]);

  await using second = run();
  expect(await second.nextLine()).toBe('built');
  const plants = async () =>
    (await database.query<{ name: string }>(`select name from erp.plant where plant_code = '1010'`)).rows;
  await until(
    async () => (await carrier({ database })) === 'Told before' && (await plants())[0]?.name === 'Told to nobody',
  );
  await until(async () => (await unread()).length === 0);
});
