/**
 * Lends a TypeScript program as a process of its own, to be signalled and killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const PATIENCE_MS = 30_000;

export interface Program extends AsyncDisposable {
  readonly process: ChildProcess;
  /** The next line of its stdout; undefined when there will be none. */
  nextLine(): Promise<string | undefined>;
  /** How it ended: its exit code, or the signal that ended it. */
  ended(): Promise<number | NodeJS.Signals | null>;
  /** What it wrote to stderr up to now. */
  complaints(): string;
}

export interface ProgramSettings {
  readonly args?: readonly string[];
  /** Whom to run it as, for root. */
  readonly account?: { readonly uid: number; readonly gid: number } | undefined;
  readonly env?: NodeJS.ProcessEnv;
}

export function runProgram(file: URL, { args = [], account, env = {} }: ProgramSettings = {}): Program {
  const child = spawn(process.execPath, [file.pathname, ...args], {
    ...account,
    env: { ...process.env, ...env },
    // A process group of its own, so that a test can send it what Ctrl-C sends to a terminal's group.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const exit = once(child, 'exit');
  const ended = async () => {
    await exit;
    return child.exitCode ?? child.signalCode;
  };
  return {
    process: child,
    nextLine: async () => (await lines.next()).value,
    ended,
    complaints: () => complaints,
    async [Symbol.asyncDispose]() {
      // Asked first: killed, it would leave its database server behind for the next start.
      child.kill('SIGTERM');
      const tooLong = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
      await ended();
      clearTimeout(tooLong);
    },
  };
}
