import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Command } from '../../commands/command.ts';
import { openDesk } from '../../commands/desk.ts';
import { type CommandOffice, commandOffice, order, PLANT, PRODUCT } from './commands.ts';

let office: CommandOffice;
let keys = 0;
const newKey = () => `key-${keys++}`;
const setStock = (quantity: number) =>
  office.models.query(`update read.stock_level set quantity = ${quantity} where product_id = ${PRODUCT}`);
const propose = (differences: Readonly<Record<string, string>> = {}) =>
  office.desk('ann').create(order(differences), newKey());
const chosen = ({ id, contentHash }: Command) => ({ id, contentHash });

beforeAll(async () => {
  office = await commandOffice();
});
beforeEach(() => setStock(100));
afterAll(() => office[Symbol.asyncDispose]());

test('an approval of another person queues it, and the audit says on what premise', async () => {
  const command = await propose();
  const { commands, userErrors } = await office.desk('bob').approve(chosen(command));
  expect(userErrors).toEqual([]);
  expect(commands).toMatchObject([{ state: 'QUEUED' }]);
  const history = await office.desk('bob').history(command.id);
  expect(history.map(({ actor, action, fromState, toState }) => [actor, action, fromState, toState])).toEqual([
    ['ann', 'propose', null, 'PROPOSED'],
    ['bob', 'approve', 'PROPOSED', 'APPROVED'],
    ['bob', 'queue', 'APPROVED', 'QUEUED'],
  ]);
  expect(history[1]).toMatchObject({ address: '192.0.2.1', detail: { premise: { stockAtPlant: '100' } } });
  expect(new Set(history.map(({ traceId }) => traceId))).toEqual(new Set(['trace-of-ann']));
});

test('neither who proposed it nor who edited it approves it', async () => {
  const command = await propose();
  expect((await office.desk('ann').approve(chosen(command))).userErrors).toMatchObject([{ code: 'FOUR_EYES' }]);
  const { commands } = await office.desk('bob').edit(chosen(command), order({ quantity: '600' }));
  const [edited = command] = commands;
  for (const name of ['ann', 'bob']) {
    expect((await office.desk(name).approve(chosen(edited))).userErrors).toMatchObject([{ code: 'FOUR_EYES' }]);
  }
  expect((await office.desk('cid').approve(chosen(edited))).commands).toMatchObject([{ state: 'QUEUED' }]);
});

test('a large quantity takes two people, each once', async () => {
  const command = await propose({ quantity: '5000' });
  const bob = office.desk('bob');
  expect((await bob.approve(chosen(command))).commands).toMatchObject([{ state: 'PROPOSED' }]);
  expect((await bob.approve(chosen(command))).userErrors).toMatchObject([{ code: 'ALREADY_APPROVED' }]);
  expect((await office.desk('cid').approve(chosen(command))).commands).toMatchObject([{ state: 'QUEUED' }]);
});

test('approvals that race count once each, and it is queued once', async () => {
  const command = await propose({ quantity: '5000' });
  const names = ['bob', 'cid', 'dan', 'eve', 'bob', 'cid'];
  await Promise.all(names.map((name) => office.desk(name).approve(chosen(command))));
  const history = await office.desk('ann').history(command.id);
  expect(history.filter(({ action }) => action === 'approve')).toHaveLength(2);
  expect(history.filter(({ action }) => action === 'queue')).toHaveLength(1);
});

test('an approval that is sent again is refused: once it is queued, once it is given up, and once it says something else', async () => {
  const command = await propose();
  const bob = office.desk('bob');
  await bob.approve(chosen(command));
  const again = await bob.approve(chosen(command));
  expect(again).toMatchObject({ commands: [{ state: 'QUEUED' }], userErrors: [{ code: 'WRONG_STATE' }] });
  await bob.cancel(command.id);
  expect((await bob.approve(chosen(command))).userErrors).toMatchObject([{ code: 'WRONG_STATE' }]);
  const history = await bob.history(command.id);
  expect(history.filter(({ action }) => action === 'approve')).toHaveLength(1);
  expect(history.filter(({ action }) => action === 'queue')).toHaveLength(1);

  const edited = await propose();
  const { commands } = await office.desk('ann').edit(chosen(edited), order({ quantity: '501' }));
  expect((await bob.approve(chosen(edited))).userErrors).toMatchObject([{ code: 'CONTENT_CHANGED' }]);
  expect(commands).toMatchObject([{ state: 'PROPOSED' }]);
});

test('an approval of what it said before an edit is refused, and earlier approvals are void', async () => {
  const command = await propose({ quantity: '5000' });
  await office.desk('bob').approve(chosen(command));
  const { commands } = await office.desk('ann').edit(chosen(command), order({ quantity: '6000' }));
  const [edited = command] = commands;
  expect((await office.desk('cid').approve(chosen(command))).userErrors).toMatchObject([{ code: 'CONTENT_CHANGED' }]);
  expect((await office.desk('cid').approve(chosen(edited))).commands).toMatchObject([{ state: 'PROPOSED' }]);
  expect(
    (await office.desk('ann').approvals(command.id)).map(({ approver, voidedAt }) => [approver, voidedAt !== null]),
  ).toEqual([
    ['bob', true],
    ['cid', false],
  ]);
});

test('a premise that no longer holds is shown fact by fact, and an edit takes it anew', async () => {
  const command = await propose();
  await setStock(150);
  const { commands, userErrors } = await office.desk('bob').approve(chosen(command));
  const message = 'stockAtPlant was 100 and is 150.';
  expect(userErrors).toEqual([{ code: 'STALE_PREMISE', message, path: [command.id, 'stockAtPlant'] }]);
  expect(commands).toMatchObject([{ state: 'PROPOSED', reason: message }]);
  await office.desk('ann').edit(chosen(command), order());
  expect((await office.desk('bob').approve(chosen(command))).commands).toMatchObject([{ state: 'QUEUED' }]);
});

test('a change within the tolerance, or of something else, sends nothing back', async () => {
  const command = await propose();
  await setStock(115);
  await office.models.query(`update read.product set name = 'renamed' where id = ${PRODUCT}`);
  expect((await office.desk('bob').approve(chosen(command))).commands).toMatchObject([{ state: 'QUEUED' }]);
});

test('where the ERP cannot be asked, nothing is decided', async () => {
  const command = await propose();
  const { source, ...settings } = office.settings;
  const desk = openDesk({
    ...settings,
    source: {
      ...source,
      latestNow: () => Number.POSITIVE_INFINITY,
      ask: async () => ({ id: '', answer: 'unavailable', asOf: null }),
    },
  });
  const bob = desk({
    name: 'bob',
    scopes: new Set(['approve:*']),
    access: { plants: '*' },
    traceId: 't',
    address: null,
  });
  await expect(bob.approve(chosen(command))).rejects.toMatchObject({ extensions: { code: 'ERP_UNAVAILABLE' } });
  expect(await office.desk('ann').command(command.id)).toMatchObject({ state: 'PROPOSED' });
});

test('who lacks the scope, or the plant, approves and rejects nothing', async () => {
  const command = await propose();
  const shipper = office.desk('bob', ['read:*', 'approve:shipping']);
  expect((await shipper.approve(chosen(command))).userErrors).toMatchObject([{ code: 'NOT_AN_APPROVER' }]);
  expect((await shipper.reject(command.id, 'no')).userErrors).toMatchObject([{ code: 'NOT_AN_APPROVER' }]);
  const elsewhere = office.desk('bob', undefined, ['P1']);
  await expect(elsewhere.approve(chosen(command))).rejects.toMatchObject({ extensions: { code: 'NOT_FOUND' } });
});

test('a proposal whose time is over is not approved', async () => {
  const command = await propose();
  await office.models.query(`update skiff.command set expires_at = now() where id = '${command.id}'`);
  expect((await office.desk('bob').approve(chosen(command))).userErrors).toMatchObject([{ code: 'EXPIRED' }]);
});

test('a plan is approved whole or not at all', async () => {
  const ann = office.desk('ann');
  const lines = [order({ quantity: '1' }), order({ quantity: '2' })];
  const { id, commands } = await ann.proposePlan({ lines, note: null }, newKey());
  const [first, second] = commands;
  if (!first || !second) throw new Error('The plan has no commands');
  const half = await office.desk('bob').approvePlan(id, [chosen(first), { id: second.id, contentHash: 'another' }]);
  expect(half.userErrors).toMatchObject([{ code: 'CONTENT_CHANGED', path: [second.id] }]);
  const states = async () => (await office.desk('ann').commandsOfPlan(id)).map(({ state }) => state);
  expect(await states()).toEqual(['PROPOSED', 'PROPOSED']);
  await office.desk('bob').approvePlan(id, commands.map(chosen));
  expect(await states()).toEqual(['QUEUED', 'QUEUED']);
});

test('the approval desk shows what waits for me: not my own, not what I approved, not without the scope', async () => {
  const command = await propose({ quantity: '9999' });
  const waiting = async (name: string, scopes?: readonly string[]) =>
    (await office.desk(name, scopes).commands({ waitingForMe: true, plantCode: PLANT }, {})).rows.map(({ id }) => id);
  expect(await waiting('ann')).not.toContain(command.id);
  expect(await waiting('bob')).toContain(command.id);
  expect(await waiting('bob', ['read:*', 'approve:shipping'])).not.toContain(command.id);
  await office.desk('bob').approve(chosen(command));
  expect(await waiting('bob')).not.toContain(command.id);
});

test('the audit takes no change', async () => {
  await propose();
  await expect(office.models.query('update skiff.command_event set actor = null')).rejects.toThrow(
    /only ever added to/,
  );
  await expect(office.models.query('delete from skiff.command_event')).rejects.toThrow(/only ever added to/);
});
