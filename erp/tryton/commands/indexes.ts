/**
 * Indexes by which Tryton refuses a second document of one command (`SKIFF_ERP_WRITES=key`). Whether they may stand in
 * its database is its owner's to decide.
 *
 * They go by who made the document, too: a person who copies one in Tryton copies our reference.
 */
const tables = ['production', 'stock_shipment_out', 'stock_shipment_internal', 'purchase_purchase'];

const indexOf = (table: string): string => `skiff_${table}_key`;

export const onceIndexes: readonly string[] = tables.map(indexOf);

export const onceSql: readonly string[] = tables.map(
  (table) => `create unique index concurrently if not exists ${indexOf(table)} on ${table} (reference, create_uid)
  where reference like 'skiff:%';`,
);
