/**
 * What is asked: the same question as Skiff's document, which gateways over the same subgraphs understand too, and as
 * PostGraphile's. Answers are equal down to the text of every value, so that they can be compared as they come.
 *
 * A list goes on behind a cursor, and each engine mints its own: it is asked for them first, in the same order.
 */

export const QUESTIONS = ['entity', 'list', 'federated', 'search', 'dashboard'] as const;
export type Question = (typeof QUESTIONS)[number];

const SHIPMENT =
  'shipmentNumber plannedDate customerName city plantName carrierName orderNumber productName quantity unit';
const INVOICED = 'invoiceNumber partnerName productCode description quantity unit unitPrice netAmount currency';
const PRODUCT = 'code name unit kind';
const ORDER = 'number status orderDate customerName';
const HEAD = 'number status orderDate totalAmount currency';
const INVOICE = 'number status invoiceDate partnerName totalAmount currency';
const PRODUCED = 'number status productName quantity unit plannedEndDate';
const CUSTOMER = 'code name city countryCode';
const ROWS_OF_DASHBOARD = 10;

export const documents: Readonly<Record<Question, string>> = {
  entity: `query Entity($id: ID!) { delayedShipment(id: $id) { ${SHIPMENT} } }`,
  list: `query List($plant: String!, $after: String) {
    delayedShipments(filter: { plantCode: { eq: $plant } }, orderBy: { field: PLANNED_DATE }, first: 50, after: $after) {
      nodes { ${SHIPMENT} }
    }
  }`,
  federated: `query Federated($after: String) {
    invoiceLines(orderBy: { field: INVOICE_DATE }, first: 50, after: $after) {
      nodes { ${INVOICED} product { ${PRODUCT} } salesOrder { ${ORDER} } }
    }
  }`,
  search: `query Search($text: String!) {
    delayedShipments(filter: { customerName: { contains: $text } }, first: 20) { nodes { ${SHIPMENT} } }
  }`,
  dashboard: `query Dashboard($customer: ID!, $code: String!) {
    late: delayedShipments(filter: { customerId: { eq: $customer } }, first: ${ROWS_OF_DASHBOARD}) { nodes { ${SHIPMENT} } }
    orders: salesOrders(filter: { customerId: { eq: $customer } }, first: ${ROWS_OF_DASHBOARD}) { nodes { ${HEAD} } }
    invoices(filter: { customerId: { eq: $customer } }, first: ${ROWS_OF_DASHBOARD}) { nodes { ${INVOICE} } }
    bought: purchaseOrders(orderBy: { field: ORDER_DATE }, first: ${ROWS_OF_DASHBOARD}) { nodes { ${HEAD} } }
    made: productionOrders(orderBy: { field: PLANNED_END_DATE }, first: ${ROWS_OF_DASHBOARD}) { nodes { ${PRODUCED} } }
    customers(filter: { code: { eq: $code } }, first: ${ROWS_OF_DASHBOARD}) { nodes { ${CUSTOMER} } }
  }`,
};

export const postgraphileDocuments: Readonly<Record<Question, string>> = {
  entity: `query Entity($shipment: String!, $item: String!) {
    delayedShipment: delayedShipmentByShipmentIdAndItemNo(shipmentId: $shipment, itemNo: $item) { ${SHIPMENT} }
  }`,
  list: `query List($plant: String!, $after: Cursor, $today: Date!) {
    delayedShipments: allDelayedShipments(
      filter: { plantCode: { equalTo: $plant }, plannedDate: { lessThan: $today } }
      orderBy: [PLANNED_DATE_ASC, PRIMARY_KEY_ASC], first: 50, after: $after
    ) { nodes { ${SHIPMENT} } }
  }`,
  federated: `query Federated($after: Cursor) {
    invoiceLines: allInvoiceLines(orderBy: [INVOICE_DATE_ASC, PRIMARY_KEY_ASC], first: 50, after: $after) {
      nodes { ${INVOICED} product { ${PRODUCT} } salesOrder { ${ORDER} } }
    }
  }`,
  search: `query Search($text: String!, $today: Date!) {
    delayedShipments: allDelayedShipments(
      filter: { customerName: { includesInsensitive: $text }, plannedDate: { lessThan: $today } }, first: 20
    ) { nodes { ${SHIPMENT} } }
  }`,
  dashboard: `query Dashboard($customer: String!, $code: String!, $today: Date!) {
    late: allDelayedShipments(
      filter: { customerId: { equalTo: $customer }, plannedDate: { lessThan: $today } }, first: ${ROWS_OF_DASHBOARD}
    ) { nodes { ${SHIPMENT} } }
    orders: allSalesOrders(filter: { customerId: { equalTo: $customer } }, first: ${ROWS_OF_DASHBOARD}) { nodes { ${HEAD} } }
    invoices: allInvoices(filter: { customerId: { equalTo: $customer } }, first: ${ROWS_OF_DASHBOARD}) { nodes { ${INVOICE} } }
    bought: allPurchaseOrders(orderBy: [ORDER_DATE_ASC, PRIMARY_KEY_ASC], first: ${ROWS_OF_DASHBOARD}) { nodes { ${HEAD} } }
    made: allProductionOrders(orderBy: [PLANNED_END_DATE_ASC, PRIMARY_KEY_ASC], first: ${ROWS_OF_DASHBOARD}) { nodes { ${PRODUCED} } }
    customers: allCustomers(filter: { code: { equalTo: $code } }, first: ${ROWS_OF_DASHBOARD}) { nodes { ${CUSTOMER} } }
  }`,
};
