/**
 * The end of a process: what was started last is stopped first, and nothing is left running.
 *
 * ```
 * SIGINT, SIGTERM, SIGHUP ─┐                      ┌─ all stopped ──► exit 130, 143, 129
 * uncaught error ──────────┼─► stop, last first ──┤
 * end(code) ───────────────┘                      └─ deadline, or a second signal ──► kill, exit
 * ```
 *
 * A Ctrl-C under npm arrives twice, from the terminal and passed on by npm: a signal counts as the
 * second only some time after the first.
 */
import { constants } from 'node:os';
import type { Log } from './log.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const SAME_SIGNAL_MS = 750;

export interface Stoppable {
  /** What is being stopped, for the log. */
  readonly name: string;
  stop(): unknown;
  /** Ends it without waiting, when time is up. Only what would outlive the process needs one. */
  kill?(): void;
}

export interface Shutdown {
  /** Aborts when the end begins: for loops and waits. */
  readonly signal: AbortSignal;
  /** Stops `stoppable` at the end, before everything that was added earlier. */
  add(stoppable: Stoppable): void;
  /** Stops everything and exits with `code`. Calling it again only waits. */
  end(code: number): Promise<never>;
}

export interface ShutdownSettings {
  readonly log: Log;
  readonly deadlineMs?: number;
}

export function shutdownOnSignals({ log, deadlineMs = 20_000 }: ShutdownSettings): Shutdown {
  const stack: Stoppable[] = [];
  const ending = new AbortController();
  let ended: Promise<never> | undefined;
  let endedAt = 0;

  async function stopAll(code: number): Promise<never> {
    endedAt = performance.now();
    const deadline = setTimeout(() => {
      log.error({ waitingFor: stack.at(-1)?.name, deadlineMs }, 'Shutdown takes too long, killing what is left');
      killAll(code);
    }, deadlineMs);
    ending.abort();
    for (let next = stack.at(-1); next; next = stack.at(-1)) {
      try {
        await next.stop();
      } catch (err) {
        log.error({ err }, `Could not stop ${next.name}`);
        next.kill?.();
      }
      stack.splice(stack.indexOf(next), 1);
    }
    clearTimeout(deadline);
    process.exit(code);
  }

  function killAll(code: number): never {
    for (const { kill } of stack.reverse()) kill?.();
    process.exit(code);
  }

  const shutdown: Shutdown = {
    signal: ending.signal,
    add: (stoppable) => void stack.push(stoppable),
    end: (code) => (ended ??= stopAll(code)),
  };

  for (const signal of SIGNALS) {
    process.on(signal, () => {
      const code = 128 + constants.signals[signal];
      if (!ended) {
        log.info({ signal }, 'Stopping');
        void shutdown.end(code);
      } else if (performance.now() - endedAt > SAME_SIGNAL_MS) killAll(code);
    });
  }
  process.on('uncaughtException', (err) => {
    log.fatal({ err }, 'Stopping after an error that nobody caught');
    void shutdown.end(1);
  });
  return shutdown;
}
