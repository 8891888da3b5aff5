/** Keys that many ask for at once are read once, and nobody gets what was read before he asked. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { keyJoiner } from '../../erp/key-joiner.ts';

const { signal } = new AbortController();

test('200 who ask for 50 keys at once are served by one read of 50 keys', async () => {
  const reads: (readonly string[])[] = [];
  const read = keyJoiner({ most: 1_000, read: async (keys) => void reads.push(keys) });
  await Promise.all(
    Array.from({ length: 200 }, (_, asker) => read([`k${asker % 50}`, `k${(asker + 1) % 50}`], signal)),
  );
  expect(reads).toHaveLength(1);
  expect(reads[0]).toHaveLength(50);
});

test('more keys than one read takes are read by several', async () => {
  const reads: (readonly string[])[] = [];
  const read = keyJoiner({ most: 100, read: async (keys) => void reads.push(keys) });
  await read(
    Array.from({ length: 250 }, (_, key) => `k${key}`),
    signal,
  );
  expect(reads.map((keys) => keys.length)).toEqual([100, 100, 50]);
});

test('who asks while a read is under way gets one of its own', async () => {
  let written = 'old';
  const seen: string[] = [];
  const read = keyJoiner({
    most: 10,
    read: async () => {
      const found = written;
      await sleep(30);
      seen.push(found);
    },
  });
  const first = read(['k'], signal);
  await sleep(15);
  written = 'new';
  await read(['k'], signal);
  await first;
  expect(seen).toEqual(['old', 'new']);
});

test('a read that fails fails for those who share it, and not for the next', async () => {
  let times = 0;
  const read = keyJoiner({
    most: 10,
    read: async () => {
      if (++times === 1) throw new Error('refused');
    },
  });
  const shared = await Promise.allSettled([read(['a'], signal), read(['b'], signal)]);
  expect(shared.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await read(['a'], signal);
});

test('a read is given up when the last who waits for it has left, not before', async () => {
  let ended: unknown;
  const read = keyJoiner({
    most: 10,
    read: async (_, inTime) => {
      await sleep(10_000, undefined, { signal: inTime }).catch(() => {});
      ended = inTime.aborted;
    },
  });
  const leaving = [new AbortController(), new AbortController()];
  const asked = leaving.map((one) => read(['k'], one.signal).catch(() => 'left'));
  await sleep(20);
  leaving[0]?.abort();
  await sleep(20);
  expect(ended).toBeUndefined();
  leaving[1]?.abort();
  expect(await Promise.all(asked)).toEqual(['left', 'left']);
  await sleep(1);
  expect(ended).toBe(true);
});
