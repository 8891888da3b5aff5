/**
 * Which of Tryton's models the mirrored tables are read through where only its API can be reached. A model has no rule
 * that makes its table's name, so all are named here.
 *
 * Prices are models that the API does not open. They are read through the record that they belong to: a product
 * template's `list_prices`, a product's `cost_prices`. Of the translations only those of records are read; by far the
 * most are labels of screens, which no read model knows.
 */
export interface Model {
  /** What is asked. */
  readonly name: string;
  /** The field of it that lists the table's rows, where these cannot be asked for themselves. */
  readonly lists?: string;
  /** Condition on every question. */
  readonly domain?: readonly unknown[];
}

const names: Readonly<Record<string, string>> = {
  party_party: 'party.party',
  party_address: 'party.address',
  party_contact_mechanism: 'party.contact_mechanism',
  party_identifier: 'party.identifier',
  country_country: 'country.country',
  company_company: 'company.company',
  currency_currency: 'currency.currency',
  product_product: 'product.product',
  product_template: 'product.template',
  product_category: 'product.category',
  product_uom: 'product.uom',
  stock_location: 'stock.location',
  stock_move: 'stock.move',
  stock_shipment_out: 'stock.shipment.out',
  stock_shipment_in: 'stock.shipment.in',
  stock_shipment_internal: 'stock.shipment.internal',
  stock_shipment_out_return: 'stock.shipment.out.return',
  stock_shipment_in_return: 'stock.shipment.in.return',
  sale_sale: 'sale.sale',
  sale_line: 'sale.line',
  purchase_purchase: 'purchase.purchase',
  purchase_line: 'purchase.line',
  purchase_product_supplier: 'purchase.product_supplier',
  production: 'production',
  production_bom: 'production.bom',
  production_bom_input: 'production.bom.input',
  production_bom_output: 'production.bom.output',
  'product_product-production_bom': 'product.product-production.bom',
  production_routing: 'production.routing',
  production_routing_operation: 'production.routing.operation',
  production_work: 'production.work',
  production_work_cycle: 'production.work.cycle',
  production_work_center: 'production.work.center',
  production_work_center_category: 'production.work.center.category',
  account_invoice: 'account.invoice',
  account_invoice_line: 'account.invoice.line',
  account_invoice_tax: 'account.invoice.tax',
};

export const models: ReadonlyMap<string, Model> = new Map<string, Model>([
  ...Object.entries(names).map(([table, name]): [string, Model] => [table, { name }]),
  ['product_list_price', { name: 'product.template', lists: 'list_prices' }],
  ['product_cost_price', { name: 'product.product', lists: 'cost_prices' }],
  ['ir_translation', { name: 'ir.translation', domain: [['type', '=', 'model']] }],
]);
