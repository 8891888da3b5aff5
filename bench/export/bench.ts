/**
 * `npm run bench -- export --rows 50000,5000000 --rounds 3`: the dataset of delayed shipments in every format, through the
 * gateway as a process of its own, beside PostgreSQL's own COPY of the same rows as CSV; and then by slow
 * readers of 200 rows a second (`--slow-seconds`).
 *
 * Memory is that of the gateway's process, against what it has after each format was read once in small.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { connector } from '../../erp/sandbox/connector.ts';
import { readTable } from '../../replica/model/definition.ts';
import { todayIn } from '../../subgraphs/today.ts';
import { benchDatabases, type Database } from '../databases.ts';
import { percentile, round, say } from '../figures.ts';
import type { Flags } from '../flags.ts';
import { readModels } from '../read-models.ts';
import { startGateway, startReplica } from '../roles.ts';
import { type Download, download } from './download.ts';
import { growTo } from './rows.ts';
import { slowReaders } from './slow.ts';

const FORMATS = ['csv', 'ndjson', 'json', 'parquet', 'arrow'] as const;
const SANDBOX_LINES = 5_000;
const WARM_ROWS = 20_000;
const SAMPLE_EVERY_MS = 25;
const SLOW_ROWS_PER_SECOND = 200;
const AT_ONCE = 3;

export async function bench(flags: Flags): Promise<Readonly<Record<string, unknown>>> {
  const sizes = flags.numbers('rows', [50_000, 5_000_000], [5_000]);
  const rounds = flags.number('rounds', 3, 1);
  const slowSeconds = flags.number('slow-seconds', 20, 1);
  flags.refuseOthers();

  await using databases = await benchDatabases({ lines: SANDBOX_LINES });
  const replica = startReplica(databases);
  await replica.ready;
  await replica.stop();
  const today = todayIn(connector({}).timeZone)();
  const { late, orders } = await tablesIn(databases.replica);
  await using gateway = await startGateway(databases);
  const address = (format: string, more = ''): string => {
    // Nobody plays the replica: the rows stay as they are, and as old as they are.
    const url = new URL(`/data/delayed-shipments.${format}?maxStaleness=9999m${more}`, gateway.graphql);
    return Object.assign(url, credentialOf(gateway.graphql)).href;
  };
  const rss = (): number => residentBytes(gateway.pid);

  const figures = [];
  for (const size of sizes.toSorted((one, other) => one - other)) {
    const grown = await growTo(databases.replica, late, today, size);
    for (const format of FORMATS) await download(address(format, `&limit=${Math.min(WARM_ROWS, size)}`), format);
    const idle = rss();
    const select = copyOf(readTable(late), readTable(orders), today);
    for (const format of FORMATS) {
      const found: (Download & { extraRss: number })[] = [];
      const copies: number[] = [];
      for (let round = 0; round < (size > 1_000_000 ? 1 : rounds); round++) {
        if (format === 'csv') copies.push(await secondsOfCopy(databases.replica, select));
        let most = 0;
        const sampling = setInterval(() => {
          most = Math.max(most, rss());
        }, SAMPLE_EVERY_MS);
        try {
          found.push({ ...(await download(address(format), format)), extraRss: Math.max(0, most - idle) });
        } finally {
          // Else it would ask after a gateway that ends, and hide what is wrong.
          clearInterval(sampling);
        }
      }
      const wrong = found.find(({ rows }) => rows !== grown.rows);
      if (wrong) throw new Error(`${format} held ${wrong.rows} rows, not ${grown.rows}`);
      const median = (of: (one: (typeof found)[number]) => number): number => percentile(found.map(of), 0.5);
      const seconds = median((one) => one.seconds);
      figures.push({
        format,
        rows: grown.rows,
        seconds: round(seconds, 3),
        firstByteMs: round(median((one) => one.firstByteMs)),
        extraRssMb: round(Math.max(...found.map(({ extraRss }) => extraRss)) / 1_048_576, 1),
        bytes: found[0]?.bytes ?? 0,
        ...(format === 'csv' ? { csvRatioToCopy: round(seconds / percentile(copies, 0.5)) } : {}),
      });
      say(JSON.stringify(figures.at(-1)));
    }
  }
  const slow = await slowly(figures, slowSeconds);
  const [smallest] = figures.filter(({ format }) => format === 'csv');
  return { csvRatioToCopy: smallest?.csvRatioToCopy, formats: figures, slow };

  async function slowly(found: readonly { format: string; rows: number; bytes: number }[], seconds: number) {
    const largest = found.slice(-FORMATS.length);
    const readings = largest.map(({ format, rows, bytes }) => ({
      url: address(format),
      bytesPerSecond: (bytes / rows) * SLOW_ROWS_PER_SECOND,
    }));
    const idle = rss();
    const held = [];
    // A gateway has connections for so many exports at once.
    for (const some of [readings.slice(0, AT_ONCE), readings.slice(AT_ONCE)]) {
      held.push(await slowReaders(some, seconds, databases.replica, rss));
    }
    return {
      readers: readings.length,
      underWay: held.reduce((sum, { underWay }) => sum + underWay, 0),
      seconds,
      extraRssMb: round(Math.max(0, ...held.map(({ mostBytes }) => mostBytes - idle)) / 1_048_576, 1),
      freedMs: round(Math.max(...held.map(({ freedMs }) => freedMs))),
    };
  }
}

async function tablesIn(database: Database) {
  await using models = await readModels(database);
  const of = (type: string) => {
    const definition = models.definitions.find((one) => one.type === type);
    if (!definition) throw new Error(`There is no read model of ${type}`);
    return definition;
  };
  return { late: of('DelayedShipment'), orders: of('SalesOrder') };
}

function credentialOf(url: string) {
  const { username, password } = new URL(url);
  return { username, password };
}

/** In pages, as the kernel counts them. */
const residentBytes = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1_024;

/** As one would write it by hand. */
const copyOf = (late: string, orders: string, today: string): string => /* sql */ `
  copy (
    select l.shipment_id || ':' || l.item_no as id, l.shipment_number, l.status, l.planned_date,
      '${today}'::date - l.planned_date as days_late, l.plant_code, l.plant_name, l.carrier_name, l.customer_code,
      l.customer_name, l.city, l.country_code, l.order_number, l.order_date, o.status as order_status,
      o.total_amount as order_total_amount, l.customer_reference, l.product_code, l.product_name, l.quantity, l.unit,
      l.net_amount, l.currency
    from ${late} l left join ${orders} o on o.id = l.order_id
    where l.planned_date < '${today}' order by l.planned_date, l.shipment_id, l.item_no
  ) to stdout (format csv, header)`;

async function secondsOfCopy({ url }: Database, copy: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const began = performance.now();
  const rows = client.query(copyTo(copy));
  rows.resume();
  await once(rows, 'end');
  const seconds = (performance.now() - began) / 1_000;
  await client.end();
  return seconds;
}
