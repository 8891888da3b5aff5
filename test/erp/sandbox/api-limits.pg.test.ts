/** What the sandbox ERP's API allows, and how it fails when it is asked to. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { erpServer } from '../postgres/erp.ts';
import { type LentApi, type SandboxApiChoice, sandboxApi } from './api.ts';
import { type SandboxErp, sandboxErp } from './sandbox.ts';

const server = erpServer(18);
let erp: Promise<SandboxErp> | undefined;

/** Over one ERP that nobody writes to. It goes with its server. */
async function lend(choice?: SandboxApiChoice): Promise<LentApi> {
  erp ??= sandboxErp(server, { lines: 100 });
  return sandboxApi(await erp, choice);
}

const quota = { requests: 5, windowMs: 1_500 };

const putFaults = (api: LentApi, faults: readonly object[]) =>
  fetch(`${api.url}/faults`, { method: 'PUT', body: JSON.stringify({ faults }) });

const read = (api: LentApi) => api.request('/api/v1/plant');
const code = async (response: Response): Promise<string> => (await response.json()).error.code;

test('requests beyond the quota are refused and counted, until the window has moved on', async () => {
  await using api = await lend({ profile: { quota } });
  for (let left = quota.requests - 1; left >= 0; left--) {
    const response = await read(api);
    expect([response.status, response.headers.get('x-ratelimit-remaining')]).toEqual([200, String(left)]);
  }
  const refused = await read(api);
  expect([refused.status, await code(refused)]).toEqual([429, 'rate_limited']);
  const retryAfterMs = Number(refused.headers.get('retry-after')) * 1_000;
  expect(retryAfterMs).toBeGreaterThan(0);
  expect(api.counters.violations).toEqual({ quota: 1, concurrency: 0 });
  await sleep(retryAfterMs);
  expect((await read(api)).status).toBe(200);
  expect(api.counters.requests.page).toBe(quota.requests + 2);
});

test('no stretch of time as long as the window lets more requests through than the quota', async () => {
  await using api = await lend({ profile: { quota: { requests: 10, windowMs: 400 } } });
  const letIn: { readonly sent: number; readonly answered: number }[] = [];
  for (const begun = performance.now(); performance.now() < begun + 2_000; ) {
    const sent = performance.now();
    const response = await read(api);
    await response.arrayBuffer();
    if (response.ok) letIn.push({ sent, answered: performance.now() });
  }
  // Each was let in between being sent and answered: what lies within a stretch for certain is counted.
  for (const { sent: from } of letIn) {
    expect(letIn.filter(({ sent, answered }) => sent >= from && answered < from + 400).length).toBeLessThanOrEqual(10);
  }
  expect(letIn.length).toBeGreaterThan(20);
  expect(api.counters.peak.perWindow).toBe(10);
});

test('some refusals of the strict profile do not say for how long', async () => {
  await using api = await lend({ base: 'strict', profile: { quota: { requests: 1, windowMs: 60_000 } } });
  await read(api);
  const told: boolean[] = [];
  for (let refusal = 0; refusal < 6; refusal++) told.push((await read(api)).headers.has('retry-after'));
  expect(told).toEqual([true, true, false, true, true, false]);
});

test('more requests at a time than allowed are refused and counted', async () => {
  await using api = await lend({ profile: { concurrency: 2 } });
  await read(api);
  await putFaults(api, [{ kind: 'slow', ms: 1_000 }]);
  const statuses = await Promise.all(Array.from({ length: 5 }, async () => (await read(api)).status));
  expect(statuses.toSorted()).toEqual([200, 200, 429, 429, 429]);
  expect(api.counters.violations).toEqual({ quota: 0, concurrency: 3 });
  expect(api.counters.peak.concurrency).toBe(2);
});

test('who sends the next request when the last is answered is never too many', async () => {
  await using api = await lend({ profile: { concurrency: 3 } });
  await read(api);
  const lane = async () => {
    for (let turn = 0; turn < 60; turn++) await (await read(api)).arrayBuffer();
  };
  await Promise.all([lane(), lane(), lane()]);
  expect(api.counters.violations.concurrency).toBe(0);
});

test.each([
  [{ kind: 'error' }, 500, 'internal_error', null],
  [{ kind: 'maintenance', retryAfterSeconds: 7 }, 503, 'maintenance', '7'],
  [{ kind: 'maintenance' }, 503, 'maintenance', null],
  [{ kind: 'storm', retryAfterSeconds: 2 }, 429, 'rate_limited', '2'],
  [{ kind: 'storm' }, 429, 'rate_limited', null],
])('the fault %o answers %i', async (fault, status, expected, retryAfter) => {
  await using api = await lend();
  await read(api);
  await putFaults(api, [fault]);
  const response = await read(api);
  expect([response.status, response.headers.get('retry-after')]).toEqual([status, retryAfter]);
  expect(await code(response)).toBe(expected);
  expect(api.counters.violations).toEqual({ quota: 0, concurrency: 0 });
  await putFaults(api, []);
  expect((await read(api)).status).toBe(200);
});

test('a bad gateway answers with a page of HTML', async () => {
  await using api = await lend();
  await read(api);
  await putFaults(api, [{ kind: 'badGateway' }]);
  const response = await read(api);
  expect([response.status, response.headers.get('content-type')]).toEqual([502, 'text/html']);
  expect(await response.text()).toContain('<h1>502 Bad Gateway</h1>');
});

test('a connection may be reset before the answer, or in the middle of it', async () => {
  await using api = await lend();
  await read(api);
  await putFaults(api, [{ kind: 'reset' }]);
  await expect(read(api)).rejects.toThrow('fetch failed');
  await putFaults(api, [{ kind: 'cut' }]);
  const response = await read(api);
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow('terminated');
});

test('connections are refused for a while, then the same port answers again', async () => {
  await using api = await lend();
  await putFaults(api, [{ kind: 'refuse', forMs: 1_500 }]);
  const answers = () =>
    fetch(`${api.url}/counters`).then(
      () => 'answered',
      (error: Error) => (error.cause instanceof Error && 'code' in error.cause ? error.cause.code : error.message),
    );
  await expect.poll(answers, { interval: 20, timeout: 20_000 }).toBe('ECONNREFUSED');
  await expect.poll(answers, { timeout: 20_000 }).toBe('answered');
});

test('a fault strikes as often as it is told, and only what it is told', async () => {
  await using api = await lend();
  await read(api);
  await putFaults(api, [
    { kind: 'error', count: 2, on: 'read' },
    { kind: 'maintenance', on: 'token' },
  ]);
  const statuses: number[] = [];
  for (let turn = 0; turn < 4; turn++) statuses.push((await read(api)).status);
  expect(statuses).toEqual([500, 500, 200, 200]);
  expect((await fetch(`${api.url}/oauth/token`, { method: 'POST' })).status).toBe(503);
  const { faults } = await (await fetch(`${api.url}/faults`)).json();
  expect(faults).toMatchObject([{ kind: 'maintenance', on: 'token' }]);
});

test('a fault ends with its time', async () => {
  await using api = await lend();
  await read(api);
  await putFaults(api, [{ kind: 'error', forMs: 1_500 }]);
  expect((await read(api)).status).toBe(500);
  await expect.poll(async () => (await read(api)).status, { timeout: 20_000 }).toBe(200);
});

test('what is no fault is refused and leaves those that hold', async () => {
  await using api = await lend();
  await read(api);
  await putFaults(api, [{ kind: 'error' }]);
  const response = await putFaults(api, [{ kind: 'meteor' }]);
  expect([response.status, await code(response)]).toEqual([400, 'invalid_request']);
  expect((await read(api)).status).toBe(500);
});

test('a port that is taken is named, with what to do', async () => {
  await using api = await lend();
  const port = Number(new URL(api.url).port);
  await expect(lend({ port })).rejects.toMatchObject({
    message: expect.stringContaining(`127.0.0.1:${port}`),
    remedy: expect.stringContaining('SKIFF_SANDBOX_PORT'),
  });
});
