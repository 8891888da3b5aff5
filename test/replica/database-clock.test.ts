import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DatabaseClock } from '../../replica/database-clock.ts';

test('the latest the clock may show is never before what it shows, and not later than the quickest answer leaves open', () => {
  const answers = fc.array(
    fc.record({
      pauseMs: fc.integer({ min: 0, max: 5_000 }),
      thereMs: fc.integer({ min: 0, max: 50 }),
      backMs: fc.integer({ min: 0, max: 50 }),
    }),
    { minLength: 1, maxLength: 30 },
  );
  fc.assert(
    fc.property(answers, fc.integer({ min: -1_000_000, max: 1_000_000 }), (rounds, distance) => {
      const clock = new DatabaseClock();
      let now = 0;
      for (const { pauseMs, thereMs, backMs } of rounds) {
        const sentAt = now + pauseMs;
        now = sentAt + thereMs + backMs;
        clock.shown(sentAt + thereMs + distance, sentAt, now);
      }
      const quickest = Math.min(...rounds.map(({ thereMs }) => thereMs));
      expect(clock.latest(now)).toBeGreaterThanOrEqual(now + distance);
      expect(clock.latest(now)).toBeLessThanOrEqual(now + distance + quickest + now * 0.001);
    }),
  );
});

test('a clock that was set is believed at once', () => {
  const clock = new DatabaseClock();
  clock.shown(1_000_000, 10, 12);
  clock.shown(1_600_100, 110, 112);
  expect(clock.latest(112)).toBeGreaterThanOrEqual(1_600_100);
  clock.shown(500_200, 210, 212);
  expect(clock.latest(212)).toBeLessThanOrEqual(500_203);
});

test('nothing is known before the first answer: everything looks old', () => {
  expect(new DatabaseClock().latest(5)).toBe(Number.POSITIVE_INFINITY);
});
