/** Positions in the ERP's write-ahead log. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isPageEnd, lsnOf, readLsn, watermarkOf, writeLsn } from '../../../erp/postgres/lsn.ts';

const half = fc.nat(0xffffffff);

test('watermarks sort as text as their positions do', () => {
  fc.assert(
    fc.property(half, half, half, half, (high, low, otherHigh, otherLow) => {
      const text = (a: number, b: number) => watermarkOf(`${a.toString(16)}/${b.toString(16).toUpperCase()}`);
      const isBefore = (BigInt(high) << 32n) + BigInt(low) < (BigInt(otherHigh) << 32n) + BigInt(otherLow);
      expect(text(high, low) < text(otherHigh, otherLow)).toBe(isBefore);
    }),
  );
});

test('a position is the same as text and on the wire', () => {
  const position = watermarkOf('16/B374D848');
  expect(position).toBe('00000016B374D848');
  expect(lsnOf(position)).toBe('00000016/B374D848');
  const bytes = Buffer.alloc(10);
  writeLsn(bytes, position, 1);
  expect(readLsn(bytes, 1)).toBe(position);
});

test('what is no position is refused', () => {
  for (const text of ['', '16', '16/', '/1', '1/123456789', 'x/1'])
    expect(() => watermarkOf(text)).toThrow('Not an LSN');
});

test('the end of a page of WAL is known', () => {
  expect(isPageEnd(watermarkOf('1/788000'))).toBe(true);
  expect(isPageEnd(watermarkOf('1/788008'))).toBe(false);
});
