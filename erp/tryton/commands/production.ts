/**
 * Production orders: made as drafts with what goes in and out of them, then set waiting, which plans their works.
 *
 * Tryton does not explode a bill of material when it is told to make an order. It does where a screen asks what follows
 * from the fields filled in so far: so it is asked that, and sent its own answer.
 */
import { z } from 'zod';
import { type Acknowledged, CommandNeedsPerson } from '../../command.ts';
import { dayOf } from '../field-text.ts';
import type { Calls } from './calls.ts';
import { type Fields, type Handler, idOf, refused, versionOf } from './handler.ts';
import { making } from './making.ts';
import { productOf, warehouseOf } from './master-data.ts';

const ProductBom = z.object({
  id: z.number(),
  bom: z.number(),
  routing: z.number().nullable(),
  sequence: z.number().nullable(),
});
const WorkCenter = z.object({ id: z.number() });

/** What of a movement is kept; with it a screen is told much that it only shows. */
const Move = z.object({
  product: z.number(),
  uom: z.number(),
  quantity: z.number(),
  from_location: z.number(),
  to_location: z.number(),
  company: z.number(),
  currency: z.number().nullish(),
  unit_price: z.unknown().optional(),
});
const Moves = z.object({ add: z.array(z.tuple([z.number(), Move])) });
const Exploded = z.array(z.object({ inputs: Moves.optional(), outputs: Moves.optional() }));

const created = (moves: z.output<typeof Moves> | undefined) => ['create', moves?.add.map(([, move]) => move) ?? []];

async function values(calls: Calls, content: Fields) {
  const product = await productOf(calls, content);
  if (!product.producible) throw refused('NOT_PRODUCIBLE', `${product.rec_name} is not produced.`, 'productId');
  const warehouse = await warehouseOf(calls, content);
  const location = warehouse.production_location;
  if (location === null) throw refused('NO_PRODUCTION', `Nothing is produced in ${warehouse.name}.`, 'plantCode');
  const bom = await bomOf(calls, product.id);
  if (!bom) throw refused('NO_BILL_OF_MATERIAL', `${product.rec_name} has no bill of material.`, 'productId');
  const asked = {
    company: calls.company,
    warehouse: warehouse.id,
    location,
    product: product.id,
    bom: bom.bom,
    routing: bom.routing,
    uom: product.default_uom,
    quantity: Number(content.quantity),
  };
  const changes = Exploded.parse(await calls.onChange('production', asked, ['bom', 'quantity']));
  const inputs = changes.findLast((change) => change.inputs)?.inputs;
  const outputs = changes.findLast((change) => change.outputs)?.outputs;
  return {
    ...asked,
    planned_start_date: dayOf(content.plannedStartDate ?? ''),
    planned_date: dayOf(content.plannedEndDate ?? ''),
    work_center: bom.routing === null ? null : await workCenterOf(calls, warehouse),
    inputs: [created(inputs)],
    outputs: [created(outputs)],
  };
}

/** Its first one, as Tryton's planner takes it: those without a sequence before the others. */
async function bomOf(calls: Calls, product: number): Promise<z.output<typeof ProductBom> | undefined> {
  const domain = [
    ['product', '=', product],
    ['bom.active', '=', true],
  ];
  const boms = await calls.search('product.product-production.bom', domain, ProductBom, 100);
  return boms.toSorted((one, other) => (one.sequence ?? -1) - (other.sequence ?? -1))[0];
}

/** Works are given to the centers below one that is named: the warehouse's own. */
async function workCenterOf(calls: Calls, { id, name }: { readonly id: number; readonly name: string }) {
  const domain = [
    ['warehouse', '=', id],
    ['company', '=', calls.company],
    ['parent', '=', null],
  ];
  const [center, another] = await calls.search('production.work.center', domain, WorkCenter);
  if (center && !another) return center.id;
  const found = center ? 'several' : 'none';
  const message = `The routing needs one work center above all others of ${name}; Tryton has ${found}.`;
  throw new CommandNeedsPerson('NO_WORK_CENTER', message, 200, ['plantCode']);
}

export const createProductionOrder: Handler = making({ model: 'production', values, buttons: { draft: 'wait' } });

const Order = z.object({
  id: z.number(),
  number: z.string().nullable(),
  state: z.string(),
  planned_start_date: z.unknown(),
  planned_date: z.unknown(),
  create_date: z.unknown(),
  write_date: z.unknown(),
  _timestamp: z.string(),
});
type Order = z.output<typeof Order>;

async function orderOf(calls: Calls, { productionOrderId }: Fields): Promise<Order | null> {
  const domain = [
    ['id', '=', idOf(productionOrderId)],
    ['company', '=', calls.company],
  ];
  return (await calls.search('production', domain, Order))[0] ?? null;
}

async function openOrder(calls: Calls, content: Fields, states: readonly string[]): Promise<Order> {
  const order = await orderOf(calls, content);
  const field = 'productionOrderId';
  if (!order) throw refused('UNKNOWN_ORDER', `Tryton has no production ${content.productionOrderId}.`, field);
  if (states.includes(order.state)) return order;
  throw refused('WRONG_STATE', `Production ${order.number ?? order.id} is ${order.state}.`, field);
}

function acknowledged(order: Order): Acknowledged {
  const { id, number, state } = order;
  const answer = JSON.stringify({ model: 'production', id, number, state });
  return { documentId: String(id), version: versionOf(order), answer };
}

const DATES_OPEN = ['request', 'draft', 'waiting', 'assigned'];
const isOn = (day: unknown, asked: string | undefined): boolean =>
  JSON.stringify(day) === JSON.stringify(dayOf(asked ?? ''));
const isRescheduled = (order: Order, { plannedStartDate, plannedEndDate }: Fields): boolean =>
  isOn(order.planned_start_date, plannedStartDate) && isOn(order.planned_date, plannedEndDate);

/** By its effect it is known: an order that has the days needs no other. A late request finds that it was written since. */
export const rescheduleProductionOrder: Handler = {
  async send(calls, { content }) {
    const order = await openOrder(calls, content, DATES_OPEN);
    if (isRescheduled(order, content)) return acknowledged(order);
    const days = {
      planned_start_date: dayOf(content.plannedStartDate ?? ''),
      planned_date: dayOf(content.plannedEndDate ?? ''),
    };
    await calls.write('production', order.id, days, order._timestamp);
    return acknowledged((await orderOf(calls, content)) ?? order);
  },
  async lookUp(calls, { content }) {
    const order = await orderOf(calls, content);
    return order && isRescheduled(order, content) ? acknowledged(order) : null;
  },
};

const CANCELLED = 'cancelled';

export const cancelProductionOrder: Handler = {
  async send(calls, { content }) {
    const order = await openOrder(calls, content, [...DATES_OPEN, CANCELLED]);
    if (order.state === CANCELLED) return acknowledged(order);
    await calls.press('production', order.id, 'cancel');
    const after = await orderOf(calls, content);
    if (after?.state === CANCELLED) return acknowledged(after);
    const what = `"cancel" did nothing with production ${order.number ?? order.id}, which is ${after?.state ?? 'gone'}.`;
    throw new CommandNeedsPerson('ERP_NO_STEP', what, 200);
  },
  async lookUp(calls, { content }) {
    const order = await orderOf(calls, content);
    return order?.state === CANCELLED ? acknowledged(order) : null;
  },
};
