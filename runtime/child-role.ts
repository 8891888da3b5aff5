/**
 * Another role of Skiff, as a child process that lives as long as this one.
 *
 * The child says when it is ready, is started again if it dies later, and ends when its parent does, however that
 * comes about: the channel between them closes. It has a process group of its own, so that a Ctrl-C reaches
 * it through the parent, in the order in which the parent stops things.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { FaultCode, OperatorFault } from './errors.ts';
import type { Log } from './log.ts';
import type { Shutdown, Stoppable } from './shutdown.ts';

export interface ChildRole extends Stoppable {
  /** Resolves when the child is ready for the first time; rejects when it ends before. */
  readonly ready: Promise<void>;
}

export interface ChildRoleSettings {
  /** The program, and its arguments: the role. */
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  /** Called when it ended with a fault that a person must mend. */
  readonly onFault: (exitCode: number) => void;
}

/** The exit code of a process that a person must help: starting it again would not. */
export const faultExitCode = 78;

const firstPauseMs = 200;
const longestPauseMs = 10_000;
const quietMs = 60_000;

export function startChildRole({ program, args, env, log, onFault }: ChildRoleSettings): ChildRole {
  const name = args.join(' ');
  let child: ChildProcess;
  let stopping = false;
  let pauseMs = firstPauseMs;
  let again: NodeJS.Timeout | undefined;
  const first = Promise.withResolvers<void>();

  const start = () => {
    const startedAt = performance.now();
    let isReady = false;
    child = fork(program, args, { env, detached: true, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    child.on('message', (message) => {
      if (message !== 'ready') return;
      isReady = true;
      first.resolve();
    });
    child.on('exit', (code, signal) => {
      if (stopping) return;
      if (code === faultExitCode || (!isReady && code !== null)) {
        first.reject(new OperatorFault(FaultCode.RoleEnded, `The role "${name}" could not start.`));
        onFault(code);
        return;
      }
      log.error({ role: name, code, signal }, 'A role ended unexpectedly; it is started again');
      if (performance.now() - startedAt > quietMs) pauseMs = firstPauseMs;
      again = setTimeout(start, pauseMs);
      pauseMs = Math.min(longestPauseMs, pauseMs * 2);
    });
  };
  start();
  // Who waits for `ready` hears of it.
  first.promise.catch(() => undefined);
  return {
    name,
    ready: first.promise,
    stop: async () => {
      stopping = true;
      clearTimeout(again);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

/** The child's side: says that it is ready, and ends with its parent. */
export function childOfParent(shutdown: Shutdown): { ready(): void } {
  process.on('disconnect', () => void shutdown.end(0));
  return { ready: () => void process.send?.('ready') };
}
