/** Shipments to customers and transfers between locations: made as drafts, then set waiting for their goods. */
import { z } from 'zod';
import { CommandNeedsPerson } from '../../command.ts';
import { dayOf } from '../field-text.ts';
import type { Calls } from './calls.ts';
import { type Fields, type Handler, idOf, refused } from './handler.ts';
import { making } from './making.ts';
import { currencyOf, productOf } from './master-data.ts';

const Sale = z.object({
  id: z.number(),
  rec_name: z.string(),
  state: z.string(),
  party: z.number(),
  shipment_party: z.number().nullable(),
  shipment_address: z.number().nullable(),
  warehouse: z.number().nullable(),
  currency: z.number(),
});
const Line = z.object({
  id: z.number(),
  product: z.number(),
  quantity: z.number(),
  unit: z.number(),
  unit_price: z.unknown(),
  from_location: z.number(),
  to_location: z.number(),
});
const Move = z.object({ id: z.number(), quantity: z.number(), uom: z.number(), origin: z.string() });

/** One that leaves shipments and invoices to others is done as soon as it is confirmed. */
const SHIPPABLE = ['confirmed', 'processing', 'done'];
const MOST_LINES = 1_000;

async function saleOf(calls: Calls, { salesOrderId }: Fields): Promise<z.output<typeof Sale>> {
  const domain = [
    ['id', '=', idOf(salesOrderId)],
    ['company', '=', calls.company],
  ];
  const [sale] = await calls.search('sale.sale', domain, Sale);
  if (!sale) throw refused('UNKNOWN_ORDER', `Tryton has no sale ${salesOrderId}.`, 'salesOrderId');
  if (SHIPPABLE.includes(sale.state)) return sale;
  throw refused('WRONG_STATE', `Sale ${sale.rec_name} is ${sale.state}.`, 'salesOrderId');
}

/** What of a sale is on no shipment yet. Most of them Tryton ships by itself: those that say "manual" are left to others. */
async function shipmentValues(calls: Calls, content: Fields) {
  const sale = await saleOf(calls, content);
  const goods = [
    ['sale', '=', sale.id],
    ['type', '=', 'line'],
    ['quantity', '>', 0],
    ['product.template.type', 'in', ['goods', 'assets']],
  ];
  const lines = await calls.search('sale.line', goods, Line, MOST_LINES);
  const origins = lines.map(({ id }) => `sale.line,${id}`);
  const planned = [
    ['origin', 'in', origins],
    ['state', '!=', 'cancelled'],
  ];
  const moves = Map.groupBy(await calls.search('stock.move', planned, Move, 10 * MOST_LINES), ({ origin }) => origin);
  const open = lines.flatMap(({ id, quantity, unit, unit_price, ...line }) => {
    const origin = `sale.line,${id}`;
    const shipped = (moves.get(origin) ?? []).map((move) => (move.uom === unit ? move.quantity : quantity));
    const left = quantity - shipped.reduce((sum, one) => sum + one, 0);
    if (left <= 0) return [];
    const { company } = calls;
    return [{ ...line, uom: unit, quantity: left, unit_price, currency: sale.currency, company, origin }];
  });
  if (open.length === 0) {
    throw refused('NOTHING_TO_SHIP', `Everything of sale ${sale.rec_name} is on shipments already.`, 'salesOrderId');
  }
  if (sale.shipment_address === null || sale.warehouse === null) {
    const lacking = sale.warehouse === null ? 'warehouse' : 'address';
    throw new CommandNeedsPerson('SALE_INCOMPLETE', `Sale ${sale.rec_name} has no ${lacking} to ship by.`, 200);
  }
  return {
    customer: sale.shipment_party ?? sale.party,
    delivery_address: sale.shipment_address,
    warehouse: sale.warehouse,
    planned_date: dayOf(content.plannedDate ?? ''),
    outgoing_moves: [['create', open]],
  };
}

export const createShipment: Handler = making({
  model: 'stock.shipment.out',
  values: shipmentValues,
  buttons: { draft: 'wait' },
});

const Location = z.object({ id: z.number() });

async function storageOf(calls: Calls, content: Fields, field: string): Promise<number> {
  const domain = [
    ['id', '=', idOf(content[field])],
    ['type', '=', 'storage'],
  ];
  const [location] = await calls.search('stock.location', domain, Location);
  if (location) return location.id;
  throw refused('UNKNOWN_LOCATION', `Tryton has no storage location ${content[field]}.`, field);
}

/** On one day: with two Tryton would have the goods wait in between. */
async function transferValues(calls: Calls, content: Fields) {
  const product = await productOf(calls, content);
  const between = {
    from_location: await storageOf(calls, content, 'fromLocationId'),
    to_location: await storageOf(calls, content, 'toLocationId'),
  };
  const day = dayOf(content.plannedDate ?? '');
  const move = {
    ...between,
    product: product.id,
    uom: product.default_uom,
    quantity: Number(content.quantity),
    company: calls.company,
    currency: await currencyOf(calls),
    planned_date: day,
  };
  return { ...between, planned_date: day, planned_start_date: day, moves: [['create', [move]]] };
}

export const createStockTransfer: Handler = making({
  model: 'stock.shipment.internal',
  values: transferValues,
  buttons: { request: 'draft', draft: 'wait' },
  showsMove: true,
});
