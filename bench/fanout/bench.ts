/**
 * A product is renamed in the ERP, which touches very many flat rows, while transactions go on: how long that takes behind
 * the stream, what it does to the lag of other read models, and whether answers say honestly how old they are.
 *
 * `--lines 500000 --rows 200000 --rate 200 --seed 1`
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { runTraffic } from '../../erp/sandbox/traffic.ts';
import { type Definition, readTable } from '../../replica/model/definition.ts';
import { benchDatabases, type Database, type Databases, settled } from '../databases.ts';
import { caughtUp, verified } from '../exact.ts';
import { p50, p99, round, say } from '../figures.ts';
import type { Flags } from '../flags.ts';
import { orderReference, watchMarkers } from '../markers.ts';
import { readModels } from '../read-models.ts';
import { startSkiff } from '../roles.ts';
import { until } from '../until.ts';
import { watchHonesty } from './honesty.ts';

/** The seed's first product: its share of the order lines can be chosen. */
const PRODUCT = '0000100000';
/** Flat rows of an order line: itself, its shipment, its stock movement, its invoice. */
const ROWS_A_LINE = 4;
const MARGIN = 1.15;
const SETTLING_MS = 5_000;

export async function bench(flags: Flags): Promise<Readonly<Record<string, unknown>>> {
  const lines = flags.number('lines', 500_000, 5_000);
  const wanted = flags.number('rows', 200_000, 4_000);
  const rate = flags.number('rate', 200, 40);
  const seed = flags.number('seed', 1);
  flags.refuseOthers();

  await using databases = await benchDatabases({ lines, hotProductShare: (MARGIN * wanted) / (ROWS_A_LINE * lines) });
  await using skiff = await startSkiff(databases);
  const { erp } = databases;
  await settled(databases);
  const over = new AbortController();
  const { signal } = over;
  const [traffic, marking] = [
    runTraffic(erp.pool, { ratePerSecond: rate / 2, seed, signal }),
    watchMarkers({ erp, graphql: skiff.graphql, kinds: [orderReference], ratePerSecond: rate / 2, signal }),
  ];
  const renaming = rename(databases, skiff.graphql).finally(() => over.abort());
  const [renamed, { samples, lost }] = await Promise.all([renaming, marking, traffic]);
  const { begun, ended, ...fanout } = renamed;
  if (fanout.rowsTouched < wanted) throw new Error(`Only ${fanout.rowsTouched} rows show the product's name`);
  await caughtUp(databases);
  await verified(databases.replica);

  const lags = (from: number, to: number) =>
    samples.filter(({ committedAt }) => committedAt >= from && committedAt < to).map(({ lagMs }) => lagMs);
  const meanwhile = lags(begun, ended);
  return {
    lines,
    rate,
    ...fanout,
    otherLagP50Ms: p50(meanwhile),
    otherLagP99Ms: p99(meanwhile),
    otherLagSamples: meanwhile.length,
    lagP99MsBefore: p99(lags(begun - SETTLING_MS / 2, begun)),
    lost,
  };
}

async function rename({ erp, replica }: Databases, graphql: string) {
  await sleep(SETTLING_MS);
  const { rows } = await erp.pool.query<{ name: string }>(
    `select short_text as name from material_text where material_no = $1 and language_code = 'EN'`,
    [PRODUCT],
  );
  const oldName = rows[0]?.name ?? '';
  const honesty = watchHonesty(graphql, PRODUCT, oldName);
  await using models = await readModels(replica);
  const showing = models.definitions.filter(({ columns }) => 'product_id' in columns && 'product_name' in columns);
  const isBegun = async () =>
    (
      await replica.pool.query(
        "select from erp.material_text where material_no = $1 and language_code = 'EN' and short_text <> $2",
        [PRODUCT, oldName],
      )
    ).rowCount !== 0;

  await erp.pool.query(`update material_text set short_text = $1 where material_no = $2 and language_code = 'EN'`, [
    `Renamed ${oldName}`.slice(0, 60),
    PRODUCT,
  ]);
  const begun = performance.now();
  honesty.committed(new Date());
  say('Renamed');
  // What waits behind the stream is noted in the transaction that brings the new name.
  await until(isBegun);
  await until(async () => !(await isPending(replica)));
  const ended = performance.now();
  const { answers, withOldName, dishonest } = await honesty.end();

  // The traffic may have renamed it once more: what counts is that the old name is gone.
  const left = await rowsShowing(replica, showing, '= $2', oldName);
  if (left > 0) throw new Error(`${left} rows still show the product's old name`);
  if (dishonest > 0) throw new Error(`${dishonest} of ${answers} answers claimed to be newer than what they showed`);
  return {
    begun,
    ended,
    rowsTouched: await rowsShowing(replica, showing, '<> $2', oldName),
    secondsToComplete: round((ended - begun) / 1_000),
    asOfHonest: true,
    answers,
    answersWithOldName: withOldName,
  };
}

async function isPending({ pool }: Database): Promise<boolean> {
  const { rowCount } = await pool.query('select from skiff.pending where key = array[$1] limit 1', [PRODUCT]);
  return rowCount !== 0;
}

async function rowsShowing(
  { pool }: Database,
  definitions: readonly Definition[],
  comparison: string,
  name: string,
): Promise<number> {
  const parts = definitions.map(
    (definition) => `select from ${readTable(definition)} where product_id = $1 and product_name ${comparison}`,
  );
  const { rows } = await pool.query<{ count: string }>(`select count(*) from (${parts.join(' union all ')}) showing`, [
    PRODUCT,
    name,
  ]);
  return Number(rows[0]?.count);
}
