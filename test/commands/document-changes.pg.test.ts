/** Commands on a document that is there: planned for other days, or given up; and when their effect counts as seen. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Command } from '../../commands/command.ts';
import { confirmDue } from '../../commands/confirmation/confirm.ts';
import { type CommandOffice, commandOffice } from './commands.ts';

let office: CommandOffice;
let keys = 0;
beforeAll(async () => {
  office = await commandOffice();
});
afterAll(() => office[Symbol.asyncDispose]());

const reschedule = (productionOrderId: string, start: string, end: string) =>
  office
    .desk('ann')
    .create(
      { type: 'RESCHEDULE_PRODUCTION_ORDER', productionOrderId, plannedStartDate: start, plannedEndDate: end },
      `key-${keys++}`,
    );
const cancelOf = (productionOrderId: string) =>
  office.desk('ann').create({ type: 'CANCEL_PRODUCTION_ORDER', productionOrderId }, `key-${keys++}`);
const chosen = ({ id, contentHash }: Command) => ({ id, contentHash });
const setOrder = (id: string, set: string) =>
  office.models.query(`update read.production_order set ${set} where id = ${id}`);
const acknowledged = ({ id }: Command) =>
  office.models.query(
    `update skiff.command set state = 'ACKNOWLEDGED', acknowledged_at = now(), due_at = now() where id = '${id}'`,
  );

async function confirmed(command: Command): Promise<Command | null> {
  const { db, settings } = office;
  await office.models.query(`update skiff.command set due_at = now() where state = 'ACKNOWLEDGED'`);
  await confirmDue({ db, reading: settings, confirmWithinMs: 60_000, signal: AbortSignal.timeout(5_000) });
  return office.desk('bob').command(command.id);
}

test('it is of the plant of its document, waits for approval, and is seen at the document', async () => {
  const command = await reschedule('4', '2027-02-01', '2027-02-03');
  const row = await office.settings.openReads('2026-11-22', { plants: '*' }).byIds('ProductionOrder', ['4']);
  expect(command).toMatchObject({
    state: 'PROPOSED',
    plantCode: row.get('4')?.plantCode,
    businessKey: 'production-order/4',
    document: { type: 'ProductionOrder', id: '4' },
  });
  expect(await office.desk('bob').commandsOfDocument('ProductionOrder', '4')).toMatchObject([{ id: command.id }]);
});

test('a document that is not there, or of a plant that is not mine, cannot be changed', async () => {
  const refused = { extensions: { code: 'NOT_FOUND' } };
  await expect(cancelOf('999999')).rejects.toMatchObject(refused);
  const elsewhere = office.desk('ann', undefined, ['no plant']);
  const cancel = { type: 'CANCEL_PRODUCTION_ORDER', productionOrderId: '4' };
  await expect(elsewhere.create(cancel, `key-${keys++}`)).rejects.toMatchObject(refused);
});

test('who approves is told that the document was moved, or taken up, since it was proposed', async () => {
  await setOrder('5', `status = 'DRAFT', planned_start_date = '2027-01-04', planned_end_date = '2027-01-05'`);
  const moved = await reschedule('5', '2027-02-01', '2027-02-03');
  const given = await cancelOf('5');
  await setOrder('5', `planned_end_date = '2027-01-06'`);
  const bob = office.desk('bob');
  expect((await bob.approve(chosen(moved))).userErrors).toMatchObject([
    {
      code: 'STALE_PREMISE',
      message: 'productionOrderDates was 2027-01-04 to 2027-01-05 and is 2027-01-04 to 2027-01-06.',
    },
  ]);
  // Whether it may be given up does not depend on its days.
  expect((await bob.approve(chosen(given))).commands).toMatchObject([{ state: 'QUEUED' }]);
  const late = await cancelOf('5');
  await setOrder('5', `status = 'RUNNING'`);
  expect((await bob.approve(chosen(late))).userErrors).toMatchObject([
    { code: 'STALE_PREMISE', path: [late.id, 'productionOrderStatus'] },
  ]);
});

test('a change is confirmed as it was asked, or says which fields somebody set otherwise since', async () => {
  const command = await reschedule('8', '2027-02-01', '2027-02-03');
  await setOrder('8', `planned_start_date = '2027-02-01', planned_end_date = '2027-02-03'`);
  await acknowledged(command);
  expect(await confirmed(command)).toMatchObject({ state: 'CONFIRMED', overtaken: [] });
  const overtaken = await reschedule('8', '2027-03-01', '2027-03-03');
  await setOrder('8', `planned_start_date = '2027-03-01', planned_end_date = '2027-03-09'`);
  await acknowledged(overtaken);
  expect(await confirmed(overtaken)).toMatchObject({ state: 'CONFIRMED', overtaken: ['plannedEndDate'] });
});

test('what was given up is confirmed when it is cancelled, or gone, and not before', async () => {
  await setOrder('9', `status = 'DRAFT'`);
  const command = await cancelOf('9');
  await acknowledged(command);
  expect(await confirmed(command)).toMatchObject({ state: 'ACKNOWLEDGED' });
  await setOrder('9', `status = 'CANCELLED'`);
  expect(await confirmed(command)).toMatchObject({ state: 'CONFIRMED' });

  const gone = await cancelOf('10');
  await acknowledged(gone);
  await office.models.query('delete from read.production_order where id = 10');
  expect(await confirmed(gone)).toMatchObject({ state: 'CONFIRMED' });
});

test('what was acknowledged and is not seen in time is overdue, and confirmed when it is seen after all', async () => {
  await setOrder('11', `status = 'DRAFT'`);
  const command = await cancelOf('11');
  await acknowledged(command);
  await office.models.query(
    `update skiff.command set acknowledged_at = now() - interval '2 minutes' where id = '${command.id}'`,
  );
  expect(await confirmed(command)).toMatchObject({ state: 'OVERDUE', reason: expect.stringMatching(/can be seen/) });
  await setOrder('11', `status = 'CANCELLED'`);
  await office.models.query(`update skiff.command set due_at = now() where id = '${command.id}'`);
  expect(await confirmed(command)).toMatchObject({ state: 'CONFIRMED', reason: null });
});

test('a person who says what became of it can speak of its document alone', async () => {
  const command = await cancelOf('12');
  await office.models.query(
    `update skiff.command set state = 'DEAD_LETTER', fault = 'UNKNOWN' where id = '${command.id}'`,
  );
  const bob = office.desk('bob');
  expect((await bob.settle(command.id, '13')).userErrors).toMatchObject([{ code: 'WRONG_DOCUMENT' }]);
  expect((await bob.settle(command.id, '12')).commands).toMatchObject([{ state: 'ACKNOWLEDGED' }]);
});
