/** A capture that is killed at any moment goes on as if nothing had been. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { MirrorTable } from '../../../erp/connector.ts';
import { type Program, runProgram } from '../../child-process.ts';
import { type TestPostgres, testPostgres } from '../../postgres.ts';
import type { CapturePlan } from './capture-process.ts';
import { sinkDdl } from './database-sink.ts';
import { type Erp, erpDatabase, erpServer, PUBLICATION, versions } from './erp.ts';
import { until } from './running-capture.ts';
import { seededRandom } from './seeded-random.ts';

const item: MirrorTable = { name: 'item', key: ['id'], columns: { id: 'integer', name: 'text', body: 'text' } };
const line: MirrorTable = {
  name: 'line',
  key: ['item', 'pos'],
  columns: { item: 'integer', pos: 'integer', quantity: 'numeric' },
};
const log: MirrorTable = { name: 'log', key: ['id'], columns: { id: 'bigint', text: 'text' } };
const tables = [item, line, log];
const ddl = `
  create table item (id int primary key, name text, body text, other int);
  create table line (item int, pos int, quantity numeric, primary key (item, pos));
  create table log (id bigint generated always as identity primary key, text text)`;

const program = new URL('./capture-process.ts', import.meta.url);

interface ProcessLimits {
  readonly batchSize?: number;
  readonly heapMegabytes?: number;
}

function startCapture(
  erp: Erp,
  replica: TestPostgres,
  { batchSize = 50, heapMegabytes = 512 }: ProcessLimits = {},
): Program {
  const plan: CapturePlan = {
    erpUrl: erp.url,
    replicaUrl: replica.url,
    publication: PUBLICATION,
    slot: erp.slot,
    batchSize,
    tables: tables.map(({ name, key, columns }) => ({ name, key: [...key], columns })),
  };
  const env = { NODE_OPTIONS: `--max-old-space-size=${heapMegabytes}` };
  return runProgram(program, { args: [JSON.stringify(plan)], env });
}

/** The replica's rows equal the ERP's. */
async function expectEqual(erp: Erp, replica: TestPostgres): Promise<void> {
  for (const table of tables) {
    const { rows } = await replica.query<{ key: string; row: Record<string, string | null> }>(
      'select key, row from mirror where table_name = $1',
      [table.name],
    );
    const held = new Map(rows.map(({ key, row }) => [key, row]));
    const real = await erp.rows(table);
    expect(held.size, table.name).toBe(real.length);
    for (const row of real) expect(held.get(table.key.map((column) => row[column]).join(':'))).toEqual(row);
  }
}

/** Everything that was committed before has arrived. */
async function arrived(erp: Erp, replica: TestPostgres): Promise<void> {
  const { rows } = await erp.query<{ id: string }>(`insert into log (text) values ('last') returning id::text`);
  await until(async () => {
    const found = await replica.query(`select from mirror where table_name = 'log' and key = $1`, [rows[0]?.id]);
    return found.rows.length > 0;
  });
}

/** One transaction of the ERP's day. Each writes one line into the log, unless it is rolled back. */
function randomTransaction(random: () => number): string {
  const below = (bound: number) => Math.floor(random() * bound);
  const statements = Array.from({ length: 1 + below(4) }, () => {
    const [id, pos] = [below(300), below(5)];
    const body = random() < 0.3 ? `(select string_agg(md5(g::text), '') from generate_series(1, 300) g)` : `'short'`;
    switch (below(8)) {
      case 0:
      case 1:
        return `insert into item values (${id}, 'n${below(1e6)}', ${body}, 1) on conflict (id) do update set name = excluded.name`;
      case 2:
        return `update item set name = 'u${below(1e6)}' where id between ${id} and ${id + 5}`;
      case 3:
        return `update item set id = id + 1000 where id = ${id} and not exists (select from item where id = ${id + 1000})`;
      case 4:
        return `delete from item where id between ${id} and ${id + 2}`;
      case 5:
        return `update item set other = ${id} where id = ${id}`;
      case 6:
        return `insert into line select ${id}, g, ${id / 7} from generate_series(1, ${pos * 40}) g on conflict (item, pos) do update set quantity = excluded.quantity`;
      default:
        return random() < 0.03 ? 'truncate line' : `delete from line where item = ${id} and pos >= ${pos}`;
    }
  });
  const end = random() < 0.1 ? 'rollback' : 'commit';
  return `begin; ${statements.join('; ')}; insert into log (text) values ('t'); ${end}`;
}

describe.each(versions)('on PostgreSQL %i', (version) => {
  const server = erpServer(version);

  test('killed in the stream again and again, it loses nothing and doubles nothing', async () => {
    const { random, seed } = seededRandom();
    console.info(`seed ${seed}`);
    await using erp = await erpDatabase(server, version, { ddl, tables });
    await using replica = await testPostgres();
    await replica.query(sinkDdl);
    let capture = startCapture(erp, replica);
    await until(async () => (await capture.nextLine()) === 'streaming');
    const writing = new AbortController();
    const writer = (async () => {
      while (!writing.signal.aborted) await erp.query(randomTransaction(random));
    })();

    for (let kill = 0; kill < 4; kill++) {
      await sleep(50 + random() * 400);
      await capture[Symbol.asyncDispose]();
      capture = startCapture(erp, replica);
      await until(async () => (await capture.nextLine()) === 'streaming');
    }
    writing.abort();
    await writer;
    await arrived(erp, replica);
    await capture[Symbol.asyncDispose]();

    await expectEqual(erp, replica);
    // Each line of the log was inserted once, and no transaction that fits a batch comes twice.
    const twice = await replica.query(`
      select key from received where table_name = 'log' group by key having count(*) > 1`);
    expect(twice.rows).toEqual([]);
    const { rows } = await replica.query<{ snapshots: string }>(
      `select count(*) as snapshots from mirror m where table_name = 'log' and not exists (
         select from received r where r.table_name = 'log' and r.key = m.key)`,
    );
    expect(rows).toEqual([{ snapshots: '0' }]);
  }, 300_000);

  test('killed in the snapshot again and again, it begins anew and leaves no slot behind but its own', async () => {
    const { random, seed } = seededRandom();
    console.info(`seed ${seed}`);
    await using erp = await erpDatabase(server, version, { ddl, tables });
    await using replica = await testPostgres();
    await replica.query(sinkDdl);
    await erp.query(`insert into item select g, 'name', repeat('x', 200) from generate_series(1, 60000) g`);
    const writing = new AbortController();
    const writer = (async () => {
      while (!writing.signal.aborted) {
        await erp.query(randomTransaction(random));
        await sleep(5);
      }
    })();

    for (let kill = 0; kill < 3; kill++) {
      const capture = startCapture(erp, replica);
      await until(async () => (await capture.nextLine()) === 'snapshot');
      await sleep(random() * 700);
      await capture[Symbol.asyncDispose]();
    }
    const capture = startCapture(erp, replica);
    await until(async () => (await capture.nextLine()) === 'streaming');
    writing.abort();
    await writer;
    await arrived(erp, replica);
    await capture[Symbol.asyncDispose]();

    await expectEqual(erp, replica);
    const name = new URL(erp.ownerUrl).pathname.slice(1);
    const slots = await erp.query('select slot_name from pg_replication_slots where database = $1', [name]);
    expect(slots.rows).toEqual([{ slot_name: erp.slot }]);
  }, 300_000);
});

describe('with little memory', () => {
  const server = erpServer(18);

  test('a transaction of 150,000 rows passes through a process that could not hold it', async () => {
    await using erp = await erpDatabase(server, 18, { ddl, tables });
    await using replica = await testPostgres();
    await replica.query(sinkDdl);
    await using capture = startCapture(erp, replica, { batchSize: 1_000, heapMegabytes: 48 });
    await until(async () => (await capture.nextLine()) === 'streaming');

    // 48 MB of text; a process that keeps the transaction until its end dies of it.
    await erp.query(`insert into item select g, 'name', repeat(md5(g::text), 10) from generate_series(1, 150000) g`);
    await arrived(erp, replica);

    const { rows } = await replica.query(`select count(*) from mirror where table_name = 'item'`);
    expect(rows).toEqual([{ count: '150000' }]);
  }, 180_000);
});
