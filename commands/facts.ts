/**
 * Facts that a proposal rests on, read from the replica: what a policy may name in a premise.
 *
 * A fact is a text, so that it can be shown and compared as it was seen; null where the replica has no such thing. Facts
 * are read over all plants: whether a premise holds must not depend on who asks.
 */
import type { FlatReads, FlatRow } from '../replica/read.ts';
import { type Content, hashOf } from './content.ts';

interface FactSource {
  /** The flat types it is read from: they are made fresh before. */
  readonly types: readonly string[];
  read(reads: FlatReads, content: Content): Promise<string | null>;
}

const MOST_ROWS = 500;

const field = (row: FlatRow | undefined, name: string): string | null => {
  const value = row?.[name] ?? null;
  return value === null ? null : String(value);
};

const one = async (reads: FlatReads, type: string, id: string): Promise<FlatRow | undefined> =>
  (await reads.byIds(type, [id])).get(id);

async function orderChanged(reads: FlatReads, content: Content): Promise<FlatRow | undefined> {
  return 'productionOrderId' in content ? one(reads, 'ProductionOrder', content.productionOrderId) : undefined;
}

const productOf = (content: Content): string => ('productId' in content ? content.productId : '');

const sources = {
  /** Which components go in, and how much of each: its hash, and how many there are. */
  billOfMaterial: {
    types: ['BomLine'],
    async read(reads, content) {
      const filter = { productId: { eq: productOf(content) } };
      const { rows } = await reads.page('BomLine', { filter, first: MOST_ROWS });
      if (rows.length === 0) return null;
      const lines = rows.map((row) => [row.id, row.componentId, row.quantity, row.outputQuantity]);
      return `${rows.length} lines, ${hashOf(lines).slice(0, 8)}`;
    },
  },
  /** What of the product lies in the plant. */
  stockAtPlant: {
    types: ['StockLevel'],
    async read(reads, content) {
      const plant = 'plantCode' in content ? content.plantCode : '';
      const filter = { productId: { eq: productOf(content) }, plantCode: { eq: plant } };
      const { rows } = await reads.page('StockLevel', { filter, first: MOST_ROWS });
      return String(Math.round(rows.reduce((sum, row) => sum + Number(row.quantity), 0) * 1_000) / 1_000);
    },
  },
  availableAtSource: {
    types: ['StockLevel'],
    async read(reads, content) {
      if (content.type !== 'CREATE_STOCK_TRANSFER') return null;
      const filter = { productId: { eq: content.productId }, locationId: { eq: content.fromLocationId } };
      const { rows } = await reads.page('StockLevel', { filter, first: 1 });
      return field(rows[0], 'available');
    },
  },
  productStatus: {
    types: ['Product'],
    async read(reads, content) {
      const isActive = field(await one(reads, 'Product', productOf(content)), 'isActive');
      return isActive === null ? null : isActive === 'true' ? 'active' : 'inactive';
    },
  },
  productionOrderStatus: {
    types: ['ProductionOrder'],
    read: async (reads, content) => field(await orderChanged(reads, content), 'status'),
  },
  /** When it was planned: somebody else may have moved it meanwhile. */
  productionOrderDates: {
    types: ['ProductionOrder'],
    async read(reads, content) {
      const row = await orderChanged(reads, content);
      return row === undefined ? null : `${row.plannedStartDate} to ${row.plannedEndDate}`;
    },
  },
  /** How much was made of it already. */
  producedQuantity: {
    types: ['ProductionOrder'],
    read: async (reads, content) => field(await orderChanged(reads, content), 'producedQuantity'),
  },
  salesOrderStatus: {
    types: ['SalesOrder'],
    read: async (reads, content) =>
      field(
        content.type === 'CREATE_SHIPMENT' ? await one(reads, 'SalesOrder', content.salesOrderId) : undefined,
        'status',
      ),
  },
} as const satisfies Record<string, FactSource>;

export type FactName = keyof typeof sources;

/** The flat types that these facts are read from. */
export const typesOf = (facts: readonly FactName[]): readonly string[] => [
  ...new Set(facts.flatMap((name) => sources[name].types)),
];

export async function readFacts(
  reads: FlatReads,
  content: Content,
  facts: readonly FactName[],
): Promise<Record<string, string | null>> {
  const values = await Promise.all(
    facts.map(async (name) => [name, await sources[name].read(reads, content)] as const),
  );
  return Object.fromEntries(values);
}
