/**
 * What Tryton's API says that the flat rows ought to hold: for each type the model, the fields, and what takes more
 * than a field.
 *
 * Compared are the newest rows of each type, and how many there are.
 */
import type { Domain, Row, TrytonApi } from './api.ts';
import { valueAt } from './api.ts';

export interface Comparison {
  /** The read model's name. */
  readonly readModel: string;
  /** Tryton's model, whose ids are the rows'. */
  readonly model: string;
  readonly domain?: Domain;
  /** Column → field of Tryton's, dotted through references. */
  readonly fields: Readonly<Record<string, string>>;
  /** Columns that are worked out of other fields, which stand in `reads`. */
  readonly reads?: readonly string[];
  readonly derive?: (row: Row) => Readonly<Record<string, string | null>>;
}

const product = { product_id: 'product', product_code: 'product.code', product_name: 'product.name' };
const plantOf = (warehouse: string) => ({ plant_code: `${warehouse}.code`, plant_name: `${warehouse}.name` });
const confirmed = ['confirmed', 'processing', 'done', 'cancelled'];

/** Only Tryton's program knows the taxes of an order that is not confirmed: there the columns are null. */
const totals = (row: Row) => {
  const isConfirmed = confirmed.includes(valueAt(row, 'state') ?? '');
  return {
    tax_amount: isConfirmed ? valueAt(row, 'tax_amount') : null,
    total_amount: isConfirmed ? valueAt(row, 'total_amount') : null,
  };
};
const lengthOf = (row: Row, field: string): string => {
  const list = row[field];
  return String(Array.isArray(list) ? list.length : 0);
};
const yes = (isSo: boolean): string => (isSo ? 't' : 'f');

const order = {
  number: 'number',
  status_code: 'state',
  currency: 'currency.code',
  net_amount: 'untaxed_amount',
  ...plantOf('warehouse'),
};
const orderLine = {
  position: 'sequence',
  ...product,
  description: 'description',
  quantity: 'quantity',
  unit: 'unit.symbol',
  unit_price: 'unit_price',
  net_amount: 'amount',
};
const movement = {
  ...product,
  quantity: 'quantity',
  unit: 'uom.symbol',
  planned_date: 'planned_date',
};

/** Customers, suppliers and stock levels are not one model of Tryton's each: they are compared by themselves. */
export async function comparisons(api: TrytonApi): Promise<readonly Comparison[]> {
  const warehouses = await api.searchRead('stock.location', [['type', '=', 'warehouse']], ['output_location']);
  const outputZones = warehouses.map((row) => row.output_location);
  const outgoing: Domain = [
    ['shipment', 'like', 'stock.shipment.out,%'],
    ['from_location', 'in', outputZones],
  ];
  return [
    {
      readModel: 'product',
      model: 'product.product',
      fields: {
        code: 'code',
        name: 'name',
        description: 'description',
        kind_code: 'type',
        category: 'template.account_category.name',
        unit: 'default_uom.symbol',
        unit_digits: 'default_uom.digits',
        list_price: 'list_price',
        cost_price: 'cost_price',
        is_active: 'active',
        is_sold: 'salable',
        is_purchased: 'purchasable',
        is_produced: 'producible',
      },
    },
    {
      readModel: 'location',
      model: 'stock.location',
      // A production location belongs to its plant for us; in Tryton it stands outside of the warehouse's tree.
      domain: [['type', '!=', 'production']],
      fields: {
        code: 'code',
        name: 'name',
        kind_code: 'type',
        is_active: 'active',
        parent_id: 'parent',
        ...plantOf('warehouse'),
      },
    },
    {
      readModel: 'stock_movement',
      model: 'stock.move',
      fields: {
        ...movement,
        from_location_id: 'from_location',
        from_location_code: 'from_location.code',
        from_location_name: 'from_location.name',
        to_location_id: 'to_location',
        to_location_code: 'to_location.code',
        to_location_name: 'to_location.name',
        status_code: 'state',
        effective_date: 'effective_date',
      },
      reads: ['shipment.rec_name', 'production_input.number', 'production_output.number'],
      derive: (row) => ({
        document_number:
          valueAt(row, 'production_input.number') ??
          valueAt(row, 'production_output.number') ??
          valueAt(row, 'shipment.rec_name'),
      }),
    },
    {
      readModel: 'sales_order',
      model: 'sale.sale',
      fields: {
        ...order,
        customer_reference: 'reference',
        requested_date: 'shipping_date',
        customer_id: 'party',
        customer_code: 'party.code',
        customer_name: 'party.rec_name',
      },
      reads: ['tax_amount', 'total_amount', 'lines'],
      derive: (row) => ({ ...totals(row), line_count: lengthOf(row, 'lines') }),
    },
    {
      readModel: 'sales_order_line',
      model: 'sale.line',
      domain: [['type', '=', 'line']],
      fields: {
        ...orderLine,
        order_id: 'sale',
        order_number: 'sale.number',
        customer_id: 'sale.party',
        customer_name: 'sale.party.rec_name',
        plant_code: 'sale.warehouse.code',
        currency: 'sale.currency.code',
      },
    },
    {
      readModel: 'shipment',
      model: 'stock.shipment.out',
      fields: {
        number: 'number',
        status_code: 'state',
        planned_date: 'planned_date',
        shipped_date: 'effective_date',
        customer_id: 'customer',
        customer_code: 'customer.code',
        customer_name: 'customer.rec_name',
        street: 'delivery_address.street',
        postal_code: 'delivery_address.postal_code',
        city: 'delivery_address.city',
        country_code: 'delivery_address.country.code',
        ...plantOf('warehouse'),
      },
      reads: ['outgoing_moves'],
      derive: (row) => ({ line_count: lengthOf(row, 'outgoing_moves') }),
    },
    {
      readModel: 'shipment_line',
      model: 'stock.move',
      domain: outgoing,
      fields: { ...movement, shipped_date: 'effective_date', shipment_number: 'shipment.rec_name' },
    },
    {
      readModel: 'delayed_shipment',
      model: 'stock.move',
      domain: [
        ...outgoing,
        ['state', 'not in', ['done', 'cancelled']],
        ['shipment.state', 'not in', ['done', 'cancelled'], 'stock.shipment.out'],
        ['shipment.planned_date', '!=', null, 'stock.shipment.out'],
      ],
      fields: {
        product_id: 'product',
        product_code: 'product.code',
        product_name: 'product.name',
        quantity: 'quantity',
        unit: 'uom.symbol',
        shipment_number: 'shipment.rec_name',
        currency: 'currency.code',
      },
    },
    {
      readModel: 'production_order',
      model: 'production',
      fields: {
        number: 'number',
        reference: 'reference',
        status_code: 'state',
        ...product,
        quantity: 'quantity',
        unit: 'uom.symbol',
        planned_start_date: 'planned_start_date',
        planned_end_date: 'planned_date',
        actual_start_date: 'effective_start_date',
        actual_end_date: 'effective_date',
        bom_name: 'bom.name',
        routing_name: 'routing.name',
        ...plantOf('warehouse'),
      },
      reads: ['works'],
      derive: (row) => ({ operation_count: lengthOf(row, 'works') }),
    },
    {
      readModel: 'production_material',
      model: 'stock.move',
      domain: ['OR', [['production_input', '!=', null]], [['production_output', '!=', null]]],
      fields: { ...movement, status_code: 'state', effective_date: 'effective_date' },
      reads: ['production_input', 'production_output', 'production_input.number', 'production_output.number'],
      derive: (row) => ({
        direction: row.production_input === null ? 'OUTPUT' : 'INPUT',
        production_order_id: valueAt(row, 'production_input') ?? valueAt(row, 'production_output'),
        production_order_number: valueAt(row, 'production_input.number') ?? valueAt(row, 'production_output.number'),
      }),
    },
    {
      readModel: 'work_order',
      model: 'production.work',
      fields: {
        production_order_id: 'production',
        production_order_number: 'production.number',
        position: 'sequence',
        operation_name: 'operation.name',
        status_code: 'state',
        work_center_id: 'work_center',
        work_center_name: 'work_center.name',
        plant_code: 'warehouse.code',
      },
      reads: ['cycles'],
      derive: (row) => ({ cycle_count: lengthOf(row, 'cycles') }),
    },
    {
      readModel: 'work_center',
      model: 'production.work.center',
      fields: {
        name: 'name',
        category: 'category.name',
        parent_id: 'parent',
        cost_rate: 'cost_price',
        currency: 'company.currency.code',
        is_active: 'active',
        ...plantOf('warehouse'),
      },
    },
    {
      readModel: 'purchase_order',
      model: 'purchase.purchase',
      fields: {
        ...order,
        supplier_reference: 'reference',
        requested_date: 'delivery_date',
        supplier_id: 'party',
        supplier_code: 'party.code',
        supplier_name: 'party.rec_name',
      },
      reads: ['tax_amount', 'total_amount', 'lines'],
      derive: (row) => ({ ...totals(row), line_count: lengthOf(row, 'lines') }),
    },
    {
      readModel: 'purchase_order_line',
      model: 'purchase.line',
      domain: [['type', '=', 'line']],
      fields: {
        ...orderLine,
        purchase_order_id: 'purchase',
        order_number: 'purchase.number',
        supplier_id: 'purchase.party',
        supplier_name: 'purchase.party.rec_name',
        plant_code: 'purchase.warehouse.code',
        currency: 'purchase.currency.code',
      },
    },
    {
      readModel: 'incoming_shipment',
      model: 'stock.shipment.in',
      fields: {
        number: 'number',
        supplier_reference: 'reference',
        status_code: 'state',
        planned_date: 'planned_date',
        received_date: 'effective_date',
        supplier_id: 'supplier',
        supplier_code: 'supplier.code',
        supplier_name: 'supplier.rec_name',
        ...plantOf('warehouse'),
      },
      reads: ['incoming_moves'],
      derive: (row) => ({ line_count: lengthOf(row, 'incoming_moves') }),
    },
    {
      readModel: 'invoice',
      model: 'account.invoice',
      fields: {
        number: 'number',
        reference: 'reference',
        kind_code: 'type',
        status_code: 'state',
        partner_code: 'party.code',
        partner_name: 'party.rec_name',
        currency: 'currency.code',
        net_amount: 'untaxed_amount',
        tax_amount: 'tax_amount',
        total_amount: 'total_amount',
      },
      reads: ['party', 'lines'],
      derive: (row) => ({
        customer_id: row.type === 'out' ? valueAt(row, 'party') : null,
        supplier_id: row.type === 'in' ? valueAt(row, 'party') : null,
        line_count: lengthOf(row, 'lines'),
      }),
    },
    {
      readModel: 'invoice_line',
      model: 'account.invoice.line',
      domain: [
        ['type', '=', 'line'],
        ['invoice', '!=', null],
      ],
      fields: { ...orderLine, invoice_id: 'invoice', invoice_number: 'invoice.number', currency: 'currency.code' },
    },
  ];
}

export async function answer(
  api: TrytonApi,
  { model, domain = [], fields, reads = [], derive }: Comparison,
  rows: number,
): Promise<ReadonlyMap<string, Readonly<Record<string, string | null>>>> {
  const asked = [...new Set([...Object.values(fields), ...reads])];
  const found = await api.searchRead(model, domain, asked, { limit: rows, order: [['id', 'DESC']] });
  return new Map(
    found.map((row) => [
      String(row.id),
      {
        ...Object.fromEntries(Object.entries(fields).map(([column, field]) => [column, asColumn(row, field)])),
        ...derive?.(row),
      },
    ]),
  );
}

const asColumn = (row: Row, field: string): string | null => {
  const value = valueAt(row, field);
  return value === 'true' || value === 'false' ? yes(value === 'true') : value;
};
