/**
 * Indexes by which Tryton refuses a second document of one command (`SKIFF_ERP_WRITES=key`). Whether they may stand in
 * its database is its owner's to decide.
 *
 * They go by who made the document, too: a person who copies one in Tryton copies our reference.
 */
const tables = ['production', 'stock_shipment_out', 'stock_shipment_internal', 'purchase_purchase'];

export const onceSql: readonly string[] = tables.map(
  (table) => `create unique index concurrently if not exists skiff_${table}_key on ${table} (reference, create_uid)
  where reference like 'skiff:%';`,
);
