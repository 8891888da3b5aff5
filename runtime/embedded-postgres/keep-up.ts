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
  const wanted = new AbortController();
  let current = first;
  let restarting: Promise<void> = Promise.resolve();

  async function restart(lived: number, pauseMs: number): Promise<void> {
    log?.error({ pid: current.pid }, 'PostgreSQL ended without being asked to, starting it again');
    if (lived < SETTLED_MS) await sleep(pauseMs, undefined, { ref: false });
    if (wanted.signal.aborted) return;
    try {
      current = await relaunch();
    } catch (err) {
      log?.error({ err }, 'PostgreSQL does not start');
    }
  }

  async function watch(): Promise<void> {
    for (let pauseMs = 0; ; pauseMs = Math.min(pauseMs * 2 + 500, LONGEST_PAUSE_MS)) {
      const since = performance.now();
      await current.untilGone();
      if (wanted.signal.aborted) return;
      const lived = performance.now() - since;
      if (lived > SETTLED_MS) pauseMs = 0;
      restarting = restart(lived, pauseMs);
      await restarting;
    }
  }

  void watch();
  return {
    current: () => current,
    async letGo() {
      wanted.abort();
      await restarting;
      return current;
    },
  };
}
