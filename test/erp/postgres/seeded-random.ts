/**
 * Random numbers that a failed run can be repeated with: `SEED=… npx vitest …`.
 */
import { randomInt } from 'node:crypto';

export interface SeededRandom {
  readonly seed: number;
  /** From 0 up to 1. */
  random(): number;
}

export function seededRandom(seed = Number(process.env.SEED ?? randomInt(2 ** 31))): SeededRandom {
  let state = seed;
  return {
    seed,
    // mulberry32
    random() {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    },
  };
}
