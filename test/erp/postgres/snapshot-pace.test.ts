/** A slot that is lost again and again does not have the ERP read its tables without end. */
import { expect, test } from 'vitest';
import { SnapshotPace } from '../../../erp/postgres/snapshot-pace.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** How long each next snapshot waits when the slot is lost as soon as it is made. */
function waits(pace: SnapshotPace, times: number, startMs = 0): number[] {
  let nowMs = startMs;
  return Array.from({ length: times }, () => {
    const waitMs = pace.waitMs(nowMs);
    nowMs += waitMs;
    pace.taken(nowMs);
    return waitMs;
  });
}

test('the first loss is made good at once, the next ones wait for longer and longer, an hour at the most', () => {
  const [first, second, ...others] = waits(new SnapshotPace(MINUTE), 12);
  expect([first, second]).toEqual([0, 0]);
  expect(others.slice(0, 4)).toEqual([1, 2, 4, 8].map((minutes) => minutes * MINUTE));
  expect(others.at(-1)).toBe(HOUR);
});

test('what has passed since the last snapshot counts', () => {
  const pace = new SnapshotPace(MINUTE);
  waits(pace, 2);
  expect(pace.waitMs(MINUTE / 4)).toBe((MINUTE * 3) / 4);
  expect(pace.waitMs(MINUTE)).toBe(0);
});

test('after quiet hours a loss is a first one again', () => {
  const pace = new SnapshotPace(MINUTE);
  waits(pace, 6);
  expect(waits(pace, 2, 10 * HOUR)).toEqual([0, 0]);
});
