import type { Random } from '../erp/sandbox/random.ts';

/** Draws ranks from 0 to `count - 1`: in inverse proportion to their place. */
export function zipfRanks(count: number, random: Random): () => number {
  const sums: number[] = [];
  let sum = 0;
  for (let place = 1; place <= count; place++) {
    sum += 1 / place;
    sums.push(sum);
  }
  return () => {
    const drawn = random.next() * sum;
    return sums.findIndex((upTo) => drawn < upTo);
  };
}
