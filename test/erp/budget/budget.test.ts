/** What a caller of the budget meets: an ERP that asks for silence, one that fails, one that is silent, and others before it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { memoryBudgetStore } from '../../../erp/budget/memory-store.ts';
import { type BudgetLimits, type CallBudget, callBudget, ErpUnavailable } from '../../../erp/budget.ts';
import { ErpCallFailed } from '../../../erp/transport.ts';

const roomy: BudgetLimits = { requests: 10_000, windowMs: 10_000, concurrency: 100, callTimeoutMs: 5_000 };
const { signal } = new AbortController();
const answer = async () => 'answer';
const failing =
  (status: number | null, retryAfterMs: number | null = null) =>
  async () => {
    throw new ErpCallFailed('no answer', status, retryAfterMs);
  };

/** One process's budget, and another's that shares it. */
function twoProcesses(limits: Partial<BudgetLimits> = {}): [CallBudget, CallBudget] {
  const settings = { store: memoryBudgetStore(), limits: { ...roomy, ...limits } };
  return [callBudget(settings), callBudget(settings)];
}

type Work = (signal: AbortSignal) => Promise<unknown>;

async function fail(budget: CallBudget, times: number, work: Work = failing(500)): Promise<void> {
  for (let time = 0; time < times; time++) await budget.call('poll', work, { signal }).catch(() => {});
}

describe('work of several requests', () => {
  const asks = (times: number, ms: number) => async (patience: AbortSignal, another: () => void) => {
    for (let request = 0; request < times; request++) {
      if (request > 0) another();
      await sleep(ms, undefined, { signal: patience });
    }
    return 'done';
  };

  test('counts as so many, for all processes', async () => {
    const windowMs = 60_000;
    const [one, other] = twoProcesses({ requests: 10, windowMs });
    await one.call('interactive', asks(10, 0), { signal });
    const { used, totals } = await other.state();
    expect([used.interactive, totals.calls.interactive]).toEqual([10, 10]);
    const refused = other.call('interactive', answer, { signal, deadlineMs: windowMs / 2 });
    await expect(refused).rejects.toThrow(ErpUnavailable);
  });

  test('has the ERP’s time for each of them, and for none of them more', async () => {
    const [one] = twoProcesses({ callTimeoutMs: 2_000 });
    expect(await one.call('command', asks(5, 500), { signal })).toBe('done');
    await expect(one.call('command', asks(2, 20_000), { signal })).rejects.toThrow('did not answer in time');
  });
});

describe('an ERP that asks for silence', () => {
  test('is called by nobody until its time has passed', async () => {
    const [one, other] = twoProcesses();
    await fail(one, 1, failing(429, 300));
    const throttledAt = performance.now();
    expect(await other.call('interactive', answer, { signal })).toBe('answer');
    expect(performance.now() - throttledAt).toBeGreaterThan(250);
  });

  test('a maintenance window with an end is waited for alike', async () => {
    const [one, other] = twoProcesses();
    await fail(one, 1, failing(503, 60_000));
    expect((await other.state()).pausedMs).toBeGreaterThan(55_000);
  });

  test('is given longer each time if it does not say how long', async () => {
    const [one] = twoProcesses();
    await fail(one, 1, failing(429));
    const first = (await one.state()).pausedMs;
    await fail(one, 1, failing(429));
    expect((await one.state()).pausedMs).toBeGreaterThan(1.5 * first);
  });

  test('a caller who cannot wait so long is told so at once, with the time to come back', async () => {
    const [one, other] = twoProcesses();
    await fail(one, 1, failing(429, 60_000));
    const refused = other.call('interactive', answer, { signal, deadlineMs: 20_000 });
    await expect(refused).rejects.toMatchObject({
      extensions: { code: 'ERP_UNAVAILABLE', retryAfterMs: expect.any(Number) },
    });
    const error = await refused.catch((thrown: unknown) => thrown);
    expect(error instanceof ErpUnavailable && Number(error.extensions.retryAfterMs)).toBeGreaterThan(55_000);
  });

  test('a read that may be repeated is, and its caller hears nothing of it', async () => {
    const [one] = twoProcesses();
    let calls = 0;
    const read = () => (++calls <= 2 ? failing(429, 10)() : answer());
    expect(await one.call('backfill', read, { signal, isRepeatable: true })).toBe('answer');
    expect(calls).toBe(3);
  });

  test('what may not be repeated is not', async () => {
    const [one] = twoProcesses();
    let calls = 0;
    const write = async () => {
      calls++;
      throw new ErpCallFailed('slow down', 429, 10);
    };
    await expect(one.call('command', write, { signal, deadlineMs: 1_000 })).rejects.toThrow('slow down');
    expect(calls).toBe(1);
  });
});

describe('an ERP that fails', () => {
  test.each([
    ['answers 500', failing(500)],
    ['answers 502', failing(502)],
    ['cuts the connection', failing(null)],
    ['asks for silence', failing(429, 1)],
  ])('again and again (%s) is left alone by all processes', async (_, work) => {
    const [one, other] = twoProcesses();
    await fail(one, 5, work);
    expect((await other.state()).breaker).toBe('open');
    let isCalled = false;
    const call = async () => {
      isCalled = true;
    };
    await expect(other.call('interactive', call, { signal, deadlineMs: 100 })).rejects.toThrow(ErpUnavailable);
    expect(isCalled).toBe(false);
  });

  test('by refusing a request is well', async () => {
    const [one] = twoProcesses();
    await fail(one, 20, failing(404));
    await fail(one, 20, async () => {
      throw new RangeError('a bug of the caller');
    });
    expect((await one.state()).breaker).toBe('closed');
  });

  test('now and then is gone on with', async () => {
    const [one] = twoProcesses();
    for (let round = 0; round < 10; round++) {
      await fail(one, 1);
      await one.call('poll', answer, { signal });
      await one.call('poll', answer, { signal });
    }
    expect((await one.state()).breaker).toBe('closed');
  });

  test('is tried by one call when some time has passed, and by everybody when that one is answered', async () => {
    const [one, other] = twoProcesses();
    await fail(one, 5);
    let atOnce = 0;
    let mostBeforeAnswer = 0;
    let isAnswered = false;
    const work = async () => {
      atOnce++;
      if (!isAnswered) mostBeforeAnswer = Math.max(mostBeforeAnswer, atOnce);
      await sleep(100);
      isAnswered = true;
      atOnce--;
    };
    await Promise.all([one, other].flatMap((budget) => [1, 2, 3, 4].map(() => budget.call('poll', work, { signal }))));
    expect(mostBeforeAnswer).toBe(1);
    expect((await one.state()).breaker).toBe('closed');
  });

  test('and fails the one call that tries it is left alone for longer', async () => {
    const [one] = twoProcesses();
    await fail(one, 5);
    await fail(one, 1); // waits for the breaker to let it try
    expect((await one.state()).breaker).toBe('open');
    await expect(one.call('interactive', answer, { signal, deadlineMs: 1_500 })).rejects.toThrow(ErpUnavailable);
  });
});

describe('an ERP that is silent', () => {
  const silence = (inTime: AbortSignal) =>
    new Promise<never>((_, reject) => inTime.addEventListener('abort', () => reject(inTime.reason)));

  test('is given up after the time a call may take, and counts as failing', async () => {
    const [one] = twoProcesses({ callTimeoutMs: 30 });
    await expect(one.call('poll', silence, { signal })).rejects.toThrow(ErpCallFailed);
    await fail(one, 4, silence);
    expect((await one.state()).breaker).toBe('open');
  });

  test('keeps nobody beyond his deadline', async () => {
    const [one] = twoProcesses();
    const asked = one.call('interactive', silence, { signal, deadlineMs: 50, isRepeatable: true });
    await expect(asked).rejects.toThrow(ErpUnavailable);
  });

  test('is not held against when the caller leaves', async () => {
    const [one] = twoProcesses();
    const leaving = new AbortController();
    const asked = Array.from({ length: 10 }, () => one.call('interactive', silence, { signal: leaving.signal }));
    setTimeout(() => leaving.abort(new Error('gone')), 50);
    for (const result of await Promise.allSettled(asked)) expect(result).toMatchObject({ reason: { message: 'gone' } });
    expect((await one.state()).breaker).toBe('closed');
  });
});

describe('who waits', () => {
  test('lets one go first who is in a hurry, be it in another process', async () => {
    const [one, other] = twoProcesses({ concurrency: 1 });
    const order: string[] = [];
    const work = (name: string) => async () => {
      order.push(name);
      await sleep(60);
    };
    const first = one.call('backfill', work('first'), { signal });
    await sleep(10);
    const low = one.call('backfill', work('backfill'), { signal });
    await sleep(10);
    const high = other.call('interactive', work('interactive'), { signal });
    await Promise.all([first, low, high]);
    expect(order).toEqual(['first', 'interactive', 'backfill']);
  });

  test('may leave, and others go on', async () => {
    const [one] = twoProcesses({ concurrency: 1 });
    const leaving = new AbortController();
    const first = one.call('poll', () => sleep(50), { signal });
    const second = one.call('poll', answer, { signal: leaving.signal });
    const third = one.call('poll', answer, { signal });
    leaving.abort(new Error('gone'));
    await expect(second).rejects.toThrow('gone');
    await first;
    expect(await third).toBe('answer');
  });
});
