/** What a barrier tells of before it is reached. */
import { expect, test } from 'vitest';
import { type BarrierSource, Barriers } from '../../../erp/postgres/barriers.ts';
import { watermarkOf } from '../../../erp/postgres/lsn.ts';
import type { Watermark } from '../../../erp/watermark.ts';

const erpAt = (lsn: string): BarrierSource => ({
  flushed: async () => watermarkOf(lsn),
  askStream: () => {},
  nudge: async () => {},
  allowanceMs: 0,
});

test('what is waited for is told as soon as the ERP has said, and taken back when its stream is lost', async () => {
  const barriers = new Barriers();
  const known: (Watermark | null)[] = [];
  const told = () => expect.poll(() => known.length);
  const waiting = barriers.wait(AbortSignal.timeout(10_000), (barrier) => known.push(barrier?.position ?? null));
  expect(barriers.awaited).toBeNull();

  barriers.open(erpAt('0/300'), watermarkOf('0/100'));
  await told().toBe(1);
  expect(barriers.awaited).toBe(watermarkOf('0/300'));
  barriers.close();
  // The next is of a server that was restored from a backup: it has not come so far.
  barriers.open(erpAt('0/200'), watermarkOf('0/100'));
  await told().toBe(3);
  barriers.reached(watermarkOf('0/200'));

  expect(known).toEqual([watermarkOf('0/300'), null, watermarkOf('0/200')]);
  expect((await waiting).position).toBe(watermarkOf('0/200'));
  expect(barriers.awaited).toBeNull();
});
