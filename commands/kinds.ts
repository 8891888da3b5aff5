/**
 * What follows from a command's type: whose plant it is, what it is kept in order by, and what it does to which document.
 *
 * Commands of one business key reach the ERP one after the other, in the order in which they were accepted. Those that
 * make documents share the key of what is planned; those that change one share the document's.
 */
import type { FlatReads } from '../replica/read.ts';
import type { DocumentType } from './command.ts';
import type { CommandType, Content, ContentOf } from './content.ts';

interface Kind<Type extends CommandType> {
  readonly document: DocumentType;
  /** The document that is changed, or given up; left out where one is made, whose id the ERP gives. */
  readonly changes?: (content: ContentOf<Type>) => string;
  /** Its effect is that the document is gone, or cancelled. */
  readonly ends?: true;
  key(content: ContentOf<Type>): string;
  /** The row of the replica that says whose plant it is, where the content does not. */
  readonly plantFrom?: { readonly type: string; readonly id: (content: ContentOf<Type>) => string };
  /** Fields of the document that the command sets, by the names they have there. */
  sets(content: ContentOf<Type>): Readonly<Record<string, string>>;
}

const kinds: { readonly [Type in CommandType]: Kind<Type> } = {
  CREATE_PRODUCTION_ORDER: {
    document: 'ProductionOrder',
    key: ({ plantCode, productId }) => `production/${plantCode}/${productId}`,
    sets: ({ productId, plantCode, quantity, plannedStartDate, plannedEndDate }) => ({
      productId,
      plantCode,
      quantity,
      plannedStartDate,
      plannedEndDate,
    }),
  },
  RESCHEDULE_PRODUCTION_ORDER: {
    document: 'ProductionOrder',
    changes: ({ productionOrderId }) => productionOrderId,
    key: ({ productionOrderId }) => `production-order/${productionOrderId}`,
    plantFrom: { type: 'ProductionOrder', id: ({ productionOrderId }) => productionOrderId },
    sets: ({ plannedStartDate, plannedEndDate }) => ({ plannedStartDate, plannedEndDate }),
  },
  CANCEL_PRODUCTION_ORDER: {
    document: 'ProductionOrder',
    changes: ({ productionOrderId }) => productionOrderId,
    ends: true,
    key: ({ productionOrderId }) => `production-order/${productionOrderId}`,
    plantFrom: { type: 'ProductionOrder', id: ({ productionOrderId }) => productionOrderId },
    sets: () => ({}),
  },
  CREATE_SHIPMENT: {
    document: 'Shipment',
    key: ({ salesOrderId }) => `sales-order/${salesOrderId}`,
    plantFrom: { type: 'SalesOrder', id: ({ salesOrderId }) => salesOrderId },
    sets: ({ plannedDate }) => ({ plannedDate }),
  },
  CREATE_STOCK_TRANSFER: {
    document: 'StockMovement',
    key: ({ productId, fromLocationId }) => `stock/${fromLocationId}/${productId}`,
    plantFrom: { type: 'Location', id: ({ fromLocationId }) => fromLocationId },
    sets: ({ productId, quantity, plannedDate }) => ({ productId, quantity, plannedDate }),
  },
  CREATE_PURCHASE_ORDER: {
    document: 'PurchaseOrder',
    key: ({ supplierId, plantCode }) => `purchase/${plantCode}/${supplierId}`,
    sets: ({ supplierId, plantCode }) => ({ supplierId, plantCode }),
  },
};

/** One object for all types: which of them a content is, TypeScript cannot follow through a table. */
function kindOf<Type extends CommandType>(content: ContentOf<Type>): Kind<Type> {
  return kinds[content.type] as Kind<Type>;
}

export const documentOf = (content: Content): DocumentType => kindOf(content).document;
/** The document that is there already; null where the command makes one. */
export const documentChanged = (content: Content): string | null => kindOf(content).changes?.(content) ?? null;
export const endsDocument = (content: Content): boolean => kindOf(content).ends === true;
export const businessKeyOf = (content: Content): string => kindOf(content).key(content);
export const fieldsSet = (content: Content): Readonly<Record<string, string>> => kindOf(content).sets(content);

/** The plant, as who reads may see it; null where there is no such row, or it is of no plant. */
export async function plantOf(reads: FlatReads, content: Content): Promise<string | null> {
  if ('plantCode' in content) return content.plantCode;
  const from = kindOf(content).plantFrom;
  if (!from) return null;
  const id = from.id(content);
  const plant = (await reads.byIds(from.type, [id])).get(id)?.plantCode ?? null;
  return plant === null ? null : String(plant);
}
