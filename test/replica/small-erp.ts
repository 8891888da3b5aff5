/**
 * A small ERP for the replica's tests: five tables, read models of every shape (join, outer join, EXISTS, lateral,
 * groups on an intermediate), and a capture that brings whatever a test hands it.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import type { Change } from '../../erp/change.ts';
import type { Capture, Connector, MirrorTable, ReplicaSink } from '../../erp/connector.ts';
import type { Watermark } from '../../erp/watermark.ts';
import type { FlatSchema, FlatType } from '../../replica/flat-type.ts';
import { type Replica, startReplica } from '../../replica/replica.ts';
import { type ModelVerdict, verifyAll } from '../../replica/verify.ts';
import { createLog } from '../../runtime/log.ts';

export const tables: MirrorTable[] = [
  { name: 'customer', key: ['id'], columns: { id: 'integer', name: 'varchar(60)', region: 'text', unused: 'text' } },
  { name: 'product', key: ['id'], columns: { id: 'integer', name: 'text', note: 'text' } },
  {
    name: 'sales_order',
    key: ['id'],
    columns: { id: 'integer', number: 'text', customer: 'integer' },
    indexes: ['(customer)'],
  },
  {
    name: 'order_line',
    key: ['sales_order', 'pos'],
    columns: { sales_order: 'integer', pos: 'integer', product: 'integer', quantity: 'numeric(12,3)', due: 'date' },
    indexes: ['(product)'],
  },
  {
    name: 'move',
    key: ['id'],
    columns: { id: 'integer', product: 'integer', source: 'text', target: 'text', quantity: 'text', month: 'integer' },
    indexes: ['(product, source, month)', '(product, target, month)'],
  },
];

export const readModels: Readonly<Record<string, string>> = {
  'line.sql': `
-- @key sales_order, pos
-- @from order_line   select sales_order, pos from unnest($1::int[], $2::int[]) as k(sales_order, pos)
-- @from sales_order  select sales_order, pos from erp.order_line where sales_order = any($1)
-- @from customer     select l.sales_order, l.pos from erp.order_line l
--   join erp.sales_order o on o.id = l.sales_order where o.customer = any($1)
-- @from product      select sales_order, pos from erp.order_line where product = any($1)
select l.sales_order, l.pos, o.number as order_number, c.name as customer_name, p.name as product_name,
  p.note as product_note, l.quantity, l.due as due_date, coalesce(l.product, 0) as product_id
from erp.order_line l
join erp.sales_order o on o.id = l.sales_order
join erp.customer c on c.id = o.customer
left join erp.product p on p.id = l.product`,
  'customer.sql': `
-- @key id
-- @from customer     select unnest($1::int[])
-- @from sales_order  select customer from erp.sales_order where id = any($1)
-- @from order_line   select o.customer from erp.sales_order o where o.id = any($1)
select c.id, c.name, n.lines::int as lines
from erp.customer c
left join lateral (select count(*) as lines from erp.sales_order o join erp.order_line l on l.sales_order = o.id
  where o.customer = c.id) n on true
where exists (select from erp.sales_order o where o.customer = c.id)`,
  'stock_month.sql': `
-- @key product, location, month
-- @from move  select product, source, month from erp.move where id = any($1) union select product, target, month from erp.move where id = any($1)
select product, location, month, sum(quantity) as quantity, max(quantity) as largest
from (
  select product, target as location, month, quantity::numeric from erp.move
  union all
  select product, source, month, -quantity::numeric from erp.move) legs
where product is not null and location is not null and month is not null
group by product, location, month`,
  'stock.sql': `
-- @key product, location
-- @from read.stock_month  select product, location from unnest($1::int[], $2::text[], $3::int[]) as k(product, location, month)
-- @from product           select product, location from read.stock_month where product = any($1)
select s.product, s.location, p.name as product_name, s.quantity, s.largest
from (select product, location, sum(quantity) as quantity, max(largest) as largest from read.stock_month group by 1, 2) s
left join erp.product p on p.id = s.product`,
};

const type = (name: string, model: string, fields: FlatType['fields'], where?: string): FlatType => ({
  name,
  model,
  subgraph: 'test',
  ...(where === undefined ? {} : { where }),
  fields: [{ name: 'id', column: 'id', type: 'ID', nullable: false }, ...fields],
});
const field = (name: string, column: string, fieldType: string, extra: object = {}) => ({
  name,
  column,
  type: fieldType,
  nullable: true,
  ...extra,
});

export const schema: FlatSchema = {
  types: [
    type('Line', 'line', [
      field('orderNumber', 'order_number', 'String', { filter: true }),
      field('customerName', 'customer_name', 'String', { search: true }),
      field('productName', 'product_name', 'String'),
      field('productNote', 'product_note', 'String'),
      field('quantity', 'quantity', 'Decimal'),
      field('dueDate', 'due_date', 'Date', { sort: true }),
      field('productId', 'product_id', 'ID', { filter: true }),
    ]),
    type('Customer', 'customer', [field('name', 'name', 'String', { sort: true }), field('lines', 'lines', 'Int')]),
    type('Stock', 'stock', [
      field('productName', 'product_name', 'String'),
      field('quantity', 'quantity', 'Decimal'),
      field('largest', 'largest', 'Decimal'),
    ]),
  ],
  references: [],
};

export interface SmallErp extends AsyncDisposable {
  readonly replica: Replica;
  readonly sink: ReplicaSink;
  readonly db: pg.Client;
  /** When every read model of this start is built. */
  readonly ready: Promise<void>;
  /** Applies changes as ERP transactions of their own. */
  apply(...changes: Change[]): Promise<void>;
  verify(): Promise<ModelVerdict[]>;
  rows(model: string): Promise<Record<string, string>[]>;
  /** Until nothing waits behind the stream. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export interface SmallErpOptions {
  readonly tables?: MirrorTable[];
  readonly readModels?: Readonly<Record<string, string>>;
  readonly schema?: FlatSchema;
  /** Rows of the first snapshot, per table, as COPY lines. */
  readonly snapshot?: Readonly<Record<string, readonly string[]>>;
  /** Freshness comes by the reads a test hands over, not by a stream. */
  readonly isPolled?: boolean;
  /** What its capture does otherwise. */
  readonly capture?: Partial<Capture>;
  /** Do not wait until every read model is built. */
  readonly impatient?: boolean;
}

/** Rows as COPY sends them. */
export const copyLines = lines;

export async function readModelFolder(files = readModels): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'skiff-small-erp-'));
  for (const [name, sql] of Object.entries(files)) await writeFile(join(folder, name), sql);
  return folder;
}

export const smallConnector = (folder: string, mirrored = tables): Connector => ({
  name: 'small',
  tables: mirrored,
  readModels: pathToFileURL(`${folder}/`),
  parameters: {},
  timeZone: 'UTC',
  publication: 'skiff_pub',
});

export async function smallErp(url: string, options: SmallErpOptions = {}): Promise<SmallErp> {
  const folder = await readModelFolder(options.readModels);
  const connector = smallConnector(folder, options.tables);
  let position = 0;
  let lend: (sink: ReplicaSink) => void = () => undefined;
  const lent = new Promise<ReplicaSink>((resolve) => {
    lend = resolve;
  });
  const watermark = () => String(position).padStart(16, '0') as Watermark;
  const capture: Capture = {
    async run(sink, signal) {
      const state = await sink.state();
      position = Number(state?.position ?? 0);
      if (!state) {
        const writer = await sink.beginSnapshot({ system: 'small', timeline: '1', slot: 'none' });
        for (const table of connector.tables) {
          await writer.copy(table.name, Object.keys(table.columns), lines(options.snapshot?.[table.name] ?? []));
        }
        await writer.commit(watermark());
      }
      lend(sink);
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    },
    barrier: async () => ({ position: watermark(), allowanceMs: 0 }),
    ...(options.isPolled && { liveRead: async () => {} }),
    status: () => ({ state: 'streaming', fault: null, received: null, retainedBytes: null }),
    ...options.capture,
  };
  const db = new pg.Client({ connectionString: url });
  await db.connect();
  let allBuilt: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    allBuilt = resolve;
  });
  const replica = await startReplica({
    connectionString: url,
    connector,
    schema: options.schema ?? schema,
    capture,
    log: createLog({ level: process.env.SKIFF_TEST_LOG === 'debug' ? 'debug' : 'silent' }),
    onBuilt: () => allBuilt(),
  }).catch(async (error) => {
    await db.end();
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  const sink = await lent;
  if (!options.impatient) await ready;
  const stop = async () => {
    await replica.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return {
    replica,
    sink,
    db,
    ready,
    async apply(...changes) {
      for (const change of changes) {
        position += 1;
        await sink.apply([change], watermark());
      }
    },
    async verify() {
      return verifyAll(db, () => undefined);
    },
    async rows(model) {
      const { rows } = await db.query<{ name: string; columns: string }>(
        `select model || '_' || hash as name from skiff.read_model where model = $1 and state = 'ready' order by registered_at desc`,
        [model],
      );
      const { rows: found } = await db.query(`select t::text as text, t.* from read."${rows[0]?.name}" t order by t`);
      return found.map(({ text: _, ...row }) => row);
    },
    async settled() {
      for (;;) {
        const { rows } = await db.query('select count(*)::int as n from skiff.pending');
        if (rows[0].n === 0) return;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      await db.end();
    },
  };
}

function lines(rows: readonly string[]): PassThrough {
  const stream = new PassThrough();
  for (const row of rows) stream.write(`${row}\n`);
  stream.end();
  return stream;
}
