/** How fast a counter rises, from samples of it. */

/** Long enough that a report each second gives a calm figure. */
const WINDOW_MS = 10_000;

export interface Count {
  readonly at: number;
  readonly count: number;
}

/** Per second, over the last ten; null while there is too little to tell or after the counter began anew. */
export function ratePerSecond(counts: readonly Count[]): number | null {
  const last = counts.at(-1);
  const first = counts.find(({ at }) => last && at >= last.at - WINDOW_MS);
  if (!first || !last || last.at === first.at || last.count < first.count) return null;
  return ((last.count - first.count) / (last.at - first.at)) * 1_000;
}
