/**
 * Another role of Skiff, as a child process that lives as long as this one.
 *
 * The child says when it is ready, is started again if it dies later, and ends when its parent does, however that
 * comes about: the channel between them closes. It has a process group of its own, so that a Ctrl-C reaches
 * it through the parent, in the order in which the parent stops things.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { z } from 'zod';
import type { Log } from './log.ts';
import { FAULT_EXIT_CODE } from './role.ts';
import type { Shutdown, Stoppable } from './shutdown.ts';

export interface ChildRole extends Stoppable {
  /** Resolves with what the child says when it is ready for the first time. */
  readonly ready: Promise<unknown>;
}

const Ready = z.object({ ready: z.unknown() });

export interface ChildRoleSettings {
  /** The program, and its arguments: the role. */
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  /** The child is stopped with this process, and ends it by a fault that a person must mend. */
  readonly shutdown: Shutdown;
}

const firstPauseMs = 200;
const longestPauseMs = 10_000;
const quietMs = 60_000;

export function startRole({ program, args, env, log, shutdown }: ChildRoleSettings): ChildRole {
  const name = args.join(' ');
  let child: ChildProcess;
  let stopping = false;
  let pauseMs = firstPauseMs;
  let again: NodeJS.Timeout | undefined;
  const first = Promise.withResolvers<unknown>();

  const start = () => {
    const startedAt = performance.now();
    let isReady = false;
    child = fork(program, args, { env, detached: true, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    child.on('message', (message) => {
      const { data, success } = Ready.safeParse(message);
      if (!success) return;
      isReady = true;
      first.resolve(data.ready);
    });
    child.on('exit', (code, signal) => {
      if (stopping) return;
      if (code === FAULT_EXIT_CODE || (!isReady && code !== null)) {
        // The child has said what is wrong.
        void shutdown.end(code);
        return;
      }
      log.error({ role: name, code, signal }, 'A role ended unexpectedly; it is started again');
      if (performance.now() - startedAt > quietMs) pauseMs = firstPauseMs;
      again = setTimeout(start, pauseMs);
      pauseMs = Math.min(longestPauseMs, pauseMs * 2);
    });
  };
  start();
  const role: ChildRole = {
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
  shutdown.add(role);
  return role;
}

/** The child's side: says that it is ready, and ends with its parent. */
export function childOfParent(shutdown: Shutdown): { ready(said?: unknown): void } {
  process.on('disconnect', () => void shutdown.end(0));
  return { ready: (said = null) => void process.send?.({ ready: said }) };
}
