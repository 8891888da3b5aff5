/** Random changes of the small ERP, and random reads of what is made of it. */
import type { Change } from '../../erp/change.ts';
import type { Random } from '../../erp/sandbox/random.ts';
import type { FlatReads, PageArguments } from '../../replica/read.ts';

export interface RandomRead {
  readonly text: string;
  ask(reads: FlatReads): Promise<unknown>;
}

const NAMES = ['Ant', 'Bee', 'Cicada', 'ant', 'Zebra', 'Ürsula'];
const DAYS = ['2026-01-01', '2026-01-15', '2026-02-28', null];
const digit = (random: Random, most: number) => String(random.integer(1, most));

export function randomChange(random: Random): Change {
  const kind = random.integer(0, 9);
  const [order, pos] = [digit(random, 10), digit(random, 3)];
  if (kind === 0) return { op: 'delete', table: 'order_line', key: { sales_order: order, pos } };
  if (kind === 1) return { op: 'upsert', table: 'customer', row: customer(random) };
  if (kind === 2) {
    const row = { id: digit(random, 6), name: random.pick(NAMES) ?? null, note: null };
    return { op: 'upsert', table: 'product', row };
  }
  if (kind <= 4) {
    const row = { id: order, number: random.pick(['N1', 'N2', 'N3']) ?? null, customer: digit(random, 4) };
    return { op: 'upsert', table: 'sales_order', row };
  }
  const row = {
    sales_order: order,
    pos,
    product: digit(random, 8),
    quantity: random.pick(['1', '1.0', '2.5']) ?? null,
    due: random.pick(DAYS) ?? null,
  };
  return { op: 'upsert', table: 'order_line', row };
}

const customer = (random: Random) => ({
  id: digit(random, 4),
  name: random.pick(NAMES) ?? null,
  region: null,
  unused: null,
});

export function randomRead(random: Random): RandomRead {
  const kind = random.integer(0, 4);
  if (kind === 0) {
    const ids = [`${digit(random, 10)}:${digit(random, 3)}`, `${digit(random, 10)}:${digit(random, 3)}`];
    return { text: `lines ${ids}`, ask: async (reads) => [...(await reads.byIds('Line', ids))].toSorted() };
  }
  if (kind === 1) {
    const filter = randomFilter(random);
    return { text: `count ${JSON.stringify(filter)}`, ask: (reads) => reads.count('Line', filter) };
  }
  if (kind === 2) {
    const args: PageArguments = {
      orderBy: { field: 'NAME', direction: random.pick(['ASC', 'DESC']) ?? 'ASC' },
      first: 2,
    };
    return {
      text: `customers ${JSON.stringify(args)}`,
      ask: async (reads) => rowsOf(await reads.page('Customer', args)),
    };
  }
  const args: PageArguments = {
    filter: randomFilter(random),
    orderBy: random.happens(0.7) ? { field: 'DUE_DATE', direction: random.pick(['ASC', 'DESC']) ?? 'ASC' } : null,
    ...(random.happens(0.6) ? { first: random.integer(0, 6) } : { last: random.integer(0, 6) }),
  };
  if (kind === 3) {
    return { text: `lines ${JSON.stringify(args)}`, ask: async (reads) => rowsOf(await reads.page('Line', args)) };
  }
  const asked = { type: 'Line', fields: ['dueDate', 'quantity'], references: [] };
  return {
    text: `tree ${JSON.stringify(args)}`,
    async ask(reads) {
      const page = await reads.treePage(asked, args, { cursors: true, totalCount: true });
      const { rows, hasNextPage, hasPreviousPage, totalCount, cursor } = page;
      return { rows, hasNextPage, hasPreviousPage, totalCount, cursors: rows.map(cursor) };
    },
  };
}

function randomFilter(random: Random): NonNullable<PageArguments['filter']> {
  const among = random.pick([['N1'], ['N2', 'N3'], []]) ?? [];
  return {
    ...(random.happens(0.5) ? { orderNumber: { in: among } } : {}),
    ...(random.happens(0.3) ? { customerName: { contains: random.pick(['ant', 'ebr', 'ürs']) } } : {}),
    ...(random.happens(0.3) ? { productId: { eq: digit(random, 8) } } : {}),
  };
}

const rowsOf = ({ rows, hasNextPage, hasPreviousPage }: Awaited<ReturnType<FlatReads['page']>>) => ({
  rows,
  hasNextPage,
  hasPreviousPage,
});
