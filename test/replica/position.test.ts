import { expect, test } from 'vitest';
import { isReached, parsePosition, printPosition } from '../../replica/position.ts';

test('a position comes back as it was printed, and numbers of batches compare as numbers', () => {
  const position = { epoch: '3f2a91c0', batch: 9_007_199_254_740_993n };
  expect(parsePosition(printPosition(position))).toEqual(position);
  expect(isReached({ epoch: 'aaaaaaaa', batch: 9n }, { epoch: 'aaaaaaaa', batch: 10n })).toBe(true);
  expect(isReached({ epoch: 'aaaaaaaa', batch: 10n }, { epoch: 'aaaaaaaa', batch: 9n })).toBe(false);
});

test.each(['', '17', '3f2a91c0', '3f2a91c0-', '3f2a91c0-1x', '3F2A91C0-1', '3f2a91c0-1234567890123456789'])(
  '"%s" is no position',
  (text) => {
    expect(parsePosition(text)).toBeNull();
  },
);
