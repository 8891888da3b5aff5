/** Datasets read back by readers that are not ours: nothing is lost, whatever the values are. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { tableFromIPC } from 'apache-arrow';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestGateway, testGateway } from './test-gateway.ts';

const DATASET = '/data/delayed-shipments';
/** More than one batch of the formats that are written in batches. */
const ROWS = 9_000;
const AWKWARD = [
  '"quoted", with',
  'two\nlines\r\nand a tab\t',
  String.raw`C:\new\table \N`,
  'Größe 中文 🚢',
  '',
  "it's; a | b",
];
const DECIMALS = ['quantity', 'netAmount', 'orderTotalAmount'];
const SCALE = 6;

type Row = Readonly<Record<string, unknown>>;

let gateway: TestGateway;
/** As the dataset says them in JSON: texts, decimals with all their digits. */
let expected: readonly Row[] = [];
const folder = mkdtempSync(join(tmpdir(), 'skiff-readers-'));

beforeAll(async () => {
  gateway = await testGateway();
  const { models } = gateway;
  await models.query(`insert into read.delayed_shipment
    select (jsonb_populate_record(d, jsonb_build_object('id', 1000 + n, 'net_amount', (n - 4000)::numeric / 8))).*
    from read.delayed_shipment d, generate_series(1, ${ROWS}) n
    where d.id = (select min(id) from read.delayed_shipment where planned_date < '2026-11-22' and plant_name is not null)`);
  for (const [at, value] of AWKWARD.entries()) {
    const hex = Buffer.from(value).toString('hex');
    await models.query(
      `update read.delayed_shipment set product_name = convert_from('\\x${hex}', 'UTF8') where id = ${1001 + at}`,
    );
  }
  await models.query(`update read.delayed_shipment set city = null, net_amount = 123456789012.654321 where id = 1007`);
  const lines = (await bytes('.ndjson')).toString('utf8').trimEnd().split('\n');
  expected = lines.map((line) => texts(JSON.parse(line)));
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

async function bytes(path: string): Promise<Buffer> {
  const response = await fetch(`${gateway.url}${DATASET}${path}`);
  return Buffer.from(await response.arrayBuffer());
}

const texts = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      if (value === null) return [name, null];
      const text = value instanceof Date ? value.toISOString().slice(0, 10) : String(value);
      return [name, DECIMALS.includes(name) ? allDigits(text) : text];
    }),
  );

function allDigits(decimal: string): string {
  const [whole, fraction = ''] = decimal.split('.');
  return `${whole}.${fraction.replace(/0+$/, '').padEnd(SCALE, '0')}`;
}

/** The first row that differs says more than twenty thousand. */
function expectRows(found: readonly Row[], wanted: readonly Row[] = expected): void {
  const texts = wanted.map((row) => JSON.stringify(Object.entries(row).toSorted()));
  const at = found.findIndex((row, at) => JSON.stringify(Object.entries(row).toSorted()) !== texts[at]);
  expect(found[at]).toEqual(wanted[at]);
  expect([at, found.length]).toEqual([-1, wanted.length]);
}

async function duckdb(select: string): Promise<Row[]> {
  const connection = await (await DuckDBInstance.create()).connect();
  try {
    return (await connection.runAndReadAll(select)).getRowObjectsJson().map(texts);
  } finally {
    connection.closeSync();
  }
}

async function saved(path: string): Promise<string> {
  const file = join(folder, `rows${path.slice(0, path.indexOf('?') >>> 0)}`);
  writeFileSync(file, await bytes(path));
  return file;
}

test('there are rows of every kind to lose something of', () => {
  expect(expected.length).toBeGreaterThan(ROWS);
  const names = expected.map(({ productName }) => productName);
  for (const value of AWKWARD) expect(names).toContain(value);
  expect(expected.find(({ id }) => id === '1007')).toMatchObject({ city: null, netAmount: '123456789012.654321' });
});

test('Parquet by DuckDB: every value, decimals and days as such', async () => {
  const file = await saved('.parquet');
  expectRows(await duckdb(`select * from read_parquet('${file}')`));
  const types = await duckdb(
    `select column_name, column_type, "null" from (describe select * from read_parquet('${file}'))`,
  );
  expect(types).toContainEqual({ column_name: 'netAmount', column_type: 'DECIMAL(18,6)', null: 'YES' });
  expect(types).toContainEqual({ column_name: 'plannedDate', column_type: 'DATE', null: 'YES' });
  expect(types).toContainEqual({ column_name: 'daysLate', column_type: 'INTEGER', null: 'YES' });
});

test('Parquet by hyparquet: every value but for what its numbers cannot hold', async () => {
  const file = new Uint8Array(await bytes('.parquet')).buffer;
  const found = await parquetReadObjects({ file });
  const inexact = (row: Row) => ({
    ...row,
    ...Object.fromEntries(DECIMALS.map((name) => [name, Number(row[name]).toPrecision(15)])),
  });
  expectRows(
    found.map((row) => inexact(texts(row))),
    expected.map(inexact),
  );
});

test('CSV by DuckDB: every value, an empty text told from none', async () => {
  const file = await saved('.csv?safe=0');
  const options = `header = true, all_varchar = true, allow_quoted_nulls = false, delim = ',', quote = '"', escape = '"', new_line = '\\r\\n'`;
  expectRows(await duckdb(`select * from read_csv('${file}', ${options})`));
});

test('Arrow by its own library: every value, in batches', async () => {
  const table = tableFromIPC(await bytes('.arrow'));
  expect(table.batches.length).toBeGreaterThan(1);
  const found = table.toArray().map((row) =>
    texts(
      Object.fromEntries(
        table.schema.fields.map(({ name }): [string, unknown] => {
          const value: unknown = row[name];
          if (value === null) return [name, null];
          if (DECIMALS.includes(name)) return [name, withPoint(BigInt(String(value)))];
          return [name, name.endsWith('Date') ? new Date(Number(value)) : value];
        }),
      ),
    ),
  );
  expectRows(found);
});

function withPoint(unscaled: bigint): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(SCALE + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -SCALE)}.${digits.slice(-SCALE)}`;
}

test.each(['.parquet', '.arrow'])('%s without a row has its columns all the same', async (path) => {
  const file = await bytes(`${path}?plants=none`);
  const names = Object.keys(expected[0] ?? {});
  if (path === '.arrow') expect(tableFromIPC(file).schema.fields.map(({ name }) => name)).toEqual(names);
  else {
    writeFileSync(join(folder, 'empty.parquet'), file);
    const columns = await duckdb(`select column_name from (describe select * from '${join(folder, 'empty.parquet')}')`);
    expect(columns.map(({ column_name }) => column_name)).toEqual(names);
  }
});

test('a number that the format cannot hold ends the rows rather than being rounded', async () => {
  await gateway.models.query(`update read.delayed_shipment set net_amount = 0.1234567 where id = 1001`);
  const { status, body } = await gateway.fetch(`${DATASET}.parquet`);
  expect([status, body.code]).toEqual([500, 'INTERNAL_SERVER_ERROR']);
  expect((await gateway.fetch(`${DATASET}.csv`)).status).toBe(200);
});
