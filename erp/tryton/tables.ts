/**
 * Tryton's tables, with the columns the read models use. Every table's key is `id`.
 *
 * An index stands here where a read model's SELECT looks rows up by it, or where a `@from` line finds the
 * rows that a change touches.
 */
import type { MirrorTable } from '../connector.ts';

const int = 'integer';
const text = 'character varying';
const date = 'date';
const moment = 'timestamp without time zone';
const float = 'double precision';

function table(name: string, columns: Readonly<Record<string, string>>, indexes: readonly string[] = []): MirrorTable {
  return { name, key: ['id'], columns: { id: int, ...columns }, indexes };
}

/** The day that `stock_day` groups by; written the same there. */
const day = "(coalesce(effective_date, planned_date, create_date::date, date '1970-01-01'))";

const parties = [
  table('party_party', { name: text, code: text, active: 'boolean' }),
  table(
    'party_address',
    { party: int, street: 'text', postal_code: text, city: text, country: int, sequence: int, active: 'boolean' },
    ['(party)', '(country)'],
  ),
  table('party_contact_mechanism', { party: int, type: text, value: text, sequence: int, active: 'boolean' }, [
    '(party)',
  ]),
  table('party_identifier', { party: int, code: text, sequence: int }, ['(party)']),
  table('country_country', { code: text }),
];

const company = [
  table('company_company', { currency: int }),
  table('currency_currency', { code: text, rounding: 'numeric' }),
  table(
    'ir_translation',
    { name: text, res_id: int, lang: text, type: text, value: 'text', fuzzy: 'boolean' },
    // Most of them are labels of screens, of which no read model knows.
    ["(res_id, name) where type = 'model'"],
  ),
];

const products = [
  table('product_product', { template: int, code: text, description: 'text', active: 'boolean' }, ['(template)']),
  table(
    'product_template',
    {
      name: text,
      type: text,
      default_uom: int,
      account_category: int,
      active: 'boolean',
      salable: 'boolean',
      purchasable: 'boolean',
      producible: 'boolean',
    },
    ['(account_category)'],
  ),
  table('product_category', { name: text }),
  table('product_uom', { symbol: text, digits: int, factor: float }),
  table('product_list_price', { template: int, company: int, list_price: 'numeric' }, ['(template)']),
  table('product_cost_price', { product: int, company: int, cost_price: 'numeric' }, ['(product)']),
];

const stock = [
  table(
    'stock_location',
    {
      code: text,
      name: text,
      type: text,
      parent: int,
      active: 'boolean',
      input_location: int,
      output_location: int,
      storage_location: int,
      production_location: int,
    },
    ['(parent)', '(production_location)'],
  ),
  table(
    'stock_move',
    {
      company: int,
      product: int,
      from_location: int,
      to_location: int,
      state: text,
      quantity: float,
      uom: int,
      internal_quantity: float,
      unit_price: 'numeric',
      currency: int,
      planned_date: date,
      effective_date: date,
      create_date: moment,
      shipment: text,
      origin: text,
      production_input: int,
      production_output: int,
    },
    [
      `(product, to_location, ${day})`,
      `(product, from_location, ${day})`,
      '(to_location)',
      '(from_location)',
      '(shipment) where shipment is not null',
      '(origin) where origin is not null',
      '(production_input) where production_input is not null',
      '(production_output) where production_output is not null',
    ],
  ),
  table(
    'stock_shipment_out',
    {
      company: int,
      number: text,
      state: text,
      customer: int,
      delivery_address: int,
      warehouse: int,
      planned_date: date,
      effective_date: date,
      create_date: moment,
      write_date: moment,
    },
    ['(customer)', '(delivery_address)', '(warehouse)'],
  ),
  table(
    'stock_shipment_in',
    {
      company: int,
      number: text,
      reference: text,
      state: text,
      supplier: int,
      warehouse: int,
      planned_date: date,
      effective_date: date,
      create_date: moment,
      write_date: moment,
    },
    ['(supplier)', '(warehouse)'],
  ),
  table('stock_shipment_internal', { number: text }),
  table('stock_shipment_out_return', { number: text }),
  table('stock_shipment_in_return', { number: text }),
];

/** What a sale and a purchase have in common. */
const order = {
  company: int,
  number: text,
  reference: text,
  state: text,
  shipment_state: text,
  invoice_state: text,
  party: int,
  warehouse: int,
  currency: int,
  untaxed_amount_cache: 'numeric',
  tax_amount_cache: 'numeric',
  total_amount_cache: 'numeric',
  create_date: moment,
  write_date: moment,
};
const orderLine = {
  type: text,
  sequence: int,
  product: int,
  quantity: float,
  unit: int,
  unit_price: 'numeric',
  description: 'text',
};

const orders = [
  table('sale_sale', { ...order, sale_date: date, shipping_date: date }, ['(party)', '(warehouse)']),
  table('sale_line', { ...orderLine, sale: int }, ['(sale)', '(product)']),
  table('purchase_purchase', { ...order, purchase_date: date, delivery_date: date }, ['(party)', '(warehouse)']),
  table('purchase_line', { ...orderLine, purchase: int }, ['(purchase)', '(product)']),
  table('purchase_product_supplier', { party: int, company: int, active: 'boolean' }, ['(party)']),
];

const production = [
  table(
    'production',
    {
      company: int,
      number: text,
      reference: text,
      state: text,
      product: int,
      quantity: float,
      uom: int,
      warehouse: int,
      bom: int,
      routing: int,
      origin: text,
      planned_start_date: date,
      planned_date: date,
      effective_start_date: date,
      effective_date: date,
      create_date: moment,
      write_date: moment,
    },
    ['(product)', '(warehouse)', '(bom)', '(routing)', '(origin) where origin is not null'],
  ),
  table('production_bom', { name: text }),
  table('production_bom_input', { bom: int, product: int, quantity: float, uom: int }, ['(bom)', '(product)']),
  table('production_bom_output', { bom: int, product: int, quantity: float, uom: int }, ['(bom)']),
  table('product_product-production_bom', { product: int, bom: int, sequence: int }, ['(product)', '(bom)']),
  table('production_routing', { name: text }),
  table('production_routing_operation', { name: text }),
  table(
    'production_work',
    { production: int, operation: int, work_center: int, company: int, sequence: int, state: text },
    ['(production)', '(operation)', '(work_center)'],
  ),
  table('production_work_cycle', { work: int, state: text, duration: 'interval', cost: 'numeric' }, ['(work)']),
  table(
    'production_work_center',
    {
      name: text,
      category: int,
      parent: int,
      warehouse: int,
      company: int,
      cost_price: 'numeric',
      cost_method: text,
      active: 'boolean',
    },
    ['(category)', '(warehouse)'],
  ),
  table('production_work_center_category', { name: text }),
];

const invoices = [
  table(
    'account_invoice',
    {
      company: int,
      number: text,
      reference: text,
      type: text,
      state: text,
      party: int,
      currency: int,
      invoice_date: date,
      create_date: moment,
      write_date: moment,
    },
    ['(party)'],
  ),
  table(
    'account_invoice_line',
    {
      invoice: int,
      type: text,
      sequence: int,
      product: int,
      quantity: float,
      unit: int,
      unit_price: 'numeric',
      currency: int,
      description: 'text',
      origin: text,
    },
    ['(invoice)', '(product)', '(origin) where origin is not null'],
  ),
  table('account_invoice_tax', { invoice: int, amount: 'numeric' }, ['(invoice)']),
];

export const tables: readonly MirrorTable[] = [
  ...parties,
  ...company,
  ...products,
  ...stock,
  ...orders,
  ...production,
  ...invoices,
];
