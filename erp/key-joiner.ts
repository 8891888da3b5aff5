/**
 * Joins the keys that concurrent callers ask for into as few reads as they take.
 *
 * A caller only ever shares a read that begins after it asked: one that was already on its way may have seen the row as
 * it was before.
 */

export interface KeyJoinerSettings {
  /** How many keys one read takes. */
  readonly most: number;
  /** Resolves when the rows of these keys are where the callers look for them. */
  readonly read: (keys: readonly string[], signal: AbortSignal) => Promise<void>;
  /** Others who ask in this time are read with the first. */
  readonly gatherMs?: number;
}

/** Resolves when each of `keys` was read by a call that began after this was asked. */
export type ReadKeys = (keys: readonly string[], signal: AbortSignal) => Promise<void>;

class Joined {
  readonly keys = new Set<string>();
  readonly done = Promise.withResolvers<void>();
  readonly leaving = new AbortController();
  callers = 0;
}

const GATHER_MS = 2;

export function keyJoiner({ most, read, gatherMs = GATHER_MS }: KeyJoinerSettings): ReadKeys {
  let gathering: Joined | null = null;

  function gather(): Joined {
    const joined = new Joined();
    joined.done.promise.catch(() => {}); // who asked is told; there may be nobody left
    const begin = () => {
      if (gathering === joined) gathering = null;
      if (joined.leaving.signal.aborted) joined.done.resolve();
      else read([...joined.keys], joined.leaving.signal).then(joined.done.resolve, joined.done.reject);
    };
    setTimeout(begin, gatherMs);
    return joined;
  }

  /** The keys are put into what is being gathered, and into as many more reads as they need. */
  function joinIn(keys: readonly string[]): Set<Joined> {
    const joined = new Set<Joined>();
    for (const key of new Set(keys)) {
      if (!gathering || (gathering.keys.size >= most && !gathering.keys.has(key))) gathering = gather();
      gathering.keys.add(key);
      joined.add(gathering);
    }
    return joined;
  }

  return async (keys, signal) => {
    signal.throwIfAborted();
    const joined = [...joinIn(keys)];
    for (const one of joined) one.callers++;
    const { promise: left, reject: leave } = Promise.withResolvers<never>();
    const abort = () => leave(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      await Promise.race([left, Promise.all(joined.map(({ done }) => done.promise))]);
    } finally {
      signal.removeEventListener('abort', abort);
      // A read that nobody waits for any more is given up.
      for (const one of joined) if (--one.callers === 0) one.leaving.abort();
    }
  };
}
