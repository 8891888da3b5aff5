/** Dispatchers against the sandbox ERP's API, in each of the three ways an ERP may keep what it was asked. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Dispatcher, startDispatcher } from '../../commands/dispatch/dispatcher.ts';
import { confirmRestore } from '../../commands/dispatch/gate.ts';
import { memoryBudgetStore } from '../../erp/budget/memory-store.ts';
import { callBudget } from '../../erp/budget.ts';
import type { CommandChannel, Settling } from '../../erp/command.ts';
import { commandChannel } from '../../erp/sandbox/commands.ts';
import { FaultSettings } from '../../erp/sandbox/faults.ts';
import { createLog } from '../../runtime/log.ts';
import { erpServer } from '../erp/postgres/erp.ts';
import { type LentApi, sandboxApi } from '../erp/sandbox/api.ts';
import { type SandboxErp, sandboxErp } from '../erp/sandbox/sandbox.ts';
import { type CommandOffice, commandOffice, order, PRODUCT } from './commands.ts';

const server = erpServer(18);
let office: CommandOffice;
let erp: SandboxErp;
/** Of products that can be made: each a business key of its own. */
let products: readonly { readonly productId: string; readonly plantCode: string }[];
let quantity = 0;

const KEY: Settling = { way: 'key' };
const REFERENCE: Settling = { way: 'reference', settlesWithinMs: 600 };
const NONE: Settling = { way: 'none' };
const LEASE_MS = 900;

beforeAll(async () => {
  [office, erp] = await Promise.all([commandOffice(), sandboxErp(server, { lines: 500 })]);
  const { rows } = await erp.client.query(
    `select distinct on (material_no) material_no as "productId", '1010' as "plantCode"
    from bom_header join routing_header using (material_no) order by 1 limit 6`,
  );
  products = rows;
});
afterAll(() => office[Symbol.asyncDispose]());
/** Those of earlier tests stay: the audit lets nothing go. */
let since = '0';
beforeEach(async () => {
  const { rows } = await office.db.query<{ last: string }>(
    'select coalesce(max(number), 0)::text as last from skiff.command',
  );
  since = rows[0]?.last ?? '0';
});

interface Running extends AsyncDisposable {
  readonly api: LentApi;
  readonly channel: CommandChannel;
}

/** An API of this way, and as many dispatchers on it. */
async function running(
  settling: Settling,
  dispatchers = 2,
  wrapped: (channel: CommandChannel) => CommandChannel = (channel) => channel,
): Promise<Running> {
  const api = await sandboxApi(erp, { profile: { writes: settling } });
  const access = { url: api.url, user: api.clientId, password: api.clientSecret };
  const limits = { requests: 100_000, windowMs: 60_000, concurrency: 8, callTimeoutMs: 400 };
  const started: Dispatcher[] = Array.from({ length: dispatchers }, () =>
    startDispatcher({
      db: office.db,
      channel: wrapped(commandChannel(access, settling)),
      budget: callBudget({ store: memoryBudgetStore(), limits }),
      reading: office.settings,
      log: createLog({ level: 'fatal' }),
      leaseMs: LEASE_MS,
      concurrency: 8,
    }),
  );
  return {
    api,
    channel: commandChannel(access, settling),
    async [Symbol.asyncDispose]() {
      await Promise.all(started.map((one) => one.stop(5_000)));
      await api[Symbol.asyncDispose]();
    },
  };
}

/** Each of a quantity of its own, by which it is known in the ERP that keeps no reference. */
async function propose(count: number): Promise<readonly { id: string; quantity: string }[]> {
  const made: { id: string; quantity: string }[] = [];
  for (let at = 0; at < count; at++) {
    quantity += 1;
    const asked = order({ ...products[at % products.length], quantity: `${quantity / 1_000}` });
    const { id, content } = await office.desk('ann').create(asked, `dispatch-${quantity}`);
    made.push({ id, quantity: 'quantity' in content ? content.quantity : '' });
  }
  return made;
}

const states = async (): Promise<Record<string, number>> => {
  const { rows } = await office.db.query<{ state: string; count: string }>(
    `select state, count(*)::text as count from skiff.command where number > $1 group by 1`,
    [since],
  );
  return Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]));
};

/** Nothing is under way any more, and whoever settles has looked at what came of it. */
async function drained(person: () => Promise<void> = async () => {}): Promise<void> {
  for (;;) {
    const before = await states();
    await person();
    const after = await states();
    const { QUEUED, SENT, UNKNOWN, FAILED } = after;
    const isQuiet = [QUEUED, SENT, UNKNOWN, FAILED].every((count) => count === undefined);
    if (isQuiet && isDeepStrictEqual(before, after)) return;
    await sleep(50);
  }
}

/** How often the ERP has each, in the order of its numbers. */
async function inErp(asked: readonly { quantity: string }[]): Promise<string[]> {
  const { rows } = await erp.client.query<{ quantity: string }>(
    `select trim_scale(order_qty)::text as quantity from production_header where order_qty = any($1::numeric[])
    order by production_no`,
    [asked.map((one) => one.quantity)],
  );
  return rows.map((row) => row.quantity);
}

const orderOfKeys = (quantities: readonly string[], asked: readonly { quantity: string }[]): string[][] =>
  products.map((_, key) => {
    const ofKey = new Set(asked.filter((_one, at) => at % products.length === key).map((one) => one.quantity));
    return quantities.filter((one) => ofKey.has(one));
  });

const STORM = FaultSettings.parse({
  faults: [
    { kind: 'cut', share: 0.15, on: 'write' },
    { kind: 'error', share: 0.1, on: 'write' },
    { kind: 'reset', share: 0.05, on: 'all' },
    { kind: 'storm', share: 0.1, retryAfterSeconds: 0, on: 'all' },
    { kind: 'slow', ms: 700, share: 0.04, on: 'write' },
  ],
}).faults;

test.each([
  ['idempotency keys', KEY],
  ['a reference that can be searched', REFERENCE],
])(
  'an ERP with %s has each command exactly once, those of a key in order, whatever breaks',
  async (_name, settling) => {
    await using skiff = await running(settling);
    skiff.api.setFaults(STORM);
    const asked = await propose(30);
    await drained();
    const found = await inErp(asked);
    expect(found.toSorted()).toEqual(asked.map((one) => one.quantity).toSorted());
    expect(orderOfKeys(found, asked)).toEqual(
      orderOfKeys(
        asked.map((one) => one.quantity),
        asked,
      ),
    );
    expect(await states()).toEqual({ ACKNOWLEDGED: asked.length });
  },
);

test('an ERP with neither has none twice: what nobody knows waits for a person, and so does its key', async () => {
  await using skiff = await running(NONE);
  const firstIsCut = FaultSettings.parse({ faults: [{ kind: 'cut', count: 1, on: 'write' }] }).faults;
  skiff.api.setFaults([...firstIsCut, ...STORM]);
  const asked = await propose(18);
  let asks = 0;
  await drained(async () => {
    const desk = office.desk('bob');
    const { rows } = await desk.commands({ states: ['DEAD_LETTER'] }, { first: 500 });
    for (const { id, content } of rows.filter((one) => one.fault === 'UNKNOWN')) {
      asks += 1;
      // The line was dead before the ERP was done, or before it had even begun.
      await sleep(200);
      while (skiff.api.counters.open > 0) await sleep(20);
      const known = await inErp([{ quantity: 'quantity' in content ? content.quantity : '' }]);
      const { userErrors } = await desk.settle(id, known.length > 0 ? `seen-${id}` : null);
      expect(userErrors).toEqual([]);
    }
  });
  const found = await inErp(asked);
  expect(new Set(found).size).toBe(found.length);
  expect(asks).toBeGreaterThan(0);
  const { ACKNOWLEDGED, CANCELLED = 0 } = await states();
  expect([ACKNOWLEDGED, CANCELLED]).toEqual([found.length, asked.length - found.length]);
});

test('a command whose sender was killed is looked up before it is sent again', async () => {
  const [asked] = await propose(1);
  await office.models.query(
    `update skiff.command set state = 'SENT', attempts = 1, lease_until = now() - interval '1 s'`,
  );
  await using skiff = await running(REFERENCE);
  // The one that was killed had got through.
  const { db } = office;
  const { rows } = await db.query<{ content: string }>('select content::text from skiff.command where number > $1', [
    since,
  ]);
  const { type, ...content } = JSON.parse(rows[0]?.content ?? '{}');
  const reference = `skiff:${asked?.id}`;
  await skiff.channel.send({ type, content, reference, traceId: 't' }, () => {}, AbortSignal.timeout(5_000));
  await drained();
  expect(await inErp(asked ? [asked] : [])).toHaveLength(1);
  const history = await office.desk('ann').history(asked?.id ?? '');
  expect(history.map(({ action }) => action)).toEqual(['propose', 'lease ended', 'acknowledge']);
});

test('who was stopped for longer than its lease writes nothing any more', async () => {
  const [asked] = await propose(1);
  let attempts = 0;
  let hasWritten = false;
  await using _skiff = await running(KEY, 1, (channel) => ({
    ...channel,
    async send(command, beforeWrite, signal) {
      if (attempts++ > 0) return channel.send(command, beforeWrite, signal);
      await office.models.query(`update skiff.command set lease_holder = gen_random_uuid() where number > ${since}`);
      await sleep(LEASE_MS + 100, undefined, { signal: AbortSignal.timeout(5_000) }).catch(() => {});
      const late = () => {
        beforeWrite();
        hasWritten = true;
      };
      return channel.send(command, late, signal);
    },
  }));
  await expect.poll(() => attempts, { timeout: 20_000 }).toBeGreaterThan(1);
  await drained();
  expect(hasWritten).toBe(false);
  expect(await inErp(asked ? [asked] : [])).toHaveLength(1);
});

test('what the ERP refuses is a dead letter that says why, and the next of its key goes on', async () => {
  await using _skiff = await running(KEY);
  const desk = office.desk('ann');
  const [product] = products;
  const bad = await desk.create(order({ ...product, plantCode: 'NONE', quantity: '7' }), 'bad-plant');
  const good = await desk.create(order({ ...product, quantity: '8' }), 'good-plant');
  await drained();
  const refused = await office.desk('bob').command(bad.id);
  expect(refused).toMatchObject({ state: 'DEAD_LETTER', fault: 'REJECTED', userErrors: [{ code: 'REJECTED' }] });
  expect(await office.desk('bob').command(good.id)).toMatchObject({ state: 'ACKNOWLEDGED' });
  expect((await office.desk('ann').retry(bad.id)).userErrors).toMatchObject([{ code: 'FOUR_EYES' }]);
  expect((await office.desk('bob').retry(bad.id)).commands).toMatchObject([{ state: 'QUEUED' }]);
});

test('what is cancelled before its turn is never sent', async () => {
  const [asked] = await propose(1);
  expect((await office.desk('ann').cancel(asked?.id ?? '')).commands).toMatchObject([{ state: 'CANCELLED' }]);
  await using _skiff = await running(KEY);
  await sleep(400);
  expect(await inErp(asked ? [asked] : [])).toEqual([]);
});

test('what a command rests on is looked at once more before it is sent: stale, it is a proposal again without approvals', async () => {
  const setStock = (stock: number) =>
    office.models.query(`update read.stock_level set quantity = ${stock} where product_id = ${PRODUCT}`);
  await setStock(100);
  const [ann, bob] = [office.desk('ann'), office.desk('bob')];
  const { id, contentHash } = await ann.create(order(), 'stale-at-dispatch');
  expect((await bob.approve({ id, contentHash })).commands).toMatchObject([{ state: 'QUEUED' }]);
  await setStock(300);
  await using skiff = await running(KEY);
  const read = () => office.desk('ann').command(id);
  await expect.poll(read, { timeout: 20_000 }).toMatchObject({
    state: 'PROPOSED',
    reason: 'stockAtPlant was 100 and is 300',
    attempts: 0,
  });
  expect(await office.desk('ann').approvals(id)).toMatchObject([{ approver: 'bob', voidedAt: expect.any(String) }]);
  const history = await office.desk('ann').history(id);
  expect(history.at(-1)).toMatchObject({ actor: 'skiff', action: 'stale premise', fromState: 'QUEUED' });
  // The approval that was given before is no good any more, and nothing has reached the ERP.
  expect((await office.desk('bob').approve({ id, contentHash })).userErrors).toMatchObject([{ code: 'STALE_PREMISE' }]);
  expect(skiff.api.counters.requests.write).toBe(0);
});

test('a long line of one key keeps nobody of another from their turn', async () => {
  const [one, other] = products;
  const desk = office.desk('ann');
  const line = await Promise.all(
    Array.from({ length: 60 }, (_, at) => desk.create(order({ ...one, quantity: `${at + 1}.25` }), `line-${at}`)),
  );
  const last = await desk.create(order({ ...other, quantity: '61.25' }), 'behind-the-line');
  await using _skiff = await running(KEY, 1);
  await expect
    .poll(() => office.desk('ann').command(last.id), { timeout: 20_000 })
    .toMatchObject({
      state: 'ACKNOWLEDGED',
    });
  expect((await states()).QUEUED).toBeGreaterThan(0);
  await drained();
  expect(await states()).toEqual({ ACKNOWLEDGED: line.length + 1 });
});

test('after a restore nothing is sent until an operator confirms, and what the ERP has already is not sent again', async () => {
  const asked = await propose(2);
  const [applied] = asked;
  // Sent after the backup was taken: the outbox that came back does not know.
  await office.models.query(`update skiff.command_gate set database = 'the one before'`);
  await using skiff = await running(REFERENCE);
  const { rows } = await office.db.query<{ content: string }>('select content::text from skiff.command where id = $1', [
    applied?.id,
  ]);
  const { type, ...content } = JSON.parse(rows[0]?.content ?? '{}');
  const command = { type, content, reference: `skiff:${applied?.id}`, traceId: 't' };
  await skiff.channel.send(command, () => {}, AbortSignal.timeout(5_000));
  await sleep(1_200);
  expect(await states()).toEqual({ QUEUED: 2 });

  expect(await confirmRestore(office.db)).toBe(true);
  await drained();
  expect((await inErp(asked)).toSorted()).toEqual(asked.map((one) => one.quantity).toSorted());
  expect(await states()).toEqual({ ACKNOWLEDGED: 2 });
  expect(await confirmRestore(office.db)).toBe(false);
});
