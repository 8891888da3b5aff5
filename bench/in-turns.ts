/**
 * Measures candidates side by side, round by round, in changing order: what the machine does meanwhile meets all of them.
 *
 * The first rounds warm up and are not kept. Resolves with each candidate's figures, by round.
 */
export async function inTurns<Candidate, Figures>(
  candidates: readonly Candidate[],
  rounds: { readonly warmUp: number; readonly measured: number },
  measure: (candidate: Candidate, round: number) => Promise<Figures>,
): Promise<ReadonlyMap<Candidate, readonly Figures[]>> {
  const found = new Map(candidates.map((candidate) => [candidate, [] as Figures[]]));
  for (let round = -rounds.warmUp; round < rounds.measured; round++) {
    for (const candidate of round % 2 === 0 ? candidates : candidates.toReversed()) {
      const figures = await measure(candidate, round);
      if (round >= 0) found.get(candidate)?.push(figures);
    }
  }
  return found;
}
