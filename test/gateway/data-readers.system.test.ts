/** Datasets in the hands of programs that are not ours: Python's csv module, and a spreadsheet, LibreOffice Calc. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestGateway, testGateway } from './test-gateway.ts';

const run = promisify(execFile);
const DATASET = '/data/delayed-shipments';
const ROWS = 2_000;
const FORMULAS = ['=HYPERLINK("http://x","y")', '=1+1', '+1+1', '@SUM(1;2)', '-1+1', '\t=1+1', '\r=1+1'];
const AWKWARD = ['"quoted", with', 'two\nlines\r\nand more', 'Größe 中文 🚢', "it's; a | b", '', ' spaces '];

let gateway: TestGateway;
const folder = mkdtempSync(join(tmpdir(), 'skiff-readers-'));

beforeAll(async () => {
  gateway = await testGateway();
  const { models } = gateway;
  await models.query(`insert into read.delayed_shipment
    select (jsonb_populate_record(d, jsonb_build_object('id', 1000 + n))).*
    from read.delayed_shipment d, generate_series(1, ${ROWS}) n
    where d.id = (select min(id) from read.delayed_shipment where planned_date < '2026-11-22' and plant_name is not null)`);
  for (const [at, value] of [...FORMULAS, ...AWKWARD].entries()) {
    const hex = Buffer.from(value).toString('hex');
    await models.query(
      `update read.delayed_shipment set product_name = convert_from('\\x${hex}', 'UTF8') where id = ${1001 + at}`,
    );
  }
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

async function lines(): Promise<Record<string, unknown>[]> {
  const { text } = await gateway.fetch(`${DATASET}.ndjson`);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

async function saved(name: string, query: string): Promise<string> {
  const response = await fetch(`${gateway.url}${DATASET}.csv${query}`);
  const file = join(folder, name);
  writeFileSync(file, Buffer.from(await response.arrayBuffer()));
  return file;
}

const PYTHON = `
import csv, json, sys
with open(sys.argv[1], newline='', encoding='utf-8') as file:
    json.dump(list(csv.DictReader(file, strict=True)), sys.stdout)
`;

test("Python's csv module reads every value", async () => {
  const file = await saved('rows.csv', '?safe=0');
  const { stdout } = await run('/usr/bin/python3', ['-c', PYTHON, file], { maxBuffer: 100_000_000 });
  const expected = (await lines()).map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === null ? '' : String(value)])),
  );
  expect(JSON.parse(stdout)).toEqual(expected);
  expect(expected.length).toBeGreaterThan(ROWS);
});

const INCOMPLETE = `
import http.client, sys, urllib.request
try:
    urllib.request.urlopen(sys.argv[1]).read()
    print('whole')
except http.client.IncompleteRead:
    print('incomplete')
`;

test('Python notices rows that end in the middle', async () => {
  const { models, url } = gateway;
  await models.query(`insert into read.delayed_shipment
    select (jsonb_populate_record(d, jsonb_build_object('id', 10000 + n, 'planned_date', '2026-10-01'))).*
    from read.delayed_shipment d, generate_series(1, 20000) n where d.id = 1500`);
  await models.query(
    `update read.delayed_shipment set net_amount = 'NaN', planned_date = '2026-10-02' where id = 29000`,
  );
  const address = `${url}${DATASET}.csv?plannedFrom=2026-10-01&plannedTo=2026-10-02`;
  const { stdout } = await run('/usr/bin/python3', ['-c', INCOMPLETE, address]);
  await models.query('delete from read.delayed_shipment where id > 10000');
  expect(stdout.trim()).toBe('incomplete');
});

/** Opened by Calc as a person opens it, and saved as its own kind of file, in XML. */
async function opened(...files: string[]): Promise<string[]> {
  const profile = `-env:UserInstallation=file://${join(folder, 'profile')}`;
  const asCsv = '--infilter=CSV:44,34,76,1';
  await run('soffice', [profile, '--headless', asCsv, '--convert-to', 'fods', '--outdir', folder, ...files]);
  return files.map((file) => readFileSync(file.replace(/csv$/, 'fods'), 'utf8'));
}

const formulasIn = (sheet: string): number => sheet.match(/table:formula=/g)?.length ?? 0;

/** Rows with something in them. Equal ones stand there once, with their number. */
const rowsIn = (sheet: string): number =>
  [...sheet.matchAll(/<table:table-row([^>]*)>(.*?)<\/table:table-row>/gs)]
    .filter(([, , cells]) => cells?.includes('office:value-type'))
    .reduce((count, [, attributes = '']) => count + Number(/rows-repeated="(\d+)"/.exec(attributes)?.[1] ?? 1), 0);

test('no formula comes alive in LibreOffice Calc, and no row is lost', async () => {
  const rows = (await lines()).length;
  const [safe = '', raw = ''] = await opened(await saved('safe.csv', ''), await saved('raw.csv', '?safe=0'));
  expect([rowsIn(safe), formulasIn(safe)]).toEqual([rows + 1, 0]);
  // It is there, as a text.
  expect(safe.includes('=HYPERLINK(')).toBe(true);
  // That it would, and is told.
  expect(rowsIn(raw)).toBe(rows + 1);
  expect(formulasIn(raw)).toBeGreaterThan(0);
});
