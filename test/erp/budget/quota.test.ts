/** Whatever is asked of the budget, the ERP's limits are kept, and what they leave is used in order of priority. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { BudgetLimits } from '../../../erp/budget/limits.ts';
import { type Simulation, simulate } from './simulated-erp.ts';

const limits: BudgetLimits = { requests: 100, windowMs: 20_000, concurrency: 4, callTimeoutMs: 10_000 };
const usual: Omit<Simulation, 'loads'> = { limits, seed: 1, forMs: 120_000, latencyMs: { least: 20, most: 200 } };
/** As many as the quota allows over the whole time. */
const offered = (usual.forMs / limits.windowMs) * limits.requests;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the limits are kept', () => {
  const random = { least: 1, most: 4_000 };
  test.each([1, 2, 3, 4, 5, 6])('by three processes that ask for ten times as much (seed %i)', async (seed) => {
    const requests = [1, 7, 50, 100][seed % 4] ?? 100;
    const concurrency = [1, 2, 5, 30][(seed >> 1) % 4] ?? 4;
    const seen = await simulate({
      ...usual,
      seed,
      forMs: 60_000,
      latencyMs: random,
      limits: { ...limits, requests, concurrency },
      loads: [
        { kind: 'interactive', perSecond: requests / 10, processes: 2 },
        { kind: 'command', perSecond: requests / 10, processes: 1 },
        { kind: 'poll', perSecond: null, processes: 3 },
        { kind: 'backfill', perSecond: null, processes: 3 },
      ],
    });
    expect(seen.mostInWindow).toBeLessThanOrEqual(requests);
    expect(seen.mostAtOnce).toBeLessThanOrEqual(concurrency);
    expect(seen.waitsMs.interactive.length).toBeGreaterThan(0);
  });
});

test('a backfill uses nearly all of what the other classes leave', async () => {
  const seen = await simulate({
    ...usual,
    loads: [
      { kind: 'interactive', perSecond: 1.5, processes: 1 },
      { kind: 'poll', perSecond: 0.5, processes: 1 },
      { kind: 'backfill', perSecond: null, processes: 4 },
    ],
  });
  const left = offered - seen.waitsMs.interactive.length - seen.waitsMs.poll.length;
  expect(seen.waitsMs.backfill.length / left).toBeGreaterThanOrEqual(0.9);
});

test('a backfill does not make those wait who are in a hurry', async () => {
  const interactive = { kind: 'interactive', perSecond: 0.5, processes: 2 } as const;
  const alone = await simulate({ ...usual, loads: [interactive] });
  const beside = await simulate({
    ...usual,
    loads: [interactive, { kind: 'backfill', perSecond: null, processes: 6 }],
  });
  expect(quantile(beside.waitsMs.interactive, 0.95)).toBeLessThanOrEqual(
    quantile(alone.waitsMs.interactive, 0.95) + 20,
  );
});

test('a lower class is not starved by a higher one that leaves something', async () => {
  const seen = await simulate({
    ...usual,
    limits: { ...limits, concurrency: 2 },
    loads: [
      { kind: 'interactive', perSecond: 3, processes: 1 },
      { kind: 'backfill', perSecond: null, processes: 2 },
    ],
  });
  expect(seen.waitsMs.backfill.length / (offered - seen.waitsMs.interactive.length)).toBeGreaterThanOrEqual(0.8);
});

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length * share)] ?? 0;
