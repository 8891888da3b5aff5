/**
 * Keeps a server up: one that ends without being asked to is started again, and recovers.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log.ts';
import type { Postmaster } from './postmaster.ts';

/** A server that has lived this long did not die of its start. */
const SETTLED_MS = 60_000;
const LONGEST_PAUSE_MS = 30_000;

export interface KeptUp {
  /** The server as it runs now. */
  current(): Postmaster;
  /** Starts it no more. Resolves with the server that is left to be stopped. */
  letGo(): Promise<Postmaster>;
}

export function keepUp(first: Postmaster, relaunch: () => Promise<Postmaster>, log: Log | undefined): KeptUp {
  const letGo = new AbortController();
  const { signal } = letGo;
  let current = first;
  let restart = Promise.resolve();

  async function startAgain(pauseMs: number): Promise<void> {
    log?.error({ pid: current.pid, pauseMs }, 'PostgreSQL ended without being asked to, starting it again');
    try {
      await sleep(pauseMs, undefined, { ref: false, signal });
      current = await relaunch();
    } catch (err) {
      if (!signal.aborted) log?.error({ err }, 'PostgreSQL does not start');
    }
  }

  async function watch(): Promise<void> {
    let pauseMs = 0;
    for (;;) {
      const since = performance.now();
      await current.untilGone();
      if (signal.aborted) return;
      if (performance.now() - since > SETTLED_MS) pauseMs = 0;
      restart = startAgain(pauseMs);
      await restart;
      pauseMs = Math.min(pauseMs * 2 + 500, LONGEST_PAUSE_MS);
    }
  }

  void watch();
  return {
    current: () => current,
    async letGo() {
      letGo.abort();
      await restart;
      return current;
    },
  };
}
