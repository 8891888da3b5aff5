/** Whoever calls waits for a run that began after the call; all who wait for the next one share it. */
export function oneAfterTheOther(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  const begin = (): Promise<void> => {
    next = null;
    running = run().finally(() => {
      running = null;
    });
    return running;
  };
  return () => {
    if (!running && !next) return begin();
    next ??= (running ?? Promise.resolve()).then(begin, begin);
    return next;
  };
}
