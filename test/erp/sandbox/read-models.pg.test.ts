/** The sandbox's read models: complete, exact whatever happens in the ERP, and cheap to keep. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Random } from '../../../erp/sandbox/random.ts';
import { randomChanges } from '../../../erp/sandbox/random-changes.ts';
import { today } from '../../../erp/sandbox/seed.ts';
import { trafficTransaction } from '../../../erp/sandbox/traffic.ts';
import { checkReadModels } from '../../../replica/check-read-models.ts';
import { modelView } from '../../../replica/model/definition.ts';
import { erpServer } from '../postgres/erp.ts';
import { seededRandom } from '../postgres/seeded-random.ts';
import { BASE_DATE, type SandboxErp, type SandboxReplica, sandboxErp, sandboxReplica } from './sandbox.ts';

const server = erpServer(18);

describe('nobody writes to the ERP', () => {
  let erp: SandboxErp;
  let replica: SandboxReplica;
  beforeAll(async () => {
    erp = await sandboxErp(server, { lines: 20_000, hotProductShare: 0.1 });
    replica = await sandboxReplica(server, erp);
  });
  afterAll(async () => {
    await replica[Symbol.asyncDispose]();
    await erp[Symbol.asyncDispose]();
  });

  test('every flat type has rows, no required field is null, and every enum is one of its values', async () => {
    for (const type of replica.flat.types) {
      const table = replica.table(type.model);
      const fields = type.fields.filter(({ name, computed }) => computed === undefined && name !== 'id');
      const checks = fields.map(({ column, nullable, values }) => {
        const wrong = [
          ...(nullable ? [] : [`${column} is null`]),
          ...(values ? [`${column} not in (${values.map((value) => `'${value}'`).join(', ')})`] : []),
        ];
        return `count(*) filter (where ${wrong.join(' or ') || 'false'})::text as "${column}"`;
      });
      const { rows } = await replica.db.query<Record<string, string>>(
        `select count(*)::text as rows, ${checks.join(', ')} from ${table}`,
      );
      const { rows: count, ...wrong } = rows[0] ?? {};
      expect(Number(count), `rows of ${type.name}`).toBeGreaterThan(4);
      expect(
        Object.entries(wrong).filter(([, found]) => found !== '0'),
        type.name,
      ).toEqual([]);
    }
  });

  test('every value of an enum that the ERP has a code for occurs, and every nullable field has a value somewhere', async () => {
    for (const type of replica.flat.types) {
      const table = replica.table(type.model);
      for (const { column, values, nullable, name, computed } of type.fields) {
        if (computed !== undefined || name === 'id') continue;
        if (values) {
          const { rows } = await replica.db.query(`select distinct ${column} from ${table}`);
          expect(rows.length, `${type.name}.${name}`).toBeGreaterThan(1);
        }
        if (nullable) {
          const { rowCount } = await replica.db.query(`select from ${table} where ${column} is not null limit 1`);
          expect(rowCount, `${type.name}.${name}`).toBe(1);
        }
      }
    }
  });

  test('delayed shipments are those the ERP itself would name', async () => {
    const sql = await readFile(new URL('../../../erp/sandbox/delayed-shipments.sql', import.meta.url), 'utf8');
    const asText = { getTypeParser: () => (value: unknown) => value };
    const { rows: expected, fields } = await erp.client.query<Record<string, string>>({
      text: sql,
      values: ['1010', BASE_DATE, 500],
      types: asText,
    });
    const columns = fields.map(({ name }) =>
      name === 'days_late' ? `date '${BASE_DATE}' - planned_date as ${name}` : name,
    );
    const { rows: found } = await replica.db.query<Record<string, string>>(
      `select ${columns.join(', ')} from ${replica.table('delayed_shipment')}
     where plant_code = '1010' and planned_date < '${BASE_DATE}' order by planned_date, shipment_id, item_no limit 500`,
    );
    expect(expected.length).toBeGreaterThan(10);
    expect(found).toEqual(expected);
  });

  test('every reference leads to a row', async () => {
    const idOf = (model: string, alias: string) =>
      (replica.definitions.find((definition) => definition.model === model)?.key ?? [])
        .map(({ column }) => `${alias}."${column}"::text`)
        .join(` || ':' || `);
    const type = (name: string) => replica.flat.types.find((one) => one.name === name);
    const column = (name: string, field: string) =>
      type(name)?.fields.find((one) => one.name === field)?.column ?? 'missing';
    for (const { from, name, to, by, cardinality } of replica.flat.references) {
      const [holder, held] = cardinality === 'one' ? [from, to] : [to, from];
      const [child, parent] = [type(holder)?.model ?? '', type(held)?.model ?? ''];
      const { rows } = await replica.db.query<{ all: string; astray: string }>(/* sql */ `
      select count(c.id)::text as all, count(c.id) filter (where p.id is null)::text as astray
      from (select t."${column(holder, by)}"::text as id from ${replica.table(child)} t) c
      left join (select ${idOf(parent, 't')} as id from ${replica.table(parent)} t) p using (id)`);
      expect(rows[0]?.astray, `${from}.${name}`).toBe('0');
      expect(Number(rows[0]?.all), `${from}.${name}`).toBeGreaterThan(0);
    }
  });

  test('recomputing one row of any read model visits at most 200 pages, the busiest too', async () => {
    const { db } = replica;
    for (const definition of replica.definitions) {
      const key = definition.key.map(({ column }) => `"${column}"`);
      const busiest = definition.model.startsWith('stock_') && definition.model !== 'stock_movement';
      const { rows } = await db.query<string[]>({
        text: /* sql */ `
        select ${key.map((column) => `${column}::text`).join(', ')} from ${replica.table(definition.model)}
        order by ${busiest ? 'incoming + outgoing + quantity desc' : `md5(concat(${key.join(', ')}))`} limit 5`,
        rowMode: 'array',
      });
      expect(rows.length, definition.model).toBeGreaterThan(0);
      for (const row of rows) {
        const values = definition.key.map(({ type }, at) => `'${row[at]?.replaceAll("'", "''")}'::${type}`);
        const { rows: plans } = await db.query<{ 'QUERY PLAN': string }>(/* sql */ `
        explain (analyze, buffers, format json)
        select v.* from (values (${values.join(', ')})) as k(${key.join(', ')}),
          lateral (select * from ${modelView(definition)} v where ${key.map((column) => `v.${column} = k.${column}`).join(' and ')} offset 0) v`);
        const [plan] = JSON.parse(plans[0]?.['QUERY PLAN'] ?? '[]');
        const pages = plan.Plan['Shared Hit Blocks'] + plan.Plan['Shared Read Blocks'];
        expect(pages, `${definition.model} ${row.join(':')}`).toBeLessThanOrEqual(200);
      }
    }
  });
});

test('changes without any sense leave every read model as its SELECT says', { timeout: 300_000 }, async () => {
  const { seed } = seededRandom();
  console.info(`SEED=${seed}`);
  const random = new Random(seed);
  await using erp = await sandboxErp(server, { lines: 1_000, foreignKeys: false });
  await using replica = await sandboxReplica(server, erp);
  for (let round = 0; round < 3; round++) {
    await randomChanges(erp.client, random, 300);
    await replica.caughtUp();
    const verdicts = await replica.verify();
    expect(verdicts.filter(({ differences, quarantined }) => differences + quarantined > 0)).toEqual([]);
    expect(verdicts.reduce((sum, { rows }) => sum + rows, 0)).toBeGreaterThan(1_000);
  }
});

test('a working day leaves every read model as its SELECT says', { timeout: 300_000 }, async () => {
  await using erp = await sandboxErp(server, { lines: 2_000, baseDate: today() });
  await using replica = await sandboxReplica(server, erp);
  const random = new Random(3);
  for (let one = 0; one < 1_000; one++) await trafficTransaction(erp.client, random);
  await replica.caughtUp();
  expect((await replica.verify()).filter(({ differences }) => differences > 0)).toEqual([]);
});

test('no @from line misses a key', { timeout: 600_000 }, async () => {
  await using erp = await sandboxErp(server, { lines: 100 });
  await using replica = await sandboxReplica(server, erp);
  expect(await checkReadModels(replica.db, () => {})).toEqual([]);
});

test('a quantity priced for nought units breaks its own rows and no others', async () => {
  await using erp = await sandboxErp(server, { lines: 200 });
  await using replica = await sandboxReplica(server, erp);
  const { rows } = await erp.client.query<{ order: string; item: string }>(
    `update sales_item set price_unit = 0 where (order_no, item_no) in (select order_no, item_no from sales_item order by 1, 2 limit 1)
     returning order_no as order, item_no as item`,
  );
  await replica.caughtUp();
  const { rows: broken } = await replica.db.query<{ model: string; key: string }>(
    `select m.model, array_to_string(q.key, ':') as key from skiff.quarantine q join skiff.read_model m using (hash) order by 1`,
  );
  expect(broken).toContainEqual({ model: 'sales_order_line', key: `${rows[0]?.order}:${rows[0]?.item}` });
  expect(broken).toContainEqual({ model: 'sales_order', key: rows[0]?.order });

  await erp.client.query('update sales_item set price_unit = 1 where price_unit = 0');
  await replica.caughtUp();
  expect((await replica.db.query('select from skiff.quarantine')).rowCount).toBe(0);
  expect((await replica.verify()).filter(({ differences }) => differences > 0)).toEqual([]);
});
