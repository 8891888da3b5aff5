/**
 * What one stock movement costs the replica, by how many there are: from the begin of its batch until mirror, stock levels
 * and change log are committed. The same products and locations, over ten times as many months.
 *
 * `--movements 500000,5000000 --lines 20000 --samples 300`
 */
import { connector } from '../../erp/sandbox/connector.ts';
import { createApplier } from '../../replica/apply/applier.ts';
import { readTable } from '../../replica/model/definition.ts';
import { registered } from '../../replica/model/registry.ts';
import { createLog } from '../../runtime/log.ts';
import { benchDatabases, type Database } from '../databases.ts';
import { caughtUp } from '../exact.ts';
import { p50, round, say } from '../figures.ts';
import type { Flags } from '../flags.ts';
import { startReplica } from '../roles.ts';

type Row = Readonly<Record<string, string | null>>;

interface Cost {
  readonly costMs: number;
  /** Blocks of tables and indexes looked at, which time does not show while a commit waits for the disk. */
  readonly blocks: number;
}

const MONTHS = 24;
/** Free in every number range of the seed. */
const FIRST_NUMBER = 9_000_000_000;
const WARMING_UP = 20;
/** Of all movements, those of the product and location that have the most. */
const BUSIEST_SHARE = 0.01;

export async function bench(flags: Flags): Promise<Readonly<Record<string, unknown>>> {
  const [few = 0, many = 0] = flags.numbers('movements', [500_000, 5_000_000], [5_000, 50_000]);
  const lines = flags.number('lines', 20_000, 1_000);
  const samples = flags.number('samples', 300, 30);
  flags.refuseOthers();

  const small = await costs(few, MONTHS, lines, samples);
  const large = await costs(many, (MONTHS * many) / few, lines, samples);
  return {
    small: { movements: few, ...small },
    large: { movements: many, ...large },
    growth: round(Math.max(large.any.costMs / small.any.costMs, large.busiest.costMs / small.busiest.costMs)),
    blocksGrowth: round(Math.max(large.any.blocks / small.any.blocks, large.busiest.blocks / small.busiest.blocks)),
  };
}

async function costs(movements: number, months: number, lines: number, samples: number) {
  await using databases = await benchDatabases({ lines, history: { movements, months } });
  const { replica } = databases;
  await using running = startReplica(databases);
  await running.ready;
  await caughtUp(databases);
  // From here on the changes are ours.
  await running.stop();

  const product = await busiestProduct(replica);
  const count = samples + WARMING_UP;
  const any = await cost(replica, await newMovements(replica, FIRST_NUMBER, count, 'material_no <> $1', product));
  const busiest = await cost(
    replica,
    await newMovements(replica, FIRST_NUMBER + count, count, 'material_no = $1', product),
  );
  await rightLevels(replica);
  say(`${movements} movements: ${any.costMs} ms, of the busiest product ${busiest.costMs} ms`);
  return { any, busiest };
}

async function busiestProduct({ pool }: Database): Promise<string> {
  const { rows } = await pool.query<{ product: string; share: number }>(/* sql */ `
    select material_no as product, count(*)::float8 / (select count(*) from erp.stock_movement) as share
    from erp.stock_movement group by material_no order by count(*) desc limit 1`);
  const [busiest] = rows;
  if (!busiest || busiest.share < BUSIEST_SHARE) throw new Error(`No product has enough movements: ${busiest?.share}`);
  return busiest.product;
}

/** Movements of today, each like one that was: same product, locations and quantity. */
async function newMovements(
  { pool }: Database,
  first: number,
  count: number,
  where: string,
  product: string,
): Promise<Row[]> {
  const columns = connector({}).tables.find(({ name }) => name === 'stock_movement')?.columns ?? {};
  const { rows } = await pool.query<Row>(
    /* sql */ `
    select ${Object.keys(columns).map((column) => `${column}::text`)}, (select max(posting_date)::text from erp.stock_movement) as today
    from erp.stock_movement where status_code = 'D' and ${where} order by hashint8(movement_no) limit ${count}`,
    [product],
  );
  return rows.map(({ today = null, ...row }, at) => ({
    ...row,
    movement_no: String(first + at),
    planned_date: today,
    posting_date: today,
    created_on: today,
  }));
}

/** One movement after the other, each a batch of its own. */
async function cost(replica: Database, movements: readonly Row[]): Promise<Cost> {
  const applier = await createApplier(replica.url, connector({}).name, createLog({ level: 'warn' }, process.stderr));
  const took: number[] = [];
  const before = await blocksUsed(replica);
  for (const row of movements) {
    const began = performance.now();
    await applier.apply([{ op: 'upsert', table: 'stock_movement', row }], null);
    took.push(performance.now() - began);
  }
  await applier.close();
  const blocks = (await blocksUsed(replica)) - before;
  return { costMs: p50(took.slice(WARMING_UP)), blocks: Math.round(blocks / movements.length) };
}

/** In the whole database, by connections that have ended. */
async function blocksUsed({ pool }: Database): Promise<number> {
  const { rows } = await pool.query<{ blocks: string }>(
    'select (blks_hit + blks_read)::text as blocks from pg_stat_database where datname = current_database()',
  );
  return Number(rows[0]?.blocks);
}

/** Throws when a stock level is not the sum of its movements. */
async function rightLevels({ pool }: Database): Promise<void> {
  const client = await pool.connect();
  try {
    const level = (await registered(client)).find(({ definition }) => definition.model === 'stock_level');
    if (!level) throw new Error('There is no read model stock_level');
    const { rows } = await client.query<{ wrong: number; right: number }>(
      /* sql */ `
      with leg as (
        select material_no, to_location as location_code, quantity from erp.stock_movement where status_code = 'D'
        union all
        select material_no, from_location, -quantity from erp.stock_movement where status_code = 'D'
      ), summed as (
        select material_no, location_code, sum(quantity) as quantity from leg group by 1, 2)
      select count(*) filter (where l.quantity <> coalesce(s.quantity, 0))::int as wrong,
        count(*) filter (where l.quantity = coalesce(s.quantity, 0))::int as right
      from ${readTable(level.definition)} l
      left join summed s on s.material_no = l.product_id and s.location_code = l.location_id`,
    );
    const { wrong = 0, right = 0 } = rows[0] ?? {};
    if (wrong > 0 || right === 0) throw new Error(`${wrong} stock levels are wrong, ${right} are right`);
  } finally {
    client.release();
  }
}
