/**
 * What a command asks of the ERP, in the API's words, whichever ERP it is.
 *
 * Two contents are the same if their canonical texts are: an approval, and an idempotency key, is of one text. Quantities
 * are therefore brought to one form (`12.50` is `12.5`).
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';

const id = z.string().min(1).max(80);
const day = z.iso.date({ error: 'must be a day, YYYY-MM-DD' });
const quantity = z
  .string()
  .regex(/^\d{1,12}(\.\d{1,6})?$/, { error: 'must be a positive number as a string, such as "12.5"' })
  .transform(plainDecimal)
  .refine((text) => text !== '0', { error: 'must be more than nought' });

const content = <Type extends string, Shape extends z.core.$ZodLooseShape>(type: Type, shape: Shape) =>
  z.strictObject({ type: z.literal(type), ...shape });

export const Content = z
  .discriminatedUnion('type', [
    content('CREATE_PRODUCTION_ORDER', {
      productId: id,
      plantCode: id,
      quantity,
      plannedStartDate: day,
      plannedEndDate: day,
    }),
    content('RESCHEDULE_PRODUCTION_ORDER', { productionOrderId: id, plannedStartDate: day, plannedEndDate: day }),
    content('CANCEL_PRODUCTION_ORDER', { productionOrderId: id }),
    content('CREATE_SHIPMENT', { salesOrderId: id, plannedDate: day }),
    content('CREATE_STOCK_TRANSFER', {
      productId: id,
      fromLocationId: id,
      toLocationId: id,
      quantity,
      plannedDate: day,
    }),
    content('CREATE_PURCHASE_ORDER', { supplierId: id, plantCode: id, productId: id, quantity, plannedDate: day }),
  ])
  .refine((one) => !('plannedStartDate' in one) || one.plannedStartDate <= one.plannedEndDate, {
    path: ['plannedEndDate'],
    error: 'may not be before plannedStartDate',
  })
  .refine((one) => one.type !== 'CREATE_STOCK_TRANSFER' || one.fromLocationId !== one.toLocationId, {
    path: ['toLocationId'],
    error: 'must be another location than fromLocationId',
  });

export type Content = z.output<typeof Content>;
export type CommandType = Content['type'];
export type ContentOf<Type extends CommandType> = Extract<Content, { type: Type }>;

function plainDecimal(text: string): string {
  const [whole = '', fraction = ''] = text.split('.');
  const digits = fraction.replace(/0+$/, '');
  const plain = whole.replace(/^0+(?=\d)/, '');
  return digits === '' ? plain : `${plain}.${digits}`;
}

/** With the names of its fields in one order. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );
}

export const hashOf = (value: unknown): string => createHash('sha256').update(canonical(value)).digest('hex');
