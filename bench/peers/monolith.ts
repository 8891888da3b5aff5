/**
 * What one writes without Skiff: an Apollo Server with plain resolvers and DataLoader over the ERP's own tables.
 *
 *     node monolith.ts <url of the ERP's database> <today>
 */
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import DataLoader from 'dataloader';
import pg from 'pg';

const CONNECTIONS = 10;
const [connectionString, today] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString, max: CONNECTIONS });
// Dates as the database prints them.
const types = { getTypeParser: () => (text: string) => text };

const typeDefs = `
  scalar Date
  type Query {
    delayedShipment(id: ID!): DelayedShipment
    delayedShipments(filter: Filter, orderBy: Order, first: Int = 50, after: String): Connection!
  }
  input Filter { plantCode: Equals }
  input Equals { eq: String }
  input Order { field: Field! }
  enum Field { PLANNED_DATE }
  type Connection { nodes: [DelayedShipment]! }
  type DelayedShipment {
    shipmentNumber: String! plannedDate: Date! customerName: String! city: String plantName: String! carrierName: String
    orderNumber: String productName: String! quantity: String! unit: String!
  }`;

const LINES = `
  select i.delivery_no, i.item_no, i.delivery_qty, i.sales_order_no, i.material_no, i.uom_code, h.sold_to, h.ship_to,
    h.ship_to_address, h.plant_code, h.carrier_code, coalesce(c.confirmed_date, h.planned_gi_date, h.created_on) as planned
  from delivery_item i
  join delivery_header h on h.delivery_no = i.delivery_no and h.cancelled_on is null
  left join delivery_status st on st.delivery_no = i.delivery_no and st.item_no = i.item_no
  left join sales_schedule c
    on c.order_no = i.sales_order_no and c.item_no = i.sales_item_no and c.schedule_no = i.schedule_no
  where st.goods_issue_status is distinct from 'C'
    and coalesce(c.confirmed_date, h.planned_gi_date, h.created_on) < $1`;

type Row = Readonly<Record<string, string | null>>;

async function rowsOf(name: string, text: string, values: readonly unknown[]): Promise<Row[]> {
  const { rows } = await pool.query<Row>({ name, text, values: [...values], types });
  return rows;
}

/** The column `value` of the rows that these keys name. */
const lookup = (name: string, text: string) =>
  new DataLoader<string, string | null>(async (keys) => {
    const found = new Map((await rowsOf(name, text, [keys])).map((row) => [row.key, row.value ?? null]));
    return keys.map((key) => found.get(key) ?? null);
  });

const loaders = () => ({
  partner: lookup(
    'partner',
    'select partner_no as key, name1 as value from business_partner where partner_no = any($1)',
  ),
  city: lookup(
    'city',
    `select partner_no || ':' || address_no as key, city as value from bp_address
     where (partner_no, address_no) in (select split_part(k, ':', 1), split_part(k, ':', 2)::smallint from unnest($1::text[]) k)`,
  ),
  plant: lookup('plant', 'select plant_code as key, name as value from plant where plant_code = any($1)'),
  carrier: lookup('carrier', 'select carrier_code as key, name as value from carrier where carrier_code = any($1)'),
  product: lookup(
    'product',
    `select material_no as key, short_text as value from material_text where language_code = 'EN' and material_no = any($1)`,
  ),
  unit: lookup(
    'unit',
    `select uom_code as key, symbol as value from uom_text where language_code = 'EN' and uom_code = any($1)`,
  ),
});
type Context = ReturnType<typeof loaders>;
interface Arguments {
  readonly id: string;
  readonly filter: { readonly plantCode: { readonly eq: string } };
  readonly first: number;
  readonly after: string | null;
}

const optional = (loader: DataLoader<string, string | null>, key: string | null | undefined) =>
  key === null || key === undefined ? null : loader.load(key);

const resolvers = {
  Query: {
    async delayedShipment(_root: unknown, { id }: Arguments) {
      const [delivery, item] = id.split(':');
      const [row] = await rowsOf('line', `${LINES} and i.delivery_no = $2 and i.item_no = $3`, [today, delivery, item]);
      return row ?? null;
    },
    async delayedShipments(_root: unknown, { filter, first, after }: Arguments) {
      const [planned = null, id = ''] = after === null ? [] : placeOf(after);
      const nodes = await rowsOf(
        'lines',
        `${LINES} and h.plant_code = $2
           and ($3::date is null or (coalesce(c.confirmed_date, h.planned_gi_date, h.created_on), i.delivery_no, i.item_no) > ($3, $4, $5))
         order by planned, i.delivery_no, i.item_no limit $6`,
        [today, filter.plantCode.eq, planned, ...id.split(':'), ...(id === '' ? [''] : []), first],
      );
      return { nodes };
    },
  },
  DelayedShipment: {
    shipmentNumber: (row: Row) => row.delivery_no,
    plannedDate: (row: Row) => row.planned,
    customerName: (row: Row, _args: unknown, { partner }: Context) => optional(partner, row.sold_to),
    city: (row: Row, _args: unknown, { city }: Context) =>
      optional(city, row.ship_to && `${row.ship_to}:${row.ship_to_address}`),
    plantName: (row: Row, _args: unknown, { plant }: Context) => optional(plant, row.plant_code),
    carrierName: (row: Row, _args: unknown, { carrier }: Context) => optional(carrier, row.carrier_code),
    orderNumber: (row: Row) => row.sales_order_no,
    productName: (row: Row, _args: unknown, { product }: Context) => optional(product, row.material_no),
    quantity: (row: Row) => row.delivery_qty,
    unit: (row: Row, _args: unknown, { unit }: Context) => optional(unit, row.uom_code),
  },
};

/** The sort value and the id in a cursor of Skiff's. */
function placeOf(cursor: string): [string, string] {
  const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  return Array.isArray(parts) ? [String(parts[3]), String(parts[4])] : ['', ''];
}

const server = new ApolloServer<Context>({ typeDefs, resolvers, introspection: false });
const { url } = await startStandaloneServer(server, {
  listen: { port: 0, host: '127.0.0.1' },
  context: async () => loaders(),
});
process.on('disconnect', () => process.exit());
process.send?.(url);
