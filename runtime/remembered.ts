/** What many ask for at once and need not be newer than a moment: a scrape reads it for each of its metrics. */

const GOOD_FOR_MS = 500;

export function remembered<Value>(read: () => Promise<Value>): () => Promise<Value> {
  let last: { readonly at: number; readonly value: Promise<Value> } | undefined;
  return () => {
    if (!last || performance.now() - last.at > GOOD_FOR_MS) last = { at: performance.now(), value: read() };
    return last.value;
  };
}
