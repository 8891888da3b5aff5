/**
 * Log sequence numbers, the positions in a Postgres ERP's write-ahead log.
 *
 * Postgres prints them as two unpadded hex halves (`16/B374D848`), which do not
 * sort as text. Padded to sixteen digits they do, and that is our watermark.
 */
import type { Watermark } from '../watermark.ts';

export function watermarkOf(lsn: string): Watermark {
  const halves = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(lsn);
  if (!halves) throw new TypeError(`Not an LSN: "${lsn}"`);
  const [, high = '', low = ''] = halves;
  return (high.padStart(8, '0') + low.padStart(8, '0')).toUpperCase() as Watermark;
}

/** As Postgres reads it; it takes leading zeros. */
export const lsnOf = (position: Watermark): string => `${position.slice(0, 8)}/${position.slice(8)}`;

/** The eight bytes at `at`, as the replication protocol sends a position. */
export const readLsn = (buffer: Buffer, at: number): Watermark =>
  buffer.toString('hex', at, at + 8).toUpperCase() as Watermark;

export const writeLsn = (buffer: Buffer, position: Watermark, at: number): void => {
  buffer.write(position, at, 'hex');
};

/** Before everything. */
export const START: Watermark = watermarkOf('0/0');

const WAL_PAGE_BYTES = 8_192;

/** Whether a page of WAL ends here. A flush that ends here may end in the middle of a record. */
export const isPageEnd = (position: Watermark): boolean =>
  Number.parseInt(position.slice(8), 16) % WAL_PAGE_BYTES === 0;
