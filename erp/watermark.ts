/**
 * A position in an ERP's stream of changes: everything at or before it is applied.
 *
 * Watermarks of one source compare as text, whatever they are made of: a padded
 * LSN for PostgreSQL, a padded time for a polled API. The replica never looks inside.
 */
declare const watermark: unique symbol;
export type Watermark = string & { readonly [watermark]: 'Watermark' };

export const isAtOrAfter = (position: Watermark, other: Watermark): boolean => position >= other;
