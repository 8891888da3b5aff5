import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeId, encodeId } from '../../../replica/read/ids.ts';

const part = fc.string({ unit: fc.constantFrom('a', ':', '\\', ' ', 'ü'), maxLength: 6 });

test('an id of any key columns is read back as these columns, and no two keys share one', () => {
  fc.assert(
    fc.property(
      fc.array(part, { minLength: 1, maxLength: 4 }),
      fc.array(part, { minLength: 1, maxLength: 4 }),
      (a, b) => {
        expect(decodeId(encodeId(a), a.length)).toEqual(a);
        if (a.length === b.length && a.some((text, at) => text !== b[at])) expect(encodeId(a)).not.toBe(encodeId(b));
      },
    ),
  );
});

test('every text is at most one key, and is written back as it came', () => {
  fc.assert(
    fc.property(part, fc.integer({ min: 2, max: 4 }), (text, columns) => {
      const key = decodeId(text, columns);
      if (key) expect(encodeId(key)).toBe(text);
    }),
  );
});

test('one key column is the id itself, colons and all', () => {
  expect(encodeId(['10:20\\'])).toBe('10:20\\');
  expect(decodeId('10:20\\', 1)).toEqual(['10:20\\']);
});
