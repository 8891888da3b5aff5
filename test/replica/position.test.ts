import { expect, test } from 'vitest';
import { isReached, parsePosition, parseToken, printPosition, printToken } from '../../replica/position.ts';

test('a position comes back as it was printed, and numbers of batches compare as numbers', () => {
  const position = { epoch: '3f2a91c0', batch: 9_007_199_254_740_993n };
  expect(parsePosition(printPosition(position))).toEqual(position);
  expect(isReached({ epoch: 'aaaaaaaa', batch: 9n }, { epoch: 'aaaaaaaa', batch: 10n })).toBe(true);
  expect(isReached({ epoch: 'aaaaaaaa', batch: 10n }, { epoch: 'aaaaaaaa', batch: 9n })).toBe(false);
});

test('commands that were on their way go along with a position', () => {
  const commands = ['0f8fad5b-d9cb-469f-a165-70867728950e', '7c9e6679-7425-40de-944b-e07fc1f90ae7'];
  const token = { position: { epoch: '3f2a91c0', batch: 17n }, commands };
  expect(parseToken(printToken(token))).toEqual(token);
  expect(parseToken('3f2a91c0-17')).toEqual({ ...token, commands: [] });
  expect(parseToken('3f2a91c0-17+anything')).toBeNull();
});

test.each(['', '17', '3f2a91c0', '3f2a91c0-', '3f2a91c0-1x', '3F2A91C0-1', '3f2a91c0-1234567890123456789'])(
  '"%s" is no position',
  (text) => {
    expect(parsePosition(text)).toBeNull();
  },
);
