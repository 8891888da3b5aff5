/** The inbox between stream and applier: order, sizes and ends of transactions, however things come. */
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Change } from '../../../erp/change.ts';
import { type Delivery, Inbox } from '../../../erp/postgres/inbox.ts';
import { watermarkOf } from '../../../erp/postgres/lsn.ts';
import type { Watermark } from '../../../erp/watermark.ts';

const at = (transaction: number): Watermark => watermarkOf(`0/${transaction.toString(16)}`);

/** What the stream brings: transactions of some changes, with a task before one of them; positions between. */
const transaction = fc.record({
  changes: fc.integer({ min: 0, max: 40 }),
  taskAt: fc.option(fc.nat(40)),
  /** The stream makes a pause after that change. */
  pauseAt: fc.option(fc.nat(40)),
});
const stream = fc.array(fc.oneof({ weight: 4, arbitrary: transaction }, { weight: 1, arbitrary: fc.constant(null) }), {
  minLength: 1,
  maxLength: 30,
});
const batchSize = fc.integer({ min: 1, max: 15 });
/** For how many turns of the event loop the applier is busy with each delivery. */
const busy = fc.infiniteStream(fc.nat(3));

const isPosition = (entry: string) => entry.startsWith('to ');
const withoutPositions = (entries: readonly string[]) => entries.filter((entry) => !isPosition(entry));

test('every change comes out once and in order, in batches that fit, with the end of its transaction', async () => {
  await fc.assert(
    fc.asyncProperty(stream, batchSize, busy, async (happenings, size, turns) => {
      const inbox = new Inbox(() => size);
      const sent: string[] = [];
      const came: string[] = [];
      const applier = apply(inbox, size, came, turns);

      for (const [index, happening] of happenings.entries()) {
        const end = at(index + 1);
        if (!happening) {
          inbox.addPosition(end);
        } else {
          await send(inbox, index, happening, sent, came);
          inbox.addCommit(end);
        }
        sent.push(`to ${end}`);
      }
      while (came.filter(isPosition).at(-1) !== sent.at(-1)) await turn();
      inbox.fail(new Error('over'));
      await expect(applier).rejects.toThrow('over');

      expect(withoutPositions(came)).toEqual(withoutPositions(sent));
      // A position comes out when all that was sent before it has, and nothing that was sent after it.
      for (const position of came.filter(isPosition)) {
        const before = withoutPositions(sent.slice(0, sent.indexOf(position)));
        expect(withoutPositions(came.slice(0, came.indexOf(position)))).toEqual(before);
      }
    }),
  );
});

async function send(
  inbox: Inbox,
  index: number,
  { changes, taskAt, pauseAt }: { changes: number; taskAt: number | null; pauseAt: number | null },
  sent: string[],
  came: string[],
): Promise<void> {
  for (let n = 0; n < changes; n++) {
    if (n === taskAt) {
      const name = `task ${index}`;
      inbox.addTask(async () => void came.push(name));
      sent.push(name);
    }
    const change: Change = { op: 'truncate', table: `${index}.${n}` };
    inbox.addChange(change, 10);
    sent.push(change.table);
    if (n === pauseAt) await turn();
  }
}

async function apply(inbox: Inbox, size: number, came: string[], turns: fc.Stream<number>): Promise<never> {
  for (;;) {
    const delivery = await inbox.next();
    came.push(...(await entriesOf(delivery, size)));
    const { value } = turns.next();
    for (let n = 0; n < value; n++) await turn();
  }
}

async function entriesOf(delivery: Delivery, size: number): Promise<string[]> {
  if (delivery.kind === 'task') {
    await delivery.task();
    return [];
  }
  if (delivery.kind === 'position') return [`to ${delivery.position}`];
  expect(delivery.changes.length).toBeGreaterThan(0);
  expect(delivery.changes.length).toBeLessThanOrEqual(size);
  return [...delivery.changes.map(({ table }) => table), ...(delivery.through ? [`to ${delivery.through}`] : [])];
}

test('a batch ends with the transaction that somebody waits for', async () => {
  let awaited: Watermark | null = at(2);
  const inbox = new Inbox(
    () => 100,
    () => awaited,
  );
  for (let transaction = 1; transaction <= 4; transaction++) {
    inbox.addChange({ op: 'truncate', table: String(transaction) }, 10);
    inbox.addCommit(at(transaction));
  }

  const first = await inbox.next();
  awaited = null;
  const second = await inbox.next();

  expect(first).toMatchObject({ kind: 'batch', changes: [{ table: '1' }, { table: '2' }], through: at(2) });
  expect(second).toMatchObject({ kind: 'batch', changes: [{ table: '3' }, { table: '4' }], through: at(4) });
});
