/** The sandbox ERP's webhooks as a subscriber meets them. */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import type { Profile } from '../../../erp/sandbox/api/profiles.ts';
import { erpServer, versions } from '../postgres/erp.ts';
import { type LentApi, sandboxApi } from './api.ts';
import { type SandboxErp, sandboxErp } from './sandbox.ts';

const servers = new Map(versions.map((version) => [version, erpServer(version)]));
/** How long something may take on a busy machine. */
const soon = { timeout: 20_000 };
const SECRET = 'a secret of twenty-four';

interface Event {
  readonly sequence: number;
  readonly op: 'upsert' | 'delete';
  readonly table: string;
  readonly key: readonly string[];
  readonly version: string;
  readonly at: string;
}

interface Subscriber extends AsyncDisposable {
  readonly url: string;
  readonly messages: readonly { readonly body: string; readonly signature: string; readonly delivery: string }[];
  /** Of what was taken, in the order of arrival. */
  events(): readonly Event[];
  /** What it answers from now on. */
  status: number;
}

async function subscriber(): Promise<Subscriber> {
  const messages: { body: string; signature: string; delivery: string }[] = [];
  const taken: Event[] = [];
  const lent = {
    url: '',
    messages,
    status: 204,
    events: () => taken,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    messages.push({
      body,
      signature: String(request.headers['x-sandbox-signature']),
      delivery: String(request.headers['x-sandbox-delivery']),
    });
    if (lent.status < 300) taken.push(...JSON.parse(body).events);
    response.writeHead(lent.status).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  lent.url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/hook`;
  return lent;
}

const subscribe = (api: LentApi, url: string): Promise<Response> =>
  api.request('/api/v1/webhooks', { method: 'POST', body: JSON.stringify({ url, secret: SECRET }) });

const shared = new Map<number, Promise<SandboxErp>>();
/** The tests of this file share it, one after the other. It goes with its server. */
function erpOf(version: number): Promise<SandboxErp> {
  const server = servers.get(version) ?? expect.unreachable();
  const erp = shared.get(version) ?? sandboxErp(server, { lines: 100, foreignKeys: false });
  shared.set(version, erp);
  return erp;
}

/** With one subscriber. */
async function told(version: number, profile: Partial<Profile> = {}) {
  const erp = await erpOf(version);
  await erp.client.query('drop schema if exists api cascade');
  const api = await sandboxApi(erp, { profile });
  const listener = await subscriber();
  expect((await subscribe(api, listener.url)).status).toBe(201);
  return {
    erp,
    api,
    listener,
    async [Symbol.asyncDispose]() {
      await api.close();
      await listener[Symbol.asyncDispose]();
    },
  };
}

const rename = (erp: SandboxErp, plant: string, name: string) =>
  erp.client.query('update plant set name = $2 where plant_code = $1', [plant, name]);

test.each(versions)(
  'on PostgreSQL %i every kind of change is told, with the version its row then has',
  async (version) => {
    await using world = await told(version);
    const { erp, api, listener } = world;
    await erp.client.query('begin');
    await erp.client.query(
      `insert into uom_text (uom_code, language_code, symbol, name) values ('XX', 'EN', 'x', 'X')`,
    );
    await erp.client.query(`update uom_text set symbol = 'y' where uom_code = 'XX'`);
    await erp.client.query(`update uom_text set uom_code = 'YY' where uom_code = 'XX'`);
    await erp.client.query('commit');
    const { data } = await api.get('/api/v1/uom_text?ids=YY:EN');
    await erp.client.query(`delete from uom_text where uom_code = 'YY'`);
    await expect.poll(() => listener.events().length, soon).toBe(5);
    const events = listener.events();
    const upsert = { op: 'upsert', table: 'uom_text' };
    const gone = { op: 'delete', table: 'uom_text' };
    expect(events).toMatchObject([
      { ...upsert, key: ['XX', 'EN'], sequence: 1 },
      { ...upsert, key: ['XX', 'EN'], sequence: 2 },
      { ...gone, key: ['XX', 'EN'], sequence: 3 },
      { ...upsert, key: ['YY', 'EN'], sequence: 4, version: data[0]?.version, at: data[0]?.updated_at },
      { ...gone, key: ['YY', 'EN'], sequence: 5 },
    ]);
    expect(BigInt(events[2]?.version ?? '')).toBeGreaterThan(BigInt(events[1]?.version ?? ''));
    expect(BigInt(events[4]?.version ?? '')).toBeGreaterThan(BigInt(events[3]?.version ?? ''));
  },
);

test('what is rolled back is not told, and leaves no gap in the numbers', async () => {
  await using world = await told(18);
  const { erp, listener } = world;
  await erp.client.query('begin');
  await rename(erp, '1010', 'Never');
  await erp.client.query('rollback');
  await rename(erp, '1020', 'Kept');
  await expect.poll(() => listener.events().length, soon).toBe(1);
  expect(listener.events()).toMatchObject([{ sequence: 1, key: ['1020'] }]);
});

test('what is committed late is numbered late', async () => {
  await using world = await told(18);
  const { erp, listener } = world;
  const long = await erp.pool.connect();
  await long.query('begin');
  await long.query(`update plant set name = 'Long' where plant_code = '1010'`);
  await rename(erp, '1020', 'Short');
  await expect.poll(() => listener.events().length, soon).toBe(1);
  await long.query('commit');
  long.release();
  await expect
    .poll(() => listener.events().map(({ sequence, key: [plant] }) => [sequence, plant]), soon)
    .toEqual([
      [1, '1020'],
      [2, '1010'],
    ]);
});

test('a message is signed with the time of its sending', async () => {
  await using world = await told(18);
  const { erp, listener } = world;
  await rename(erp, '1010', 'Signed');
  await expect.poll(() => listener.messages.length, soon).toBe(1);
  const [message] = listener.messages;
  const [, time = '', mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(message?.signature ?? '') ?? [];
  expect(mac).toBe(createHmac('sha256', SECRET).update(`${time}.${message?.body}`).digest('hex'));
  expect(Math.abs(Number(time) - Date.now() / 1_000)).toBeLessThan(60);
});

test('what a subscriber does not take is sent again, while the rest goes on', async () => {
  await using world = await told(18);
  const { erp, api, listener } = world;
  listener.status = 500;
  await rename(erp, '1010', 'First');
  await expect.poll(() => listener.messages.length, soon).toBe(1);
  listener.status = 204;
  await rename(erp, '1020', 'Second');
  await expect.poll(() => listener.events().length, soon).toBe(2);
  expect(listener.events().map(({ sequence }) => sequence)).toEqual([2, 1]);
  await expect.poll(() => api.counters.deliveries, soon).toMatchObject({ refused: 1, taken: 2 });
});

test('events are kept for a subscriber while the ERP is not running', async () => {
  await using listener = await subscriber();
  const erp = await erpOf(18);
  const api = await sandboxApi(erp);
  await subscribe(api, listener.url);
  await api.close();
  await rename(erp, '1010', 'Nobody told');
  await using again = await sandboxApi(erp);
  await expect.poll(() => listener.events(), soon).toMatchObject([{ sequence: 1, key: ['1010'] }]);
  await expect.poll(() => again.counters.deliveries.taken, soon).toBeGreaterThan(0);
});

test('on demand deliveries come twice, out of order, or not at all', async () => {
  await using world = await told(18, { eventsPerDelivery: 1 });
  const { erp, api, listener } = world;
  const sequences = () => listener.events().map(({ sequence }) => sequence);

  api.setFaults([{ kind: 'double', share: 1, count: 1, forMs: null, on: 'event' }]);
  await rename(erp, '1010', 'Twice');
  await expect.poll(sequences, soon).toEqual([1, 1]);
  expect(listener.messages[1]?.delivery).toBe(listener.messages[0]?.delivery);

  api.setFaults([{ kind: 'reorder', share: 1, count: 1, forMs: null, on: 'event' }]);
  await rename(erp, '1010', 'Held back');
  await rename(erp, '1010', 'Sent on');
  await expect.poll(sequences, soon).toEqual([1, 1, 3, 2]);

  api.setFaults([{ kind: 'lose', share: 1, count: 1, forMs: null, on: 'event' }]);
  await rename(erp, '1010', 'Lost');
  await rename(erp, '1010', 'Not lost');
  await expect.poll(sequences, soon).toEqual([1, 1, 3, 2, 5]);
  // Counted when the answer has come back, after the listener has heard.
  await expect
    .poll(() => api.counters.deliveries, soon)
    .toEqual({ taken: 4, refused: 0, doubled: 1, heldBack: 1, lost: 1 });
});

test('who subscribes again goes on with its numbers, and who leaves hears no more', async () => {
  await using world = await told(18);
  const { erp, api, listener } = world;
  await rename(erp, '1010', 'One');
  await expect.poll(() => listener.events().length, soon).toBe(1);
  const { id } = await (await subscribe(api, listener.url)).json();
  expect(await api.get('/api/v1/webhooks')).toEqual({ data: [{ id, url: listener.url }] });
  await rename(erp, '1010', 'Two');
  await expect.poll(() => listener.events().map(({ sequence }) => sequence), soon).toEqual([1, 2]);

  expect((await api.request(`/api/v1/webhooks/${id}`, { method: 'DELETE' })).status).toBe(204);
  await rename(erp, '1010', 'Three');
  expect(await erp.count('select count(*) from api.event_outbox')).toBe(0);
  expect((await api.request(`/api/v1/webhooks/${id}`, { method: 'DELETE' })).status).toBe(404);
});

test.each([{}, { url: 'file:///etc/passwd', secret: SECRET }, { url: 'http://localhost/hook', secret: 'short' }])(
  'the subscription %o is refused',
  async (subscription) => {
    await using api = await sandboxApi(await erpOf(18));
    const response = await api.request('/api/v1/webhooks', { method: 'POST', body: JSON.stringify(subscription) });
    expect(response.status).toBe(400);
  },
);
