/** Whenever the replica is killed, in a snapshot, a build or the stream, it ends as the ERP is: nothing lost, nothing doubled. */
import { type ChildProcess, fork } from 'node:child_process';
import { rm } from 'node:fs/promises';
import pg from 'pg';
import { expect, test } from 'vitest';
import { Random } from '../../erp/sandbox/random.ts';
import { verifyAll } from '../../replica/verify.ts';
import { testPostgres } from '../postgres.ts';
import { readModelFolder, smallErp, tables } from './small-erp.ts';

const program = new URL('replica-program.ts', import.meta.url).pathname;

test('a replica whose connections to its database are cut ends, for whoever runs it to begin anew', async () => {
  await using db = await testPostgres();
  await using erp = await smallErp(db.url);
  await db.query(`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'skiff builder'`);
  await expect(erp.replica.done).rejects.toThrow('A connection to the replica database was lost');
  await erp.stop();
  await using again = await smallErp(db.url);
  await again.replica.sample();
});

test('a replica killed at random moments ends equal to the ERP', { timeout: 300_000 }, async () => {
  const seed = Number(process.env.SKIFF_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`random changes with SKIFF_TEST_SEED=${seed}`);
  await using erp = await testPostgres();
  await using replica = await testPostgres();
  const folder = await readModelFolder();
  for (const { name, columns, key } of tables) {
    const list = Object.entries(columns).map(([column, type]) => `${column} ${type}`);
    await erp.query(`create table ${name} (${list.join(', ')}, primary key (${key.join(', ')}))`);
  }
  await erp.query(`create publication skiff_pub for table ${tables.map(({ name }) => name).join(', ')}`);
  await erp.query(
    `insert into product select i, 'product ' || i, repeat(md5(i::text), 200) from generate_series(1, 50) i`,
  );

  const random = new Random(seed);
  const draw = (below: number) => Math.floor(random.next() * below);
  let writing = true;
  const writer = (async () => {
    const client = await erp.pool.connect();
    while (writing) {
      await client.query('begin');
      for (let statements = draw(6); statements >= 0; statements--) await client.query(randomStatement(draw));
      await client.query(draw(10) === 0 ? 'rollback' : 'commit');
    }
    client.release();
  })();

  let child = start(replica.url, erp.url, folder);
  for (let kills = 0; kills < 12; kills++) {
    // Half of the kills hit a start (set-up, snapshot, build), half a running stream.
    if (kills % 2 === 1) await said(child, 'built');
    await new Promise((resolve) => setTimeout(resolve, 100 + draw(1_200)));
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    child = start(replica.url, erp.url, folder);
  }
  await said(child, 'built');
  writing = false;
  await writer;
  child.send('catch up');
  await said(child, 'caught up');

  const db = new pg.Client({ connectionString: replica.url });
  await db.connect();
  for (;;) {
    const { rows } = await db.query('select count(*)::int as n from skiff.pending');
    if (rows[0].n === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const verdicts = await verifyAll(db, () => undefined);
  await db.end();
  const differences = Object.fromEntries(verdicts.map(({ model, differences }) => [model, differences]));
  expect(differences).toEqual({ customer: 0, line: 0, stock_month: 0, stock: 0 });
  for (const { name, columns, key } of tables) {
    const text = `select md5(string_agg(t::text, chr(10) order by ${key.join(', ')})) as hash, count(*) from`;
    const list = Object.keys(columns).join(', ');
    const original = await erp.query(`${text} (select ${list} from ${name}) t`);
    const mirrored = await replica.query(`${text} (select ${list} from erp.${name}) t`);
    expect({ table: name, ...mirrored.rows[0] }).toEqual({ table: name, ...original.rows[0] });
  }
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  await rm(folder, { recursive: true });
});

const start = (replica: string, erp: string, folder: string): ChildProcess =>
  fork(program, [replica, erp, folder], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });

const said = (child: ChildProcess, what: string): Promise<void> =>
  new Promise((resolve, reject) => {
    child.on('message', (message) => message === what && resolve());
    child.once('exit', (code, signal) => reject(new Error(`The replica ended with ${code ?? signal}`)));
  });

function randomStatement(draw: (below: number) => number): string {
  const customer = 1 + draw(20);
  const product = 1 + draw(60);
  const order = 1 + draw(60);
  const location = ['A', 'B', 'C'][draw(3)];
  const statements = [
    `insert into customer values (${customer}, 'customer ${draw(1000)}', 'EU') on conflict (id) do update set name = excluded.name`,
    `update product set name = 'product ${draw(1000)}' where id = ${product}`,
    `update product set note = repeat(md5('${draw(1000)}'), 200) where id = ${product}`,
    `insert into sales_order values (${order}, 'A-${order}', ${customer}) on conflict (id) do update set customer = excluded.customer`,
    `insert into order_line values (${order}, ${draw(5)}, ${product}, ${draw(100)}.5, '2026-01-01') on conflict (sales_order, pos) do update set product = excluded.product, quantity = excluded.quantity`,
    `insert into move values (${draw(400)}, ${product}, '${location}', 'D', '${draw(9)}', ${202600 + draw(3)}) on conflict (id) do update set quantity = excluded.quantity, source = excluded.source`,
    `update order_line set pos = pos + 10 where sales_order = ${order} and pos < 5 and not exists (select from order_line x where x.sales_order = ${order} and x.pos > 9)`,
    `update product set id = id + 1000 where id = ${product} and not exists (select from product where id = ${product} + 1000)`,
    `delete from order_line where sales_order = ${order}`,
    `delete from sales_order where id = ${order}`,
    `delete from customer where id = ${customer}`,
    `delete from move where id = ${draw(400)}`,
  ];
  const [first = ''] = statements;
  return statements[draw(statements.length)] ?? first;
}
