/** What the sandbox ERP promises whoever develops against it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSandboxDatabase, indexForeignKeys, isSandboxDatabase } from '../../../erp/sandbox/database.ts';
import { testPostgres } from '../../postgres.ts';
import { erpServer, versions } from '../postgres/erp.ts';
import { BASE_DATE, type SandboxErp, sandboxErp } from './sandbox.ts';

const servers = new Map(versions.map((version) => [version, erpServer(version)]));

function serverOf(version: number) {
  const server = servers.get(version);
  if (!server) throw new Error(`No server of version ${version}`);
  return server;
}

/** One number per table that depends on every value of every row. */
async function imprint({ client }: SandboxErp): Promise<readonly { table: string; rows: string; sum: string }[]> {
  await client.query(`set timezone = 'UTC'`);
  const { rows } = await client.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public' order by 1`,
  );
  const imprints = [];
  for (const { name } of rows) {
    const found = await client.query<{ table: string; rows: string; sum: string }>(
      `select '${name}' as table, count(*)::text as rows, sum(hashtextextended(t::text, 0))::text as sum from ${name} t`,
    );
    imprints.push(...found.rows);
  }
  return imprints;
}

describe.each(versions)('on PostgreSQL %i', (version) => {
  test('the sandbox is a company: five plants, fifteen storage locations, and everything has rows', async () => {
    await using erp = await sandboxErp(serverOf(version), { lines: 1_000 });
    expect(await isSandboxDatabase(erp.client)).toBe(true);
    expect(await erp.count('select count(*) from plant')).toBe(5);
    expect(await erp.count(`select count(*) from storage_location where location_type = 'ST'`)).toBe(15);
    const imprints = await imprint(erp);
    expect(imprints.length).toBeGreaterThanOrEqual(24);
    expect(imprints.filter(({ rows }) => rows === '0')).toEqual([]);
    expect(await erp.count('select count(*) from delivery_item')).toBe(1_000);
  });

  test('every write raises the version of the row', async () => {
    await using erp = await sandboxErp(serverOf(version), { lines: 100 });
    await erp.client.query(`update carrier set name = 'Another' where carrier_code = 'UPS'`);
    const { rows } = await erp.client.query(
      `select row_version > 1 as is_later, changed_at > now() - interval '1 hour' as is_new from carrier where carrier_code = 'UPS'`,
    );
    expect(rows).toEqual([{ is_later: true, is_new: true }]);
  });

  test('foreign keys have no index until one asks for it, then every one has', async () => {
    await using erp = await sandboxErp(serverOf(version), { lines: 100 });
    const bare = /* sql */ `
      select count(*) from pg_constraint c where contype = 'f' and not exists (
        select from pg_index i where i.indrelid = c.conrelid
          and (string_to_array(i.indkey::text, ' ')::int2[])[1:cardinality(c.conkey)] = c.conkey)`;
    expect(await erp.count(bare)).toBeGreaterThan(50);
    await indexForeignKeys(erp.client);
    expect(await erp.count(bare)).toBe(0);
  });
});

test('the same size and day give the same rows, on every PostgreSQL', async () => {
  const imprints = [];
  for (const version of [...versions, 18]) {
    await using erp = await sandboxErp(serverOf(version), { lines: 1_000 });
    imprints.push(await imprint(erp));
  }
  for (const other of imprints) expect(other).toEqual(imprints[0]);
});

test('a seed that is interrupted leaves the database as it was', async () => {
  await using db = await testPostgres();
  const client = await db.pool.connect();
  const stopped = createSandboxDatabase(client, {
    lines: 1_000,
    onProgress: (_done, _total, what) => {
      if (what === 'invoices') throw new Error('the power failed');
    },
  });
  await expect(stopped).rejects.toThrow('the power failed');
  expect(await isSandboxDatabase(client)).toBe(false);
  client.release();
});

describe('ten thousand shipment lines', () => {
  const lines = 10_000;
  let erp: SandboxErp;
  beforeAll(async () => {
    erp = await sandboxErp(serverOf(18), { lines });
  });
  afterAll(() => erp[Symbol.asyncDispose]());

  test('look like business: late ones are few, and stock is what came less what went', async () => {
    expect(await erp.count('select count(*) from delivery_item')).toBe(lines);
    const open = /* sql */ `
      from delivery_item i join delivery_header h using (delivery_no) join delivery_status s using (delivery_no, item_no)
      left join sales_schedule c on c.order_no = i.sales_order_no and c.item_no = i.sales_item_no and c.schedule_no = i.schedule_no
      where s.goods_issue_status <> 'C' and h.cancelled_on is null`;
    const all = await erp.count(`select count(*) ${open}`);
    const late = await erp.count(`select count(*) ${open} and c.confirmed_date < $1`, [BASE_DATE]);
    expect(all / lines).toBeGreaterThan(0.05);
    expect(all / lines).toBeLessThan(0.12);
    expect(late / all).toBeGreaterThan(0.02);
    expect(late / all).toBeLessThan(0.1);

    const stock = /* sql */ `
      select material_no, location_code, sum(quantity) as quantity from (
        select material_no, to_location as location_code, quantity from stock_movement where status_code = 'D'
        union all select material_no, from_location, -quantity from stock_movement where status_code = 'D') m
      join storage_location using (location_code) where location_type = 'ST' group by 1, 2`;
    expect(await erp.count(`select count(*) from (${stock}) s`)).toBeGreaterThan(400);
    expect(await erp.count(`select count(*) from (${stock}) s where quantity < 0`)).toBe(0);
  });

  test('nothing that has happened happened after today', async () => {
    const future: Readonly<Record<string, string>> = {
      stock_movement: 'posting_date',
      delivery_status: 'goods_issue_date',
      inbound_header: 'arrived_on',
      production_header: 'actual_end',
      invoice_header: 'invoice_date',
      sales_header: 'order_date',
    };
    for (const [table, column] of Object.entries(future)) {
      expect(await erp.count(`select count(*) from ${table} where ${column} >= $1`, [BASE_DATE]), table).toBe(0);
      expect(await erp.count(`select count(*) from ${table} where changed_at >= $1`, [BASE_DATE]), table).toBe(0);
    }
  });

  test('a shipment line, a received item and a component know the movement that moves them', async () => {
    for (const [table, document] of [
      ['delivery_item', 'delivery_no'],
      ['inbound_item', 'inbound_no'],
      ['production_component', 'production_no'],
      ['production_item', 'production_no'],
    ]) {
      const astray = await erp.count(/* sql */ `
        select count(*) from ${table} i left join stock_movement m using (movement_no)
        where i.movement_no is not null and (m.reference_no, m.material_no) is distinct from (i.${document}, i.material_no)`);
      expect(astray, table).toBe(0);
    }
  });
});

test('a product can be made the hot one, and movements can be added for years back', async () => {
  const history = { movements: 4_000, months: 48 };
  await using erp = await sandboxErp(serverOf(18), { lines: 1_000, hotProductShare: 0.2, history });
  const hot = await erp.count(`select count(*) from sales_item where material_no = '0000100000'`);
  expect(hot).toBeGreaterThan(150);
  const older = 'from stock_movement where movement_no <= 4000';
  expect(await erp.count(`select count(*) ${older}`)).toBe(4_000);
  expect(await erp.count(`select count(distinct fiscal_period) ${older}`)).toBeGreaterThanOrEqual(48);
});
