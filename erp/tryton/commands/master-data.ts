/** What commands name by our ids and Tryton wants in its own: the records, or a refusal that says which there is not. */
import { z } from 'zod';
import type { Calls } from './calls.ts';
import { type Fields, idOf, refused } from './handler.ts';

const Product = z.object({
  id: z.number(),
  rec_name: z.string(),
  producible: z.boolean().nullable(),
  purchasable: z.boolean().nullable(),
  default_uom: z.number(),
  boms: z.array(z.number()),
});

export async function productOf(calls: Calls, { productId }: Fields): Promise<z.output<typeof Product>> {
  const domain = [
    ['id', '=', idOf(productId)],
    ['template.active', '=', true],
  ];
  const [product] = await calls.search('product.product', domain, Product);
  if (product) return product;
  throw refused('UNKNOWN_PRODUCT', `Tryton has no active product ${productId}.`, 'productId');
}

const Warehouse = z.object({
  id: z.number(),
  name: z.string(),
  code: z.string().nullable(),
  storage_location: z.number(),
  production_location: z.number().nullable(),
});

/** A plant is known by its code, or by its id where it has none. */
export async function warehouseOf(calls: Calls, { plantCode }: Fields): Promise<z.output<typeof Warehouse>> {
  const withoutCode = ['OR', ['code', '=', null], ['code', '=', '']];
  const known = ['OR', ['code', '=', plantCode], [['id', '=', idOf(plantCode)], withoutCode]];
  const [warehouse] = await calls.search('stock.location', [['type', '=', 'warehouse'], known], Warehouse);
  if (warehouse) return warehouse;
  throw refused('UNKNOWN_PLANT', `Tryton has no warehouse ${plantCode}.`, 'plantCode');
}

const Company = z.object({ id: z.number(), currency: z.number() });

export async function currencyOf(calls: Calls): Promise<number> {
  const [company] = await calls.search('company.company', [['id', '=', calls.company]], Company);
  if (!company) throw new TypeError(`Tryton has no company ${calls.company}`);
  return company.currency;
}
