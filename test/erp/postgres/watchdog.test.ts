/** What the watchdog makes of what it sees, and how soon it looks again. */
import { expect, test } from 'vitest';
import { judge, lookAgainMs } from '../../../erp/postgres/watchdog.ts';

const MB = 2 ** 20;
const limits = { limitBytes: 256 * MB, hardLimitBytes: 1_024 * MB };

test.each([
  ['is well below the limit', 255, 255, 100, 'well'],
  ['goes at the limit if we have not read what it keeps', 256, 256, 0, 'drop'],
  ['goes if its reader hangs though a transaction of the ERP held most of it back', 256, 50, 40, 'drop'],
  ['is kept if we have read all of it', 300, 0, 0, 'held by the ERP'],
  ['is kept if we have read all but what was just written', 300, 50, 60, 'held by the ERP'],
  ['goes if most of it is unread, though it was just written', 300, 200, 300, 'drop'],
  ['is kept while it is being created, for which it waits for the ERP', 300, null, 0, 'held by the ERP'],
  ['goes at the hard limit, whoever holds it back', 1_024, 0, 0, 'drop'],
])('a slot %s', (_, retained, unread, justWritten, verdict) => {
  const written = 5_000 * MB;
  const sight = { written, keptFrom: written - retained * MB, read: unread === null ? null : written - unread * MB };
  expect(judge(sight, written - justWritten * MB, limits)).toBe(verdict);
});

test('however fast the ERP writes, the limit is passed by less than a tenth before the next look', () => {
  for (const megabytesPerSecond of [0, 1, 50, 200, 600, 1_000]) {
    for (const limitBytes of [256 * MB, 4_096 * MB]) {
      const bytesPerMs = (megabytesPerSecond * MB) / 1_000;
      let retainedBytes = 0;
      while (retainedBytes < limitBytes)
        retainedBytes += lookAgainMs(retainedBytes, bytesPerMs, limitBytes) * (bytesPerMs || MB);
      expect(retainedBytes).toBeLessThan(limitBytes * 1.1 + (bytesPerMs === 0 ? MB * 1_000 : 0));
    }
  }
});

test('an ERP that is idle is looked at once a second', () => {
  expect(lookAgainMs(0, 0, limits.limitBytes)).toBe(1_000);
});
