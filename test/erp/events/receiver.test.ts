/** What the address for an ERP's webhooks takes, and what it refuses. */
import { afterAll, beforeEach, expect, test } from 'vitest';
import type { Delivery } from '../../../erp/event.ts';
import { startReceiver } from '../../../erp/events/receiver.ts';
import { SIGNATURE_HEADER, signature } from '../../../erp/sandbox/api/signature.ts';
import { webhooks } from '../../../erp/sandbox/webhooks.ts';
import { createLog } from '../../../runtime/log.ts';

const SECRET = 'a secret of twenty-four';
const body = JSON.stringify({
  subscription: '7',
  events: [{ sequence: 3, op: 'upsert', table: 'plant', key: ['1010'], version: '12', at: '2026-11-22T08:00:00Z' }],
});

const taken: Delivery[] = [];
let isFailing = false;
const receiver = await startReceiver({
  host: '127.0.0.1',
  port: 0,
  secret: SECRET,
  signatureHeader: SIGNATURE_HEADER,
  delivery: webhooks({ url: 'http://erp.test', user: '', password: '' }).delivery,
  take: async (delivery) => {
    if (isFailing) throw new Error('The database is away');
    taken.push(delivery);
  },
  log: createLog({ level: 'silent' }),
});
afterAll(() => receiver.close());
beforeEach(() => {
  taken.length = 0;
  isFailing = false;
});

const send = (sent: string, signed: string | null, method = 'POST') =>
  fetch(receiver.url, { method, body: sent, headers: signed === null ? {} : { [SIGNATURE_HEADER]: signed } });
const sign = (sent = body, secret = SECRET, ageMs = 0) => signature(secret, sent, Date.now() - ageMs);

test('what the ERP has signed is taken', async () => {
  expect((await send(body, sign())).status).toBe(204);
  expect(taken).toEqual([
    { subscription: '7', events: [{ sequence: 3, table: 'plant', key: ['1010'], version: 12n }] },
  ]);
});

test('while the secret is exchanged one right signature of two is enough', async () => {
  const other = sign(body, 'the secret of last year').replace(/^t=\d+,/, '');
  expect((await send(body, `${sign()},${other}`)).status).toBe(204);
  const [time, right] = sign().split(',');
  expect((await send(body, `${time},${other},${right}`)).status).toBe(204);
  expect(taken).toHaveLength(2);
});

const HOUR_MS = 3_600_000;
const now = Math.floor(Date.now() / 1_000);

test.each([
  ['without a signature', () => null],
  ['with another secret', () => sign(body, 'not the secret at all')],
  ['with the signature of another body', () => sign(body.replace('1010', '1020'))],
  ['with the signature of another time', () => sign().replace(/^t=\d+/, `t=${now - 2}`)],
  ['signed an hour ago, as who replays it does', () => sign(body, SECRET, HOUR_MS)],
  ['signed in an hour', () => sign(body, SECRET, -HOUR_MS)],
  ['with a signature that is too short', () => sign().slice(0, -2)],
  ['with no time', () => sign().replace(/^t=\d+,/, '')],
  ['with something else in its place', () => 'Bearer 12345'],
])('a message %s is refused', async (_, signed) => {
  const response = await send(body, signed());
  expect(response.status).toBe(401);
  expect(await response.json()).toEqual({ error: { message: expect.any(String) } });
  expect(taken).toEqual([]);
});

test.each([
  '',
  'no JSON',
  '{}',
  body.replace('"12"', '"twelve"'),
  body.replace('3', '0'),
  body.replace('["1010"]', '[]'),
])('a body that does not hold events is refused, though it is signed: %s', async (sent) => {
  expect((await send(sent, sign(sent))).status).toBe(400);
  expect(taken).toEqual([]);
});

test('a body without end is not read to its end', async () => {
  const large = 'x'.repeat(1_500_000);
  const status = await send(large, sign(large)).then(
    (response) => response.status,
    () => 'cut off',
  );
  expect([413, 'cut off']).toContain(status);
  expect((await send(body, sign())).status).toBe(204);
});

test('nothing is taken by GET', async () => {
  expect((await fetch(receiver.url)).status).toBe(405);
});

test('what could not be made durable is not acknowledged, so that the ERP sends it again', async () => {
  isFailing = true;
  expect((await send(body, sign())).status).toBe(503);
  isFailing = false;
  expect((await send(body, sign())).status).toBe(204);
  expect(taken).toHaveLength(1);
});

test('a port that is taken is named with its settings', async () => {
  const port = Number(new URL(receiver.url).port);
  const again = startReceiver({
    host: '127.0.0.1',
    port,
    secret: SECRET,
    signatureHeader: SIGNATURE_HEADER,
    delivery: () => ({ subscription: '1', events: [] }),
    take: async () => {},
    log: createLog({ level: 'silent' }),
  });
  await expect(again).rejects.toThrow(`Events cannot be received on 127.0.0.1:${port}`);
});
