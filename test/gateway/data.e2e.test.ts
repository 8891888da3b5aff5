/** Datasets over HTTP: the rows of a registered document, whole, in the formats that tools read. */
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AccessScope } from '../../replica/access-scope.ts';
import { ALL_PLANTS } from '../../replica/access-scope.ts';
import { developer, type Principal } from '../../subgraphs/principal.ts';
import { type TestGateway, testGateway } from './test-gateway.ts';

let gateway: TestGateway;
let caller: Principal = developer;
beforeAll(async () => {
  gateway = await testGateway({ authenticate: async () => caller });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
});
beforeEach(() => {
  caller = developer;
});

const sees = (access: AccessScope): void => {
  caller = { ...developer, access };
};

const DATASET = '/data/delayed-shipments';

interface Row {
  readonly [column: string]: unknown;
}

/** The pages of the dataset's document, asked through GraphQL, as the dataset names them. */
async function pages(variables: Readonly<Record<string, unknown>> = {}): Promise<Row[]> {
  const rows: Row[] = [];
  for (let after: string | null = null; ; ) {
    const { body } = await gateway.post({
      documentId: 'delayed-shipments',
      variables: { ...variables, first: 7, after },
    });
    expect(body.errors).toBeUndefined();
    const { nodes, pageInfo } = body.data.delayedShipments;
    for (const { order, ...node } of nodes) {
      rows.push({ ...node, orderStatus: order?.status ?? null, orderTotalAmount: order?.totalAmount ?? null });
    }
    if (!pageInfo.hasNextPage) return rows;
    after = pageInfo.endCursor;
  }
}

const lines = (body: string): Row[] =>
  body
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

test.each<[string, string, Record<string, unknown>, AccessScope]>([
  ['all rows', '', {}, ALL_PLANTS],
  ['those of two plants', '?plants=P1&plants=P3', { plants: ['P1', 'P3'] }, ALL_PLANTS],
  [
    'those of some days',
    '?plannedFrom=2026-11-15&plannedTo=2026-11-18',
    { plannedFrom: '2026-11-15', plannedTo: '2026-11-18' },
    ALL_PLANTS,
  ],
  ['those the caller may see', '', {}, { plants: ['P2'] }],
  [
    'those the caller may see of those asked for',
    '?plants=P2&plants=P4',
    { plants: ['P2', 'P4'] },
    { plants: ['P4', 'P5'] },
  ],
  ['none for who may see none', '', {}, { plants: [] }],
])('%s: row for row what the pages of the document hold', async (_what, query, variables, access) => {
  sees(access);
  const expected = await pages(variables);
  const { status, text: body } = await gateway.fetch(`${DATASET}.ndjson${query}`);
  expect(status).toBe(200);
  expect(lines(body)).toEqual(expected);
  const { body: json } = await gateway.fetch(`${DATASET}.json${query}`);
  expect(json.value).toEqual(expected);
  expect(expected.length > 0 || access.plants.length === 0).toBe(true);
});

test('CSV: a header always, line ends as RFC 4180 has them, nothing for null', async () => {
  const { text: body, headers } = await gateway.fetch(`${DATASET}.csv?plants=P2`);
  expect(headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
  expect(headers.get('content-disposition')).toBe(
    `inline; filename="delayed-shipments.csv"; filename*=UTF-8''delayed-shipments.csv`,
  );
  const [header, ...rows] = body.split('\r\n');
  const names = (header ?? '').split(',');
  const found = rows
    .slice(0, -1)
    .map((row) => Object.fromEntries(row.split(',').map((value, at) => [names[at], value])));
  const expected = (await pages({ plants: ['P2'] })).map((row) =>
    Object.fromEntries(names.map((name) => [name, row[name] === null ? '' : String(row[name])])),
  );
  expect(found).toEqual(expected);

  const { text: empty } = await gateway.fetch(`${DATASET}.csv?plants=none`);
  expect(empty).toBe(`${header}\r\n`);
  const { text: marked } = await gateway.fetch(`${DATASET}.csv?plants=none&bom=1`);
  // A reader of UTF-8 text takes the mark away.
  expect(Buffer.from(marked)).toHaveLength(Buffer.from(empty).length);
});

test('no text of a CSV is a formula, unless it is asked for as it is', async () => {
  const values = [
    '=1+1',
    '+49 171',
    '-12,50',
    '@SUM(A1)',
    '\t=1',
    '＝1',
    'a "quoted", line\nend\r',
    '',
    '-0.10',
    '+cmd|x',
  ];
  for (const [at, value] of values.entries()) {
    await gateway.models.query(
      `update read.delayed_shipment set product_name = '${value}', planned_date = '2026-01-0${Math.floor(at / 5) + 1}'
       where id = (select min(id) + ${at} from read.delayed_shipment where planned_date < '2026-11-22' and plant_code = 'P1')`,
    );
  }
  const named = async (parameters: string) => {
    const { text: body, headers } = await gateway.fetch(`${DATASET}.csv?plannedTo=2026-01-31${parameters}`);
    return { told: headers.get('skiff-csv'), cells: parseCsv(body).map(({ productName }) => productName) };
  };
  const neutral = [
    "'=1+1",
    "'+49 171",
    '-12,50',
    "'@SUM(A1)",
    "'\t=1",
    "'＝1",
    'a "quoted", line\nend\r',
    '',
    '-0.10',
    "'+cmd|x",
  ];
  const safe = await named('');
  expect(safe.told).toBe('safe');
  expect(safe.cells.toSorted()).toEqual(neutral.slice(0, safe.cells.length).toSorted());
  const raw = await named('&safe=0');
  expect(raw.told).toBe('as it is');
  expect(raw.cells.toSorted()).toEqual(values.slice(0, raw.cells.length).toSorted());
  expect(raw.cells.length).toBeGreaterThan(5);
});

/** Of RFC 4180, line by line and quote by quote. */
function parseCsv(body: string): Record<string, string>[] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain = '', end = ''] of body.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    rows.at(-1)?.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === '\r\n') rows.push([]);
  }
  const [names = [], ...others] = rows;
  return others
    .filter((row) => row.length === names.length)
    .map((row) => Object.fromEntries(names.map((name, at) => [name, row[at] ?? ''])));
}

test('unchanged data is not read again, and says how fresh it is', async () => {
  const first = await gateway.fetch(`${DATASET}.csv`);
  const tag = first.headers.get('etag') ?? '';
  expect(tag).toMatch(/^W\/"[\w-]+"$/);
  await gateway.models.query('alter table read.delayed_shipment rename to hidden');
  const again = await gateway.fetch(`${DATASET}.csv`, { headers: { 'if-none-match': `"other", ${tag}` } });
  await gateway.models.query('alter table read.hidden rename to delayed_shipment');
  expect([again.status, again.text]).toEqual([304, '']);
  expect(again.headers.get('skiff-as-of')).not.toBeNull();
  expect(again.headers.get('etag')).toBe(tag);
});

test('another tag for other data, another question, another format and another caller', async () => {
  const tagOf = async (path: string) =>
    (await gateway.fetch(`${DATASET}${path}`, { method: 'HEAD' })).headers.get('etag');
  const tags = [await tagOf('.csv'), await tagOf('.csv?safe=0'), await tagOf('.ndjson'), await tagOf('.csv?plants=P1')];
  sees({ plants: ['P1'] });
  tags.push(await tagOf('.csv'));
  caller = developer;
  await gateway.models.changed('DelayedShipment');
  tags.push(await tagOf('.csv'));
  await gateway.models.changed('SalesOrder');
  tags.push(await tagOf('.csv'));
  expect(new Set(tags).size).toBe(tags.length);
  const { status } = await gateway.fetch(`${DATASET}.csv`, { headers: { 'if-none-match': tags[0] ?? '' } });
  expect(status).toBe(200);
});

test.each(['csv', 'ndjson', 'json'])('%s is compressed for who takes gzip, and the same rows', async (format) => {
  const asked = async (encoding: string) => {
    const response = await fetch(`${gateway.url}${DATASET}.${format}`, { headers: { 'accept-encoding': encoding } });
    const body = await response.text();
    // Freshness goes on while we ask.
    return { encoding: response.headers.get('content-encoding'), body: body.replace(/"asOf":"[^"]+"/, '') };
  };
  const plain = await asked('identity, gzip;q=0');
  expect(plain.encoding).toBeNull();
  expect(await asked('br;q=1.0, gzip;q=0.8, *;q=0.1')).toEqual({ ...plain, encoding: 'gzip' });
  expect(plain.body.length).toBeGreaterThan(1_000);
});

test.each(['parquet', 'arrow'])('%s goes as it is, and not in parts', async (format) => {
  const { headers } = await gateway.fetch(`${DATASET}.${format}`, { headers: { 'accept-encoding': 'gzip' } });
  expect(headers.get('content-encoding')).toBeNull();
  expect(headers.get('accept-ranges')).toBe('none');
});

test('how fresh it is and how it may be kept, in headers', async () => {
  const { headers } = await gateway.fetch(`${DATASET}.ndjson?download=1`);
  expect(Date.parse(headers.get('skiff-as-of') ?? '')).toBeGreaterThan(Date.now() - 10_000);
  expect(headers.get('skiff-position')).toBe('0badcafe-7');
  expect(headers.get('skiff-dataset')).toBe('delayed-shipments@1');
  expect(headers.get('cache-control')).toBe('private, no-cache');
  expect(headers.get('vary')).toBe('Origin, Authorization, X-API-Key, Accept-Encoding');
  expect(headers.get('content-disposition')).toMatch(/^attachment; /);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});

test('data that is not fresh enough is marked, or refused where that is asked for', async () => {
  const long = new Date(Date.now() - 60_000);
  gateway.models.freshness.set('SalesOrder', { asOf: long, deletionsAsOf: long, incomplete: false, stopped: true });
  const marked = await gateway.fetch(`${DATASET}.json`);
  const refused = await gateway.fetch(`${DATASET}.json?maxStaleness=5s&onStale=error`);
  gateway.models.freshness.clear();
  expect(marked.headers.get('skiff-as-of')).toBe(long.toISOString());
  expect(marked.headers.get('skiff-stale')).toBe('true');
  expect(marked.body).toMatchObject({ dataset: 'delayed-shipments@1', asOf: long.toISOString(), stale: true });
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(refused.body).toMatchObject({ code: 'STALE_DATA' });
});

test.each([
  ['a parameter that nobody knows', '.csv?plant=P1', 'plant: no such parameter. There are plants, customerId,'],
  ['a day that is none', '.csv?plannedFrom=2026-02-30', 'a Date is written YYYY-MM-DD'],
  ['a value said twice', '.csv?plannedFrom=2026-02-01&plannedFrom=2026-02-02', 'plannedFrom: takes one value.'],
  ['a limit of no rows', '.csv?limit=0', 'limit: a whole number, at least 1.'],
  ['a flag that is neither', '.csv?bom=yes', 'bom: 0 or 1.'],
  ['a bound that is no duration', '.csv?maxStaleness=5', 'Skiff-Max-Staleness must be 0s, 500ms, 5s or 2m.'],
])('%s is refused with what to do', async (_what, path, told) => {
  const { status, headers, body } = await gateway.fetch(`${DATASET}${path}`);
  expect(status).toBe(400);
  expect(headers.get('content-type')).toBe('application/problem+json');
  expect(body).toMatchObject({ title: 'Bad Request', status: 400, code: 'BAD_USER_INPUT', instance: `${DATASET}.csv` });
  expect(body.detail).toContain(told);
  expect(body.requestId).toBe(headers.get('x-request-id'));
});

test('a dataset that is not there and one the caller may not read are alike', async () => {
  const missing = await gateway.fetch('/data/nothing.csv');
  caller = { ...developer, scopes: new Set(['read:inventory', 'dataset:stock']) };
  const forbidden = await gateway.fetch(`${DATASET}.csv`);
  const { requestId: _one, instance: _here, ...told } = missing.body;
  const { requestId: _other, instance: _there, ...same } = forbidden.body;
  expect([missing.status, told]).toEqual([404, expect.objectContaining({ code: 'NOT_FOUND' })]);
  expect([forbidden.status, same]).toEqual([404, told]);
});

test.each([
  ['its own scope', ['dataset:delayed-shipments']],
  ['the scope of all datasets', ['dataset:*']],
  ['who may read all it is made of', ['read:shipping']],
])('%s lets a caller read a dataset', async (_what, scopes) => {
  caller = { ...developer, scopes: new Set(scopes) };
  expect((await gateway.fetch(`${DATASET}.csv`)).status).toBe(200);
  expect((await gateway.fetch(`${DATASET}@1.csv`)).status).toBe(200);
  expect((await gateway.fetch(`${DATASET}@2.csv`)).status).toBe(404);
});

describe('a value that GraphQL could not say', () => {
  beforeAll(async () => {
    await gateway.models.query(`insert into read.delayed_shipment
      select (jsonb_populate_record(d, jsonb_build_object('id', 1000 + n, 'planned_date', '2026-10-01'))).*
      from read.delayed_shipment d, generate_series(1, 20000) n
      where d.id = (select min(id) from read.delayed_shipment where product_name is not null)`);
    await gateway.models.query(
      `update read.delayed_shipment set net_amount = 'NaN', planned_date = '2026-10-02' where id = 20500`,
    );
  });
  afterAll(() => gateway.models.query('delete from read.delayed_shipment where id > 1000'));

  test.each([
    ['.csv', 'identity'],
    ['.csv', 'gzip'],
    ['.ndjson', 'identity'],
    ['.json', 'gzip'],
    ['.parquet', 'identity'],
    ['.arrow', 'identity'],
  ])('ends the rows of %s (%s) before their end, so that a client notices', async (format, encoding) => {
    const received = await new Promise<string>((resolve, reject) => {
      const url = `${gateway.url}${DATASET}${format}?plannedFrom=2026-10-01&plannedTo=2026-10-02`;
      request(url, { headers: { 'accept-encoding': encoding } }, (response) => {
        expect(response.statusCode).toBe(200);
        text(response).then(
          () => reject(new Error('The answer came to an end')),
          (error: Error) => resolve(error.message),
        );
      }).end();
    });
    expect(received).toBe('aborted');
    expect(gateway.lines.at(-1)).toMatchObject({ status: 200, brokenOff: true, operation: 'delayed-shipments@1' });
  });

  test('is found before the status is sent when it is in the first rows', async () => {
    const { status, body } = await gateway.fetch(`${DATASET}.csv?plannedFrom=2026-10-02&plannedTo=2026-10-02`);
    expect([status, body.code]).toEqual([500, 'INTERNAL_SERVER_ERROR']);
    expect(JSON.stringify(body)).not.toContain('integer');
  });
});

test('the catalogue holds what the caller may read, and no more', async () => {
  const names = async () => {
    const { status, body } = await gateway.fetch('/data');
    expect(status).toBe(200);
    return body.datasets.map(({ name }: { name: string }) => name);
  };
  expect(await names()).toEqual([
    'delayed-shipments',
    'monthly-cost-by-plant',
    'open-orders',
    'order-to-invoice',
    'production-progress',
    'purchase-arrivals',
    'slow-movers',
    'stock-by-location',
  ]);
  caller = { ...developer, scopes: new Set(['dataset:open-orders', 'read:invoicing']) };
  expect(await names()).toEqual(['monthly-cost-by-plant', 'open-orders']);
  expect((await gateway.fetch('/data/slow-movers')).status).toBe(404);
  caller = { ...developer, scopes: new Set() };
  expect(await names()).toEqual([]);
});

test('each dataset is what the pages of its document hold', async () => {
  const { body } = await gateway.fetch('/data');
  for (const { name } of body.datasets) {
    const { body: entry } = await gateway.fetch(`/data/${name}`);
    const { text: rows } = await gateway.fetch(`/data/${name}.ndjson`);
    const { body: page } = await gateway.post({ documentId: entry.documentId, variables: {} });
    const [list]: { nodes: Row[] }[] = Object.values(page.data);
    expect(page.errors).toBeUndefined();
    expect(lines(rows)).toHaveLength(list?.nodes.length ?? -1);
    const described = entry.columns.map((column: { name: string }) => column.name);
    for (const row of lines(rows)) expect(Object.keys(row)).toEqual(described);
    // What stands in the rows themselves is named as the document names it.
    const same = ({ ...row }: Row) =>
      Object.fromEntries(Object.entries(row).filter(([, value]) => typeof value !== 'object'));
    for (const [at, row] of (list?.nodes ?? []).entries()) expect(lines(rows)[at]).toMatchObject(same(row));
    expect(lines(rows).length).toBeGreaterThan(5);
  }
});
