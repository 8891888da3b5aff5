/**
 * How fast the replica is filled, and how fast it catches up: with all read models on, the replica is stopped, a backlog
 * in the traffic's mix is written, and the replica started again.
 *
 * `--lines 500000 --changes 100000 --seed 1`
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { connector } from '../../erp/sandbox/connector.ts';
import { Random } from '../../erp/sandbox/random.ts';
import { trafficTransaction } from '../../erp/sandbox/traffic.ts';
import { parseReport } from '../../replica/report.ts';
import { showProgress } from '../../runtime/progress.ts';
import { benchDatabases, type Database, type Databases, settled } from '../databases.ts';
import { caughtUp, verified } from '../exact.ts';
import { round, say } from '../figures.ts';
import type { Flags } from '../flags.ts';
import { startReplica } from '../roles.ts';
import { until } from '../until.ts';

export async function bench(flags: Flags): Promise<Readonly<Record<string, unknown>>> {
  const lines = flags.number('lines', 500_000, 2_000);
  const wanted = flags.number('changes', 100_000, 2_000);
  const seed = flags.number('seed', 1);
  flags.refuseOthers();

  await using databases = await benchDatabases({ lines });
  const filled = await fill(databases);
  await writeBacklog(databases.erp, wanted, seed);
  await settled(databases);
  const caught = await catchUp(databases);
  await verified(databases.replica);
  return { lines, ...filled, ...caught };
}

/** A first start: the snapshot, from the slot to the commit of all tables and their indexes, and the read models. */
async function fill(databases: Databases): Promise<Readonly<Record<string, number>>> {
  await using running = startReplica(databases);
  const { erp, replica } = databases;
  await until(async () => (await erp.pool.query('select from pg_replication_slots')).rowCount === 1);
  const began = performance.now();
  await until(async () => {
    const { rows } = await replica.pool.query<{ exists: boolean }>(
      `select to_regclass('skiff.watermark') is not null as exists`,
    );
    return rows[0]?.exists === true;
  });
  await until(async () => (await replica.pool.query('select from skiff.watermark')).rowCount === 1);
  const copied = performance.now();
  await running.ready;
  const built = performance.now();

  let rows = 0;
  for (const { name } of connector({}).tables) rows += await count(replica, `select count(*) from erp.${name}`);
  const snapshotSeconds = (copied - began) / 1_000;
  return {
    rows,
    snapshotRowsPerSecond: Math.round(rows / snapshotSeconds),
    snapshotSeconds: round(snapshotSeconds),
    buildSeconds: round((built - copied) / 1_000),
  };
}

/** Row changes in the traffic's mix, at least so many. */
async function writeBacklog(erp: Database, wanted: number, seed: number): Promise<void> {
  // As the server counts, which is up to a second late.
  const written = () => count(erp, `select sum(n_tup_ins + n_tup_upd + n_tup_del) as count from pg_stat_user_tables`);
  const before = await written();
  const bar = showProgress({ label: 'Writing the backlog', total: wanted, unit: 'changes' });
  let made = 0;
  const lane = async (random: Random) => {
    while (made < wanted) await trafficTransaction(erp.pool, random);
  };
  const counting = async () => {
    while (made < wanted) {
      await sleep(200);
      const now = (await written()) - before;
      bar.add(now - made);
      made = now;
    }
  };
  await Promise.all([counting(), ...[1, 2, 3, 4].map((number) => lane(new Random(seed + number)))]);
  bar.end();
}

/** From the first batch of the backlog until its last change is applied and nothing waits behind the stream. */
async function catchUp(databases: Databases): Promise<Readonly<Record<string, number>>> {
  const { replica } = databases;
  const head = () => count(replica, 'select batch as count from skiff.head');
  const start = await head();
  const isLastApplied = await lastChange(databases);

  await using running = startReplica(databases);
  await until(async () => (await head()) > start);
  const began = performance.now();
  await until(isLastApplied);
  const streamed = performance.now();
  await until(async () => (await replica.pool.query('select from skiff.pending limit 1')).rowCount === 0);
  const seconds = (performance.now() - began) / 1_000;
  say(
    `Caught up in ${seconds.toFixed(1)} s, ${((performance.now() - streamed) / 1_000).toFixed(1)} s of it behind the stream`,
  );

  await caughtUp(databases);
  const changes = (await nextReport(replica)).changesApplied;
  // The change log counts what the report counts, and what was rewritten behind the stream.
  const rewritten = await replica.pool.query(
    `select op = 'all' as unnamed, count(*)::int as count from skiff.change_log where batch > $1 group by 1`,
    [start],
  );
  const logged = z.array(z.object({ unnamed: z.literal(false), count: z.number() })).parse(rewritten.rows);
  const flatRows = logged[0]?.count ?? 0;
  await running.stop();
  return {
    changes,
    changesPerSecond: Math.round(changes / seconds),
    flatRowsPerSecond: Math.round(flatRows / seconds),
    modelsPerChange: round(flatRows / changes),
  };
}

/** Writes one more change; answers with whether it has arrived in the mirror. */
async function lastChange({ erp, replica }: Databases): Promise<() => Promise<boolean>> {
  const reference = 'the last of the backlog';
  const { rows } = await erp.pool.query<{ order: string }>(
    /* sql */ `
    update sales_header set customer_reference = $1 where order_no = (select max(order_no) from sales_header)
    returning order_no as order`,
    [reference],
  );
  return async () => {
    const found = await replica.pool.query(
      'select from erp.sales_header where order_no = $1 and customer_reference = $2',
      [rows[0]?.order, reference],
    );
    return found.rowCount === 1;
  };
}

/** What the replica reports of itself from now on. */
async function nextReport({ pool }: Database): Promise<ReturnType<typeof parseReport>> {
  const { rows } = await pool.query<{ now: string }>('select clock_timestamp()::text as now');
  let report: unknown;
  await until(async () => {
    const found = await pool.query<{ report: unknown }>('select report from skiff.report where at > $1', [
      rows[0]?.now,
    ]);
    report = found.rows[0]?.report;
    return report !== undefined;
  });
  return parseReport(report);
}

async function count({ pool }: Database, text: string): Promise<number> {
  const { rows } = await pool.query<{ count: string }>(text);
  return Number(rows[0]?.count);
}
