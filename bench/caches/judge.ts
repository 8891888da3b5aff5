/**
 * Says what is wrong with an answer: rows that its asker may not see, and what it lacks though it was committed in the
 * ERP at or before its `asOf`.
 */
import { z } from 'zod';
import type { AccessScope } from '../../replica/access-scope.ts';
import type { KnownAnswer, Question } from './asker.ts';
import type { Ledger, State } from './ledger.ts';

const Order = z.object({
  id: z.string(),
  customerReference: z.string().nullable(),
  plantCode: z.string().nullable(),
  orderDate: z.string().nullable(),
});
type Order = z.output<typeof Order>;

const Data = z.object({
  salesOrder: Order.nullish(),
  salesOrders: z
    .object({
      totalCount: z.number().optional(),
      nodes: z.array(Order),
      pageInfo: z.object({ hasNextPage: z.boolean() }).optional(),
    })
    .optional(),
  salesOrderLines: z.object({ nodes: z.array(z.object({ order: Order.nullable() })) }).optional(),
});

export interface Verdict {
  readonly stale: readonly string[];
  readonly foreign: readonly string[];
}

export function judge(question: Question, answer: KnownAnswer, { plants }: AccessScope, ledger: Ledger): Verdict {
  const stale: string[] = [];
  const foreign: string[] = [];
  const { salesOrder, salesOrders, salesOrderLines } = Data.parse(answer.data);
  const { variables } = question;
  const sees = (plant: string | null) => plants === '*' || (plant !== null && plants.includes(plant));
  const context = () => `${JSON.stringify(question)} ${JSON.stringify(answer)}`;
  const possible = (order: string) => ledger.possible(order, answer.asOfMs);

  const shown = (order: Order) => {
    if (!sees(order.plantCode)) foreign.push(`not of ${plants}: ${context()}`);
    if (!ledger.has(order.id)) return;
    if (!possible(order.id).some((state) => isOf(order, state))) stale.push(`${order.id} is older: ${context()}`);
  };
  /** It may be missing where one of its states says so. */
  const missing = (id: string, mayMiss: (state: State) => boolean) => {
    if (ledger.has(id) && !possible(id).some(mayMiss)) stale.push(`${id} is missing: ${context()}`);
  };

  if ('id' in variables) {
    if (salesOrder) shown(salesOrder);
    else missing(String(variables.id), ({ plant }) => !sees(plant));
  }
  for (const { order } of salesOrderLines?.nodes ?? []) if (order) shown(order);
  if (salesOrders) {
    const { nodes, totalCount, pageInfo } = salesOrders;
    for (const order of nodes) shown(order);
    const asked = z
      .array(z.string())
      .catch([...ledger.orders])
      .parse(variables.numbers);
    const among = z
      .array(z.string())
      .nullable()
      .catch(null)
      .parse(variables.plants ?? (variables.plant ? [variables.plant] : null));
    const isFull = nodes.length === Number(variables.first);
    const last = nodes.at(-1);
    const isOut = ({ plant }: State) => !sees(plant) || (among !== null && !among.includes(plant));
    const isBehind = ({ date }: State, id: string) => isFull && (!last || comesAfter({ date, id }, last));
    for (const id of asked) {
      if (!nodes.some((node) => node.id === id)) missing(id, (state) => isOut(state) || isBehind(state, id));
    }
    if (totalCount !== undefined) {
      const most = asked.filter((id) => possible(id).some((state) => !isOut(state))).length;
      const least = asked.filter((id) => possible(id).every((state) => !isOut(state))).length;
      if (totalCount < least || totalCount > most) stale.push(`not ${least} to ${most}: ${context()}`);
      const hasMore = pageInfo?.hasNextPage;
      if (hasMore === false && least > nodes.length) stale.push(`there is more: ${context()}`);
      if (hasMore === true && most <= nodes.length) stale.push(`there is no more: ${context()}`);
    }
  }
  return { stale, foreign };
}

const isOf = ({ customerReference, plantCode, orderDate }: Order, { value, plant, date }: State): boolean =>
  customerReference === String(value) && plantCode === plant && orderDate === date;

/** In the order of the list: the latest first, and of one day those with the greater number. */
const comesAfter = (state: { readonly date: string; readonly id: string }, last: Order): boolean => {
  const lastDate = last.orderDate ?? '';
  return state.date === lastDate ? state.id <= last.id : state.date < lastDate;
};
