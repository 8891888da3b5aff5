/**
 * A replica's sink that can be closed: then nothing comes through any more, and what had is done.
 *
 * A call to an ERP's API may be answered after everybody has left. What it brings is of before whatever writes next.
 */
import type { ReplicaSink } from '../connector.ts';

export interface Fence {
  readonly sink: ReplicaSink;
  /** Resolves when nothing is under way. */
  close(): Promise<void>;
}

export function fenced(sink: ReplicaSink): Fence {
  const underway = new Set<Promise<unknown>>();
  let isClosed = false;

  const passing =
    <Args extends readonly unknown[], Result>(work: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      if (isClosed) throw new Error('The ERP is no longer polled');
      const working = work(...args);
      underway.add(working);
      try {
        return await working;
      } finally {
        underway.delete(working);
      }
    };

  return {
    sink: {
      ...sink,
      get batchSize() {
        return sink.batchSize;
      },
      beginPolling: passing((source, clock) => sink.beginPolling(source, clock)),
      applyRead: passing((read) => sink.applyRead(read)),
      tableCopied: passing((table) => sink.tableCopied(table)),
      listed: passing((table, keys, progress) => sink.listed(table, keys, progress)),
      endSweep: passing((table, progress) => sink.endSweep(table, progress)),
    },
    async close() {
      isClosed = true;
      await Promise.allSettled(underway);
    },
  };
}
