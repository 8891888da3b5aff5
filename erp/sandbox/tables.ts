/**
 * The sandbox ERP's tables, with the columns the read models use.
 *
 * An index stands here where a read model's SELECT looks rows up by it, or where a `@from` line finds the
 * rows that a change touches. What a handful of rows is referred to by (a unit, a carrier, a currency) has none:
 * their renames touch so much that PostgreSQL reads the table anyway.
 */
import type { MirrorTable } from '../connector.ts';

const text = 'character varying';
const int = 'integer';
const small = 'smallint';
const numeric = 'numeric';
const date = 'date';
const moment = 'timestamp with time zone';

/** `key` names columns of the table, the first ones. */
function table(
  name: string,
  key: readonly string[],
  columns: Readonly<Record<string, string>>,
  indexes: readonly string[] = [],
): MirrorTable {
  return { name, key, columns, indexes };
}

const organisation = [
  table('company_code', ['company_code'], { company_code: text, currency_code: text }),
  table('plant', ['plant_code'], { plant_code: text, company_code: text, name: text }),
  table(
    'storage_location',
    ['location_code'],
    { location_code: text, plant_code: text, location_type: text, name: text, blocked: text },
    ['(plant_code)'],
  ),
  table('uom', ['uom_code'], { uom_code: text, decimals: small }),
  table('uom_text', ['uom_code', 'language_code'], { uom_code: text, language_code: text, symbol: text }),
  table('carrier', ['carrier_code'], { carrier_code: text, name: text }),
];

const partners = [
  table('business_partner', ['partner_no'], { partner_no: text, name1: text, tax_number: text, deletion_flag: text }),
  table('bp_role', ['partner_no', 'role_code'], { partner_no: text, role_code: text }),
  table('bp_address', ['partner_no', 'address_no'], {
    partner_no: text,
    address_no: small,
    street: text,
    postal_code: text,
    city: text,
    country_code: text,
  }),
  table('bp_contact', ['partner_no', 'contact_no'], {
    partner_no: text,
    contact_no: small,
    contact_kind: text,
    contact_value: text,
  }),
  table('vendor_material', ['partner_no', 'material_no'], { partner_no: text, material_no: text, blocked: text }),
];

const materials = [
  table(
    'material',
    ['material_no'],
    {
      material_no: text,
      article_no: text,
      material_type: text,
      group_code: text,
      base_uom: text,
      sales_status: text,
      purchase_status: text,
      deletion_flag: text,
    },
    ['(group_code)'],
  ),
  table('material_text', ['material_no', 'language_code'], {
    material_no: text,
    language_code: text,
    short_text: text,
    long_text: 'text',
  }),
  table('material_group', ['group_code', 'language_code'], {
    group_code: text,
    language_code: text,
    description: text,
  }),
  table('material_valuation', ['material_no', 'company_code'], {
    material_no: text,
    company_code: text,
    standard_price: numeric,
  }),
  table('sales_price', ['material_no', 'company_code', 'price_list'], {
    material_no: text,
    company_code: text,
    price_list: text,
    amount: numeric,
  }),
];

const sales = [
  table(
    'sales_header',
    ['order_no'],
    {
      order_no: text,
      company_code: text,
      sold_to: text,
      plant_code: text,
      customer_reference: text,
      order_date: date,
      requested_date: date,
      currency_code: text,
      tax_amount: numeric,
      status_code: text,
      delivery_status: text,
      billing_status: text,
      created_on: date,
      changed_at: moment,
    },
    ['(sold_to)'],
  ),
  table(
    'sales_item',
    ['order_no', 'item_no'],
    {
      order_no: text,
      item_no: text,
      material_no: text,
      item_text: text,
      order_qty: numeric,
      uom_code: text,
      net_price: numeric,
      price_unit: int,
      rejection_reason: text,
    },
    ['(material_no)'],
  ),
  table('sales_schedule', ['order_no', 'item_no', 'schedule_no'], {
    order_no: text,
    item_no: text,
    schedule_no: text,
    confirmed_date: date,
  }),
];

const shipping = [
  table(
    'delivery_header',
    ['delivery_no'],
    {
      delivery_no: text,
      plant_code: text,
      sold_to: text,
      ship_to: text,
      ship_to_address: small,
      carrier_code: text,
      planned_gi_date: date,
      delivery_block: text,
      cancelled_on: date,
      created_on: date,
      changed_at: moment,
    },
    ['(sold_to)', '(ship_to, ship_to_address)'],
  ),
  table(
    'delivery_item',
    ['delivery_no', 'item_no'],
    {
      delivery_no: text,
      item_no: text,
      sales_order_no: text,
      sales_item_no: text,
      schedule_no: text,
      material_no: text,
      delivery_qty: numeric,
      uom_code: text,
    },
    ['(sales_order_no, sales_item_no, schedule_no)', '(material_no)'],
  ),
  table('delivery_status', ['delivery_no', 'item_no'], {
    delivery_no: text,
    item_no: text,
    picking_status: text,
    packing_status: text,
    goods_issue_status: text,
    goods_issue_date: date,
  }),
];

const purchasing = [
  table(
    'purchase_header',
    ['purchase_no'],
    {
      purchase_no: text,
      company_code: text,
      vendor_no: text,
      plant_code: text,
      vendor_reference: text,
      order_date: date,
      requested_date: date,
      currency_code: text,
      tax_amount: numeric,
      status_code: text,
      delivery_status: text,
      billing_status: text,
      created_on: date,
      changed_at: moment,
    },
    ['(vendor_no)'],
  ),
  table(
    'purchase_item',
    ['purchase_no', 'item_no'],
    {
      purchase_no: text,
      item_no: text,
      material_no: text,
      item_text: text,
      order_qty: numeric,
      received_qty: numeric,
      uom_code: text,
      net_price: numeric,
      price_unit: int,
      planned_date: date,
      delivery_complete: text,
    },
    ['(material_no)'],
  ),
  table(
    'inbound_header',
    ['inbound_no'],
    {
      inbound_no: text,
      vendor_no: text,
      plant_code: text,
      vendor_delivery_note: text,
      planned_date: date,
      arrived_on: date,
      status_code: text,
      created_on: date,
      changed_at: moment,
    },
    ['(vendor_no)'],
  ),
  table('inbound_item', ['inbound_no', 'item_no'], { inbound_no: text, item_no: text, purchase_no: text }),
];

const production = [
  table(
    'work_center',
    ['work_center'],
    {
      work_center: text,
      plant_code: text,
      name: text,
      category: text,
      parent_work_center: text,
      cost_rate: numeric,
      cost_basis: text,
      deletion_flag: text,
    },
    ['(plant_code)'],
  ),
  table('operation_text', ['operation_code', 'language_code'], {
    operation_code: text,
    language_code: text,
    description: text,
  }),
  table(
    'bom_header',
    ['bom_no', 'alternative'],
    { bom_no: text, alternative: small, material_no: text, bom_text: text, base_qty: numeric, uom_code: text },
    ['(material_no)'],
  ),
  table(
    'bom_item',
    ['bom_no', 'alternative', 'item_no'],
    {
      bom_no: text,
      alternative: small,
      item_no: text,
      component_no: text,
      component_qty: numeric,
      uom_code: text,
    },
    ['(component_no)'],
  ),
  table('routing_header', ['routing_no'], { routing_no: text, routing_text: text }),
  table(
    'production_header',
    ['production_no'],
    {
      production_no: text,
      material_no: text,
      plant_code: text,
      order_qty: numeric,
      uom_code: text,
      bom_no: text,
      bom_alternative: small,
      routing_no: text,
      sales_order_no: text,
      reference: text,
      planned_start: date,
      planned_end: date,
      actual_start: date,
      actual_end: date,
      status_code: text,
      created_on: date,
      changed_at: moment,
    },
    ['(material_no)', '(bom_no, bom_alternative)', '(routing_no)'],
  ),
  table(
    'production_item',
    ['production_no', 'item_no'],
    {
      production_no: text,
      item_no: text,
      material_no: text,
      planned_qty: numeric,
      received_qty: numeric,
      uom_code: text,
      last_receipt: date,
    },
    ['(material_no)'],
  ),
  table(
    'production_component',
    ['production_no', 'item_no'],
    {
      production_no: text,
      item_no: text,
      material_no: text,
      required_qty: numeric,
      withdrawn_qty: numeric,
      uom_code: text,
      required_on: date,
      last_withdrawal: date,
    },
    ['(material_no)'],
  ),
  table(
    'production_operation',
    ['production_no', 'operation_no'],
    {
      production_no: text,
      operation_no: text,
      operation_code: text,
      work_center: text,
      status_code: text,
    },
    ['(work_center)'],
  ),
  table('production_confirmation', ['production_no', 'operation_no', 'confirmation_no'], {
    production_no: text,
    operation_no: text,
    confirmation_no: small,
    status_code: text,
    minutes: numeric,
  }),
];

/** The day that `stock_day` groups by; written the same there. */
const day = '(coalesce(posting_date, planned_date, created_on))';

const stock = [
  table(
    'stock_movement',
    ['movement_no'],
    {
      movement_no: 'bigint',
      status_code: text,
      material_no: text,
      from_location: text,
      to_location: text,
      quantity: numeric,
      uom_code: text,
      planned_date: date,
      posting_date: date,
      reference_no: text,
      created_on: date,
    },
    [`(material_no, to_location, ${day})`, `(material_no, from_location, ${day})`],
  ),
];

const invoicing = [
  table(
    'invoice_header',
    ['document_no'],
    {
      document_no: text,
      invoice_type: text,
      company_code: text,
      invoice_number: text,
      partner_no: text,
      partner_reference: text,
      invoice_date: date,
      currency_code: text,
      tax_amount: numeric,
      status_code: text,
      created_on: date,
      changed_at: moment,
    },
    ['(partner_no)'],
  ),
  table(
    'invoice_item',
    ['document_no', 'item_no'],
    {
      document_no: text,
      item_no: text,
      material_no: text,
      item_text: text,
      quantity: numeric,
      uom_code: text,
      net_price: numeric,
      price_unit: int,
      sales_order_no: text,
      purchase_no: text,
    },
    ['(material_no)'],
  ),
  table('cost_center_text', ['cost_center', 'language_code'], { cost_center: text, language_code: text, name: text }),
  table('fiscal_period', ['company_code', 'fiscal_period'], {
    company_code: text,
    fiscal_period: int,
    status_code: text,
  }),
  table(
    'period_cost',
    ['company_code', 'fiscal_period', 'plant_code', 'cost_center', 'cost_element'],
    {
      company_code: text,
      fiscal_period: int,
      plant_code: text,
      cost_center: text,
      cost_element: text,
      planned_amount: numeric,
      actual_amount: numeric,
    },
    ['(fiscal_period, plant_code, cost_center)', '(cost_center)'],
  ),
];

export const tables: readonly MirrorTable[] = [
  ...organisation,
  ...partners,
  ...materials,
  ...sales,
  ...shipping,
  ...purchasing,
  ...production,
  ...stock,
  ...invoicing,
];
