/** What a caller is told about datasets, as data and as a page. */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { developer, type Principal } from '../../subgraphs/principal.ts';
import { type TestGateway, testGateway } from './test-gateway.ts';

const DATASET = '/data/delayed-shipments';

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

const names = async (): Promise<string[]> => {
  const { body } = await gateway.fetch('/data');
  return body.datasets.map(({ name }: { name: string }) => name);
};

test('the catalogue names what the caller may read, and nothing else', async () => {
  const all = await names();
  expect(all).toContain('delayed-shipments');
  expect(all).toEqual(all.toSorted());

  caller = { ...developer, scopes: new Set(['dataset:delayed-shipments']) };
  expect(await names()).toEqual(['delayed-shipments']);
  expect((await gateway.fetch(DATASET)).status).toBe(200);
  caller = { ...developer, scopes: new Set(['operate']) };
  expect(await names()).toEqual([]);
  expect((await gateway.fetch(DATASET)).status).toBe(404);
});

test('a description says what the rows are like, and shows the first of them', async () => {
  const { body, headers } = await gateway.fetch(`${DATASET}@1`);
  const { body: rows } = await gateway.fetch(`${DATASET}.json?limit=5`);

  expect(body).toMatchObject({
    name: 'delayed-shipments',
    version: 1,
    owner: 'logistics',
    documentId: 'delayed-shipments',
    maxStalenessMs: 10_000,
    deprecated: null,
  });
  expect(body.sample).toEqual(rows.value);
  expect(body.sample).toHaveLength(5);
  expect(body.columns.map(({ name }: { name: string }) => name)).toEqual(Object.keys(rows.value[0]));
  expect(body.columns).toContainEqual({
    name: 'plannedDate',
    type: 'Date',
    isNullable: expect.any(Boolean),
    description: expect.stringMatching(/\w/),
  });
  expect(body.parameters).toContainEqual({
    name: 'plants',
    type: '[String!]',
    description: expect.stringMatching(/plants/),
    isRequired: false,
    example: expect.any(String),
  });
  for (const { address, mediaType } of body.formats) {
    const answer = await gateway.fetch(address);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, mediaType]);
  }
  expect(headers.get('vary')).toContain('Accept');
});

test('the sample holds no row that the caller may not see', async () => {
  caller = { ...developer, access: { plants: ['P2'] } };
  const { body } = await gateway.fetch(DATASET);
  expect(body.sample.length).toBeGreaterThan(0);
  expect(new Set(body.sample.map(({ plantCode }: { plantCode: string }) => plantCode))).toEqual(new Set(['P2']));
});

test('a recipe leads to the rows, by way of the address that was asked', async () => {
  const { body } = await gateway.fetch(DATASET);
  const recipe = (tool: string): string =>
    body.recipes.find(({ title }: { title: string }) => title.startsWith(tool))?.text ?? '';
  expect(body.recipes.map(({ title }: { title: string }) => title.split(' ')[0])).toEqual([
    ...['Power', 'OData', 'Tableau', 'Grafana', 'DuckDB', 'pandas', 'curl'],
  ]);

  const asked = execFileSync('sh', ['-c', `curl() { printf '%s' "$2"; }\n${recipe('curl')}`], { encoding: 'utf8' });
  expect(asked).toBe(`${gateway.url}${DATASET}@1.csv`);
  const query = JSON.parse(recipe('Grafana'));
  const rows = await gateway.fetch(query.url.replace(gateway.url, ''));
  expect(Object.keys(rows.body[query.root_selector][0])).toEqual(
    query.columns.map(({ selector }: { selector: string }) => selector),
  );
  const m = recipe('Power');
  expect(m).toContain(
    `"${gateway.url}",\n      [RelativePath = "data/delayed-shipments@1.csv", Query = [#"safe" = "0"]]`,
  );
  expect(m).toContain('{"shipmentNumber", type text}');
  expect(m).toContain('{"plannedDate", type date}');
  const [, feed = '', set = ''] = /OData\.Feed\("([^"]+)".*Name = "([^"]+)"/s.exec(recipe('OData')) ?? [];
  const { value } = (await gateway.fetch(feed.replace(gateway.url, ''))).body;
  expect(value.map(({ name }: { name: string }) => name)).toContain(set);
  expect(recipe('pandas')).toContain('"shipmentNumber": "string"');
  expect(recipe('pandas')).toMatch(/parse_dates=\[[^\]]*"plannedDate"/);
  expect(recipe('DuckDB')).toContain(`${DATASET}@1.parquet`);
});

test('no recipe holds the caller’s secret, or misses the place for one', async () => {
  const { text, body } = await gateway.fetch(DATASET, { headers: { authorization: 'Bearer sk_secret' } });
  expect(text).not.toContain('sk_secret');
  for (const { title, text } of body.recipes) {
    expect(text, title).toMatch(/SKIFF_TOKEN|API key|"url"/);
  }
});

test('recipes name the address that clients are told to use', async () => {
  await using other = await testGateway({ models: gateway.models, publicUrl: 'https://skiff.example' });
  const { body } = await other.fetch(DATASET);
  expect(body.recipes.at(-1).text).toContain(`'https://skiff.example${DATASET}@1.csv'`);
});

test('a browser gets the page of the catalogue, and the rows where it follows a link to them', async () => {
  const accept = 'text/html,application/xhtml+xml,*/*;q=0.8';
  for (const address of ['/data', DATASET, `${DATASET}@1`]) {
    // This gateway's pages are not built, which is how it says that it wanted one.
    const { body, text } = await gateway.fetch(address, { headers: { accept } });
    expect(body.errors[0].message, text).toContain('The pages are not built');
  }
  const { status, headers } = await gateway.fetch(`${DATASET}.csv`, { headers: { accept } });
  expect([status, headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8; header=present']);
});
