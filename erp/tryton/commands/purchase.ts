/** Purchase orders: drafted with the supplier's terms and price, quoted, and confirmed, which binds. */
import { z } from 'zod';
import { CommandNeedsPerson } from '../../command.ts';
import { dayOf } from '../field-text.ts';
import type { Calls } from './calls.ts';
import { type Fields, type Handler, idOf, refused } from './handler.ts';
import { making } from './making.ts';
import { currencyOf, productOf, warehouseOf } from './master-data.ts';

const Party = z.object({ id: z.number(), rec_name: z.string() });
const Terms = z.array(
  z.object({
    invoice_address: z.number().nullish(),
    payment_term: z.number().nullish(),
    currency: z.number().nullish(),
    invoice_method: z.string().nullish(),
  }),
);
const Priced = z.array(
  z.object({
    unit: z.number().nullish(),
    unit_price: z.unknown().optional(),
    product_supplier: z.number().nullish(),
    taxes: z.object({ add: z.array(z.tuple([z.number(), z.object({ id: z.number() })])) }).optional(),
  }),
);

async function values(calls: Calls, content: Fields) {
  const product = await productOf(calls, content);
  if (!product.purchasable) throw refused('NOT_PURCHASABLE', `${product.rec_name} is not bought.`, 'productId');
  const warehouse = await warehouseOf(calls, content);
  const [supplier] = await calls.search('party.party', [['id', '=', idOf(content.supplierId)]], Party);
  if (!supplier) {
    throw refused('UNKNOWN_SUPPLIER', `Tryton has no active party ${content.supplierId}.`, 'supplierId');
  }
  const { company } = calls;
  const [terms = {}] = Terms.parse(
    await calls.onChange('purchase.purchase', { company, party: supplier.id }, ['party']),
  );
  const quantity = Number(content.quantity);
  const line = { type: 'line', company, product: product.id, quantity, '_parent_purchase.party': supplier.id };
  const [priced = {}] = Priced.parse(await calls.onChange('purchase.line', line, ['product']));
  const { unit, unit_price, product_supplier, taxes } = priced;
  if (unit_price === undefined || unit_price === null) {
    throw new CommandNeedsPerson('NO_PRICE', `${supplier.rec_name} has no price for ${product.rec_name}.`, 200);
  }
  const ordered = {
    type: 'line',
    product: product.id,
    quantity,
    unit: unit ?? product.default_uom,
    unit_price,
    product_supplier: product_supplier ?? null,
    taxes: [['add', (taxes?.add ?? []).map(([, tax]) => tax.id)]],
  };
  return {
    party: supplier.id,
    invoice_address: terms.invoice_address ?? null,
    payment_term: terms.payment_term ?? null,
    currency: terms.currency ?? (await currencyOf(calls)),
    ...(terms.invoice_method && { invoice_method: terms.invoice_method }),
    warehouse: warehouse.id,
    delivery_date: dayOf(content.plannedDate ?? ''),
    lines: [['create', [ordered]]],
  };
}

export const createPurchaseOrder: Handler = making({
  model: 'purchase.purchase',
  values,
  buttons: { draft: 'quote', quotation: 'confirm' },
});
