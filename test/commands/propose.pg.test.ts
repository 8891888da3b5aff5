import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDesk } from '../../commands/desk.ts';
import { ALL_PLANTS } from '../../replica/access-scope.ts';
import { commandPool } from '../../replica/connect.ts';
import { type CommandOffice, commandOffice, order, PLANT } from './commands.ts';

let office: CommandOffice;
beforeAll(async () => {
  office = await commandOffice();
});
afterAll(() => office[Symbol.asyncDispose]());

test('a small quantity is queued at once, a larger one waits for approval, a large one for two', async () => {
  const desk = office.desk('ann');
  const small = await desk.create(order({ quantity: '100.000' }), 'small');
  const larger = await desk.create(order({ quantity: '101' }), 'larger');
  const large = await desk.create(order({ quantity: '1001' }), 'large');
  expect([small, larger, large].map(({ state, approvalsNeeded }) => [state, approvalsNeeded.length])).toEqual([
    ['QUEUED', 0],
    ['PROPOSED', 1],
    ['PROPOSED', 2],
  ]);
  expect(small).toMatchObject({ content: { quantity: '100' }, premise: null, expiresAt: null });
  expect(larger.premise).toMatchObject({ billOfMaterial: expect.any(String), stockAtPlant: expect.any(String) });
});

test('the same key with the same request is the same command, from many at once and from another process', async () => {
  const pool = commandPool(office.models.url, 2);
  const elsewhere = openDesk({ ...office.settings, db: pool });
  const bob = { name: 'bob', scopes: new Set(['propose:*']), access: ALL_PLANTS, traceId: 'elsewhere', address: null };
  const asked = Array.from({ length: 20 }, (_, at) =>
    (at % 2 === 0 ? office.desk('bob') : elsewhere(bob)).create(order(), 'once'),
  );
  const ids = new Set((await Promise.all(asked)).map(({ id }) => id));
  expect(ids.size).toBe(1);
  const again = await office.desk('bob').create(order({ quantity: '500.0' }), 'once');
  expect(ids).toContain(again.id);
  await pool.end();
});

test('the same key with another request is refused, for one command and for a plan alike', async () => {
  const desk = office.desk('cid');
  await desk.create(order(), 'mine');
  const refused = { extensions: { code: 'IDEMPOTENCY_CONFLICT' } };
  await expect(desk.create(order({ quantity: '501' }), 'mine')).rejects.toMatchObject(refused);
  await expect(desk.proposePlan({ lines: [order()], note: null }, 'mine')).rejects.toMatchObject(refused);
});

test("another principal's key is another key", async () => {
  const [one, other] = await Promise.all([
    office.desk('dan').create(order(), 'shared'),
    office.desk('eve').create(order({ quantity: '7' }), 'shared'),
  ]);
  expect(one.id).not.toBe(other.id);
  expect(other.proposer).toBe('eve');
});

test('a plan is accepted whole, and its commands wait for approval however small', async () => {
  const desk = office.desk('fay');
  const lines = [order({ quantity: '1' }), order({ quantity: '2' }), order({ quantity: '3' })];
  const plan = await desk.proposePlan({ lines, note: 'week 49' }, 'plan');
  expect(plan.commands.map(({ state, planId }) => [state, planId])).toEqual(lines.map(() => ['PROPOSED', plan.id]));
  expect((await desk.proposePlan({ lines, note: 'week 49' }, 'plan')).id).toBe(plan.id);
});

test('what is wrong with a request is named by its place, and nothing of it is kept', async () => {
  const desk = office.desk('gus');
  const wrong = order({ quantity: '-1', plannedEndDate: 'tomorrow' });
  await expect(desk.create(wrong, 'wrong')).rejects.toMatchObject({
    extensions: { code: 'BAD_USER_INPUT' },
    message: expect.stringMatching(/input.quantity must be a positive number.*input.plannedEndDate must be a day/),
  });
  await expect(desk.create(order({ plannedEndDate: '2026-11-30' }), 'wrong')).rejects.toThrow(/not be before/);
  await expect(desk.create(order(), 'with a space')).rejects.toThrow(/input.idempotencyKey/);
  expect((await desk.commands({ proposer: 'gus' }, {})).rows).toEqual([]);
});

test('who lacks the scope, or the plant, proposes nothing', async () => {
  const reader = office.desk('hal', ['read:*']);
  await expect(reader.create(order(), 'key')).rejects.toMatchObject({ extensions: { code: 'FORBIDDEN' } });
  const elsewhere = office.desk('hal', ['read:*', 'propose:production'], ['P1']);
  await expect(elsewhere.create(order(), 'key')).rejects.toMatchObject({ extensions: { code: 'NOT_FOUND' } });
});

test('a command of another plant is as if it were not there', async () => {
  const { id } = await office.desk('ida').create(order(), 'hidden');
  const elsewhere = office.desk('ivy', undefined, ['P1']);
  expect(await elsewhere.command(id)).toBeNull();
  expect((await elsewhere.commands({ proposer: 'ida' }, {})).rows).toEqual([]);
  await expect(elsewhere.reject(id, 'no')).rejects.toMatchObject({ extensions: { code: 'NOT_FOUND' } });
  expect(await office.desk('ivy', undefined, ['P1', PLANT]).command(id)).toMatchObject({ id });
});

test('the list pages from the newest to the oldest, each command once', async () => {
  const desk = office.desk('jim');
  for (let at = 0; at < 7; at++) await desk.create(order({ quantity: `${at + 1}` }), `page-${at}`);
  const seen: string[] = [];
  let after: string | null = null;
  for (;;) {
    const page: Awaited<ReturnType<typeof desk.commands>> = await desk.commands(
      { proposer: 'jim' },
      { first: 3, after },
    );
    seen.push(...page.rows.map(({ content }) => ('quantity' in content ? content.quantity : '')));
    const last = page.rows.at(-1);
    if (!page.hasNextPage || !last) break;
    after = desk.cursor(last);
  }
  expect(seen).toEqual(['7', '6', '5', '4', '3', '2', '1']);
});
