/**
 * The read models as PostGraphile is shown them: views under lasting names, with the keys and references that its smart
 * tags give to views. Their rows are read as the caller, so that the same policies decide what is seen; what is compared
 * has the collation of the index it needs.
 */
import { READER, READER_OF_ALL } from '../../replica/protection.ts';
import { ident } from '../../replica/sql.ts';
import type { Database } from '../databases.ts';
import { readModels } from '../read-models.ts';

export const PEER_SCHEMA = 'peers';

interface View {
  readonly type: string;
  readonly name: string;
  readonly key: string;
  /** Columns that are filtered by. */
  readonly compared: readonly string[];
  /** Smart tags beside the key. */
  readonly references: readonly string[];
}

const VIEWS: readonly View[] = [
  { type: 'Product', name: 'product', key: 'id', compared: [], references: [] },
  { type: 'SalesOrder', name: 'sales_order', key: 'id', compared: ['status'], references: [] },
  { type: 'Customer', name: 'customer', key: 'id', compared: ['code'], references: [] },
  { type: 'PurchaseOrder', name: 'purchase_order', key: 'id', compared: ['status'], references: [] },
  { type: 'ProductionOrder', name: 'production_order', key: 'id', compared: ['status'], references: [] },
  { type: 'Invoice', name: 'invoice', key: 'id', compared: ['status'], references: [] },
  {
    type: 'InvoiceLine',
    name: 'invoice_line',
    key: 'invoice_id,item_no',
    compared: [],
    references: [
      `@foreignKey (product_id) references ${PEER_SCHEMA}.product (id)|@fieldName product`,
      `@foreignKey (sales_order_id) references ${PEER_SCHEMA}.sales_order (id)|@fieldName salesOrder`,
    ],
  },
  {
    type: 'DelayedShipment',
    name: 'delayed_shipment',
    key: 'shipment_id,item_no',
    compared: ['plant_code'],
    references: [],
  },
];

export async function peerViews(replica: Database): Promise<void> {
  await using models = await readModels(replica);
  const { pool } = replica;
  await pool.query(`create schema ${PEER_SCHEMA}`);
  for (const { type, name, key, compared, references } of VIEWS) {
    const { table, columns } = models.served.get(type);
    const selected = Object.keys(columns).map((column) =>
      compared.includes(column) ? `${ident(column)} collate "C" as ${ident(column)}` : ident(column),
    );
    await pool.query(
      `create view ${PEER_SCHEMA}.${name} with (security_invoker) as select ${selected.join(', ')} from ${table}`,
    );
    const tags = [`@primaryKey ${key}`, ...references].join('\n');
    await pool.query(`comment on view ${PEER_SCHEMA}.${name} is '${tags}'`);
  }
  const roles = `${READER}, ${READER_OF_ALL}`;
  await pool.query(`grant usage on schema ${PEER_SCHEMA} to ${roles}`);
  await pool.query(`grant select on all tables in schema ${PEER_SCHEMA} to ${roles}`);
}
