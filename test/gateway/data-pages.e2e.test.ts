/** Datasets by pages, and readers that are slow or go away: what is left of them afterwards. */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportPool } from '../../replica/connect.ts';
import { flatExports } from '../../replica/exports.ts';
import { type ReadModels, readModels } from '../read-models.ts';
import { type TestGateway, testGateway } from './test-gateway.ts';

const DATASET = '/data/delayed-shipments';
/** Longer than the thread takes to begin that encodes Parquet and Arrow, on a machine that has other work. */
const MOST_MS = 5_000;
const PATIENT_MS = 60_000;
/** Far more than what sockets and blocks hold on the way. */
const ROWS = 10_000;

let models: ReadModels;
let gateway: TestGateway;
/** Whose exports may last. */
let patient: TestGateway;
let pool: ReturnType<typeof exportPool>;
beforeAll(async () => {
  models = await readModels();
  pool = exportPool(models.url, 2, PATIENT_MS);
  const within = (mostMs: number) =>
    testGateway({ models, openExport: flatExports(models.flat, models.served, pool, mostMs) });
  gateway = await within(MOST_MS);
  patient = await within(PATIENT_MS);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await patient[Symbol.asyncDispose]();
  await pool.end();
  await models[Symbol.asyncDispose]();
});

interface Row {
  readonly [column: string]: unknown;
}

const nextOf = (headers: Headers): string | null =>
  /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1] ?? null;

test.each([1, 4, 7])('pages of %i rows lead through all of them, by header and by body', async (limit) => {
  const { body: whole } = await gateway.fetch(`${DATASET}.json`);
  const rows: Row[] = [];
  for (let path: string | null = `${DATASET}.json?limit=${limit}`; path; ) {
    const { status, headers, body } = await gateway.fetch(path);
    expect(status).toBe(200);
    rows.push(...body.value);
    path = nextOf(headers);
    expect(body['@odata.nextLink'] ?? null).toBe(path);
  }
  expect(rows).toEqual(whole.value);
  expect(rows.length).toBeGreaterThan(7);
});

test('a page goes on while the data is the same; then it says that it cannot', async () => {
  const first = await gateway.fetch(`${DATASET}.json?limit=2`);
  const next = nextOf(first.headers) ?? '';
  expect((await gateway.fetch(next)).status).toBe(200);
  await models.changed('SalesOrder');
  const { status, headers, body } = await gateway.fetch(next);
  expect([status, body.code]).toEqual([410, 'CURSOR_EXPIRED']);
  expect(headers.get('content-type')).toBe('application/problem+json');
});

test('a cursor of another question is none', async () => {
  const next = nextOf((await gateway.fetch(`${DATASET}.json?limit=2`)).headers) ?? '';
  const { searchParams } = new URL(next, gateway.url);
  const cursor = searchParams.get('cursor') ?? '';
  for (const query of [`cursor=${cursor}&plants=P1`, 'cursor=x', 'cursor=a.b.c', `cursor=${cursor}.d`]) {
    const { status, body } = await gateway.fetch(`${DATASET}.json?${query}`);
    expect([query, status, body.code]).toEqual([query, 400, 'BAD_USER_INPUT']);
  }
});

/** Connections of exports that have a transaction open. */
async function underWay(): Promise<number> {
  const found: unknown = await models.query(
    `select count(*)::int as count from pg_stat_activity
     where query like 'copy%' and state <> 'idle' and datname = current_database()`,
  );
  const rows = typeof found === 'object' && found !== null && 'rows' in found ? found.rows : [];
  return Array.isArray(rows) ? Number(rows[0]?.count) : Number.NaN;
}

async function begunReading(from: TestGateway, format: string, encoding: string): Promise<IncomingMessage> {
  const request = get(`${from.url}${DATASET}.${format}`, { headers: { 'accept-encoding': encoding } });
  request.on('error', () => undefined);
  const [response]: IncomingMessage[] = await once(request, 'response');
  if (!response) throw new Error('There was no answer');
  return response;
}

describe('more rows than what stands between PostgreSQL and a client holds', () => {
  beforeAll(async () => {
    // Texts that do not get small by compression: none comes again soon.
    await models.query(`insert into read.delayed_shipment
      select (jsonb_populate_record(d, jsonb_build_object('id', 1000 + n, 'plant_name', substr(texts.long, 1 + n / 100)))).*
      from read.delayed_shipment d, generate_series(1, ${ROWS}) n
      join (select t, string_agg(md5(t || ':' || m), '') as long
            from generate_series(0, 99) t, generate_series(1, 100) m group by t) texts on texts.t = n % 100
      where d.id = (select min(id) from read.delayed_shipment where planned_date < '2026-11-22')`);
  });

  test.each([
    ['csv', 'gzip'],
    ['ndjson', 'identity'],
    ['json', 'identity'],
    ['parquet', 'identity'],
    ['arrow', 'identity'],
  ])(
    'who goes away in the middle of %s (%s) leaves neither a transaction nor a connection',
    async (format, encoding) => {
      const before = patient.lines.filter(({ clientLeft }) => clientLeft).length;
      const leaving = await Promise.all([1, 2].map(() => begunReading(patient, format, encoding)));
      await expect.poll(underWay).toBe(2);
      for (const response of leaving) response.destroy();
      await expect.poll(underWay).toBe(0);
      expect(pool.totalCount - pool.idleCount).toBe(0);
      await expect.poll(() => patient.lines.filter(({ clientLeft }) => clientLeft).length).toBe(before + 2);
    },
  );

  test.each([
    ['csv', 'identity'],
    ['json', 'gzip'],
    ['parquet', 'identity'],
    ['arrow', 'identity'],
  ])('who reads %s (%s) too slowly is broken off when an export may not last longer', async (format, encoding) => {
    const response = await begunReading(gateway, format, encoding);
    const ended = once(response, 'end').then(
      () => 'whole',
      (error: Error) => error.message,
    );
    // Nothing is read: what the sockets hold fills up, and PostgreSQL waits with the rest.
    await expect.poll(underWay).toBe(1);
    await expect.poll(underWay, { timeout: 10 * MOST_MS }).toBe(0);
    expect(pool.totalCount - pool.idleCount).toBe(0);
    response.resume();
    expect(await ended).toBe('aborted');
  });
});
