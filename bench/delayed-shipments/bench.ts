/**
 * The 50 delayed shipments of one plant that are late the longest, 12 fields: through the gateway by one client on one
 * connection, warm; the read model's statement alone; and the ERP's own join that gives the same rows, first with the
 * primary keys an ERP has, then with its foreign keys indexed too. Then what it costs to have some plants only.
 *
 * `--lines 500000 --samples 2000 --erp-samples 15 --plants 2`
 */
import { readFile } from 'node:fs/promises';
import type { PoolClient } from 'pg';
import { z } from 'zod';
import { connector } from '../../erp/sandbox/connector.ts';
import { indexForeignKeys } from '../../erp/sandbox/database.ts';
import { ALL_PLANTS } from '../../replica/access-scope.ts';
import type { Statement } from '../../replica/queryable.ts';
import { flatReads } from '../../replica/read.ts';
import { todayIn } from '../../subgraphs/today.ts';
import { benchDatabases, type Database } from '../databases.ts';
import { p50, p99, round, say } from '../figures.ts';
import type { Flags } from '../flags.ts';
import { answered, bodyOf, graphqlClient } from '../graphql-client.ts';
import { readModels } from '../read-models.ts';
import { startSkiff } from '../roles.ts';
import { timeByPlants } from './by-plants.ts';

const ROWS = 50;

const documentOf = (field: string, fields: string) => /* GraphQL */ `
  query DelayedShipments($plant: String!) {
    ${field}(
      filter: { plantCode: { eq: $plant } }, orderBy: { field: PLANNED_DATE, direction: ASC }, first: ${ROWS}
    ) {
      nodes { ${fields} }
    }
  }`;
const document = documentOf(
  'delayedShipments',
  'id shipmentNumber plannedDate daysLate customerName city plantName carrierName orderNumber productName quantity unit',
);

/** A row's values, in the order of the fields: the ERP's columns come in the same. */
type Row = readonly unknown[];

const Answer = z.object({
  delayedShipments: z.object({ nodes: z.array(z.record(z.string(), z.unknown()).transform(Object.values<unknown>)) }),
});

export async function bench(flags: Flags): Promise<Readonly<Record<string, unknown>>> {
  const lines = flags.number('lines', 500_000, 5_000);
  const samples = flags.number('samples', 2_000, 100);
  const erpSamples = flags.number('erp-samples', 15, 3);
  const plants = flags.number('plants', 2);
  flags.refuseOthers();

  await using databases = await benchDatabases({ lines });
  await using skiff = await startSkiff(databases);
  const today = todayIn(connector({}).timeZone)();
  const plant = await latestPlant(databases.erp);

  const asked = await timeGateway(skiff.graphql, plant, samples);
  if (asked.rows.length < ROWS && !flags.isSmall) {
    throw new Error(`Only ${asked.rows.length} shipments of ${plant} are late`);
  }
  say(`Through the gateway: p50 ${p50(asked.ms)} ms`);
  const question = {
    name: 'delayed',
    query: documentOf('rows: delayedShipments', 'id plantCode'),
    variables: { plant },
  };
  const some = await plantsWith(databases.erp, plant, plants);
  const ratioToAllPlants = await timeByPlants(skiff, databases.replica, some, question, samples);
  const statement = await timeStatement(databases.replica, plant, today, samples);
  const join = await timeErpJoin(databases.erp, [plant, today], erpSamples, asked.rows);
  say(`The ERP's own join: p50 ${p50(join)} ms; now its foreign keys are indexed`);
  await withClient(databases.erp, indexForeignKeys);
  const joinIndexed = await timeErpJoin(databases.erp, [plant, today], erpSamples, asked.rows);
  return {
    lines,
    p50Ms: p50(asked.ms),
    p99Ms: p99(asked.ms),
    sqlP50Ms: p50(statement),
    erpJoinP50Ms: p50(join),
    erpJoinIndexedP50Ms: p50(joinIndexed),
    ratioToErpJoin: round(p50(join) / p50(asked.ms), 1),
    ratioToErpJoinIndexed: round(p50(joinIndexed) / p50(asked.ms), 1),
    plants: some.length,
    ratioToAllPlants,
  };
}

/** The plant with the most of them. */
async function latestPlant({ pool }: Database): Promise<string> {
  const { rows } = await pool.query<{ plant: string }>(/* sql */ `
    select plant_code as plant from delivery_header join delivery_status using (delivery_no)
    where planned_gi_date < current_date and cancelled_on is null and goods_issue_status <> 'C'
    group by plant_code order by count(*) desc limit 1`);
  const [first] = rows;
  if (!first) throw new Error('No shipment is late');
  return first.plant;
}

/** So many plants, this one among them. */
async function plantsWith({ pool }: Database, plant: string, number: number): Promise<string[]> {
  const { rows } = await pool.query<{ plant: string }>(
    `select distinct plant_code as plant from delivery_header where plant_code <> $1 order by 1 limit $2`,
    [plant, number - 1],
  );
  return [plant, ...rows.map((row) => row.plant)];
}

/** Until the answer's last byte has come. Every answer must have the same rows. */
async function timeGateway(
  url: string,
  plant: string,
  samples: number,
): Promise<{ ms: number[]; rows: readonly Row[] }> {
  using client = graphqlClient(url);
  const body = bodyOf(document, { plant });
  const { results, ms } = await timed(samples, () => client.post(body));
  const answers = results.map((text) => answered(text, Answer).data.delayedShipments.nodes);
  const [rows = []] = answers;
  for (const one of answers) same(one, rows, 'The gateway has answered otherwise than before');
  return { ms, rows };
}

/** The statement the gateway runs, prepared, on a connection like the gateway's. */
async function timeStatement(replica: Database, plant: string, today: string, samples: number): Promise<number[]> {
  await using models = await readModels(replica);
  let statement: Statement | undefined;
  const reads = flatReads(models.schema, models.served, {
    query(one) {
      statement = one;
      return models.readers.query({ ...one, values: [...one.values] });
    },
  })(today, ALL_PLANTS);
  const filter = { plantCode: { eq: plant } };
  await reads.page('DelayedShipment', { filter, orderBy: { field: 'PLANNED_DATE', direction: 'ASC' }, first: ROWS });
  if (!statement?.name) throw new Error('The statement of the page is not a prepared one');
  const { name, text, values } = statement;
  const client = await models.readers.connect();
  try {
    return (await timed(samples, () => client.query({ name, text, values, rowMode: 'array' }))).ms;
  } finally {
    client.release();
  }
}

async function timeErpJoin(erp: Database, values: string[], samples: number, rows: readonly Row[]): Promise<number[]> {
  const text = await readFile(new URL('erp-join.sql', import.meta.url), 'utf8');
  return withClient(erp, async (client) => {
    await client.query(`set work_mem = '64MB'`);
    const { results, ms } = await timed(samples, () => client.query<unknown[]>({ text, values, rowMode: 'array' }));
    for (const one of results) same(one.rows, rows, "The ERP's own join gives other rows than the gateway");
    return ms;
  });
}

/** A tenth of the runs come first and do not count: caches are filled, plans made, code compiled. */
async function timed<Result>(
  samples: number,
  run: () => Promise<Result>,
): Promise<{ results: Result[]; ms: number[] }> {
  const warmUp = Math.ceil(samples / 10);
  const results: Result[] = [];
  const ms: number[] = [];
  for (let at = 0; at < warmUp + samples; at++) {
    const began = performance.now();
    const result = await run();
    if (at < warmUp) continue;
    ms.push(performance.now() - began);
    results.push(result);
  }
  return { results, ms };
}

function same(rows: readonly Row[], expected: readonly Row[], complaint: string): void {
  const [found, wanted] = [rows, expected].map((list) => list.map((row) => JSON.stringify(row)));
  const at = wanted?.findIndex((row, index) => row !== found?.[index]) ?? 0;
  if (at >= 0 || rows.length !== expected.length) {
    throw new Error(`${complaint}: row ${at} is ${found?.[at]}, not ${wanted?.[at]}`);
  }
}

async function withClient<Result>({ pool }: Database, work: (client: PoolClient) => Promise<Result>): Promise<Result> {
  const client = await pool.connect();
  try {
    return await work(client);
  } finally {
    client.release();
  }
}
