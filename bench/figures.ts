/** Figures of a run, rounded as they are shown. */

/** The value below which a share of the samples lies; by the nearest rank. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

export const p50 = (samples: readonly number[]): number => round(percentile(samples, 0.5));
export const p99 = (samples: readonly number[]): number => round(percentile(samples, 0.99));

/** A line on stderr. */
export const say = (line: string): void => void process.stderr.write(`${line}\n`);
