/**
 * Fills the sandbox ERP: the same rows every time for a size and a base date, on every PostgreSQL from 11 on.
 *
 * Documents are made first and what must fit them after: production covers what was shipped, purchasing what was
 * consumed, and opening stock what is still missing.
 */
import type pg from 'pg';
import { loadWords, masterDataSteps } from './seed/master-data.ts';
import { costSteps, seedOrganisation } from './seed/organisation.ts';
import { productionSteps } from './seed/production.ts';
import { purchasingSteps } from './seed/purchasing.ts';
import { salesSteps } from './seed/sales.ts';
import { type SeedSettings, type SeedSize, seedSize } from './seed/size.ts';
import { type OnProgress, runSteps, type Step, seedFunctions } from './seed/step.ts';
import { goodsIssueSteps, historySteps, openingStockSteps, transferSteps } from './seed/stock.ts';

/** Today in UTC: the base date when nobody asks for another. */
export const today = (): string => new Date().toISOString().slice(0, 10);

const steps = (size: SeedSize): Step[] => [
  ...masterDataSteps(size),
  ...salesSteps(size),
  ...goodsIssueSteps(size),
  ...productionSteps(size),
  ...purchasingSteps(size),
  ...transferSteps(size),
  ...openingStockSteps(size),
  ...historySteps(size),
  ...costSteps(size),
  { what: 'number ranges', rows: 0, sql: numberRanges },
];

/** New documents go on where the seed ended. Movements of the seed leave gaps, those of the ERP's own day do not. */
const numberRanges = /* sql */ `
  select setval('number_sales_order', (select max(order_no)::bigint from sales_header)),
    setval('number_delivery', (select max(delivery_no)::bigint from delivery_header)),
    setval('number_purchase', (select max(purchase_no)::bigint from purchase_header)),
    setval('number_inbound', (select max(inbound_no)::bigint from inbound_header)),
    setval('number_production', (select max(production_no)::bigint from production_header)),
    setval('number_goods_issue', (select max(movement_no) from stock_movement where movement_no < 4950000000)),
    setval('number_transfer', (select greatest(max(movement_no), 4950000000) from stock_movement where movement_no < 5000000000)),
    setval('number_goods_receipt', (select max(movement_no) from stock_movement where movement_no >= 5000000000)),
    setval('number_invoice', (select max(document_no)::bigint from invoice_header where document_no < '0095000000')),
    setval('number_vendor_invoice', (select max(document_no)::bigint from invoice_header where document_no < '0090000000'))`;

/** Empty tables become a company with two years behind it. To be called inside a transaction. */
export async function seedSandbox(
  client: pg.ClientBase,
  settings: SeedSettings,
  onProgress: OnProgress = () => {},
): Promise<void> {
  const size = seedSize(settings);
  await client.query(seedFunctions(size.baseDate));
  await loadWords(client);
  await seedOrganisation(client);
  await runSteps(client, steps(size), onProgress);
}
