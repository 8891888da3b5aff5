/**
 * One running PostgreSQL server: found by what it wrote into `postmaster.pid`, started, stopped.
 *
 * The pid in that file proves nothing, since pids are given again, in containers above all: the
 * server is ours only if the process of that pid is a postgres of this data folder.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultCode, OperatorFault } from '../errors.ts';
import { type Account, asAccount } from './account.ts';
import { serverEnvironment } from './data-dir.ts';
import { logFileOf, openLog } from './log-file.ts';
import { commandOf } from './process.ts';
import { socketPath } from './socket-dir.ts';

export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly socketDir: string;
  /** Beside its socket. */
  readonly listensOnTcp: boolean;
  /** Resolves when the process is gone, however it ended. */
  untilGone(): Promise<void>;
}

/** For a server that somebody else has started, and for the children of a dead one to notice. */
const PATIENCE_MS = 120_000;
/** A fast stop waits for replication clients to take what is left; one that hangs would hold it for ever. */
const FAST_STOP_DEADLINE_MS = 15_000;

interface PidFile {
  readonly pid: number;
  readonly port: number;
  readonly socketDir: string;
  readonly listensOnTcp: boolean;
  readonly isReady: boolean;
}

function readPidFile(dataDir: string): PidFile | undefined {
  const text = readIfThere(join(dataDir, 'postmaster.pid'));
  if (text === undefined) return undefined;
  const [pid, , , port, socketDir = '', address = '', , status = ''] = text.split('\n');
  return {
    pid: Number(pid),
    port: Number(port),
    socketDir,
    listensOnTcp: address !== '',
    isReady: status.trim() === 'ready',
  };
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function isPostmasterOf(pid: number, dataDir: string): boolean {
  const [program = '', ...args] = commandOf(pid);
  return basename(program) === 'postgres' && args.includes(dataDir);
}

/** The living server of a data folder, once it answers. */
export async function findPostmaster(dataDir: string): Promise<Postmaster | undefined> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const file = readPidFile(dataDir);
    if (!file || !isPostmasterOf(file.pid, dataDir)) return undefined;
    if (file.isReady && (await answers(file))) return { ...file, untilGone: () => watch(file.pid, dataDir) };
    if (performance.now() > deadline) throw notReady(`Server ${file.pid} in ${dataDir} does not answer`, dataDir);
    await sleep(20);
  }
}

async function answers({ socketDir, port }: { socketDir: string; port: number }): Promise<boolean> {
  const socket = connect(socketPath(socketDir, port));
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** For a server that is not our child, which nothing tells us of. */
async function watch(pid: number, dataDir: string): Promise<void> {
  while (isPostmasterOf(pid, dataDir)) await sleep(200, undefined, { ref: false });
}

/** Everything but the data folder that the server was started with. */
export const argumentsOf = (pid: number) => commandOf(pid).slice(3);

export interface LaunchSettings {
  readonly dataDir: string;
  readonly socketDir: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly account: Account | undefined;
}

/** Starts a server, or says who is in the way: another process's server, or another program on the port. */
export async function launchPostmaster(settings: LaunchSettings): Promise<Postmaster | 'overtaken' | 'port taken'> {
  const { dataDir, socketDir } = settings;
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    distrustStaleLocks(dataDir, socketDir);
    const attempt = await tryLaunch(settings);
    if (typeof attempt === 'object') return attempt;
    if (/lock file "postmaster.pid" already exists/.test(attempt)) return 'overtaken';
    if (/Address already in use/.test(attempt)) return 'port taken';
    const isOldOneEnding = /pre-existing shared memory block/.test(attempt);
    if (!isOldOneEnding || performance.now() > deadline) {
      throw notReady(`PostgreSQL did not start: ${attempt}`, dataDir);
    }
    await sleep(100);
  }
}

/** A server that is ready, or the reason why there is none. After a crash it may take its time: it recovers first. */
async function tryLaunch({ dataDir, program, args, account }: LaunchSettings): Promise<Postmaster | string> {
  const output = openLog(dataDir, account);
  const { size: saidBefore } = fstatSync(output);
  // A process group of its own: Ctrl-C must reach us first, so that the database ends last.
  const child = spawn(program, ['-D', dataDir, ...args], {
    ...asAccount(account),
    env: serverEnvironment(),
    cwd: '/',
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const { pid } = child;
  if (pid === undefined) {
    const [error] = await once(child, 'error');
    return String(error);
  }
  const ended = new AbortController();
  const gone = once(child, 'exit').then(() => ended.abort());
  const interrupt = () => child.kill('SIGINT');
  process.once('exit', interrupt);
  child.unref();

  try {
    while (!ended.signal.aborted) {
      const file = readPidFile(dataDir);
      if (file?.pid === pid && file.isReady && (await answers(file))) return { ...file, untilGone: () => gone };
      await sleep(5);
    }
  } finally {
    process.off('exit', interrupt);
  }
  return readFileSync(logFileOf(dataDir)).subarray(saidBefore).toString().trim().slice(-4_000);
}

/**
 * Lock files whose pid now belongs to something else, or to a server that is dead but not yet
 * forgotten by the system, stop PostgreSQL from starting. In the data folder's, our own pid is
 * believed to be stale, being the parent's, while PostgreSQL still checks that no child of the old
 * server lives. The socket's only repeats it.
 */
function distrustStaleLocks(dataDir: string, socketDir: string): void {
  const isStale = (lock: string) => !isPostmasterOf(Number.parseInt(lock, 10), dataDir);
  const pidFile = join(dataDir, 'postmaster.pid');
  const lock = readIfThere(pidFile);
  if (lock !== undefined && isStale(lock)) writeFileSync(pidFile, lock.replace(/^.*/, String(process.pid)));

  const socketLocks = readdirSync(socketDir).filter((name) => name.endsWith('.lock'));
  for (const path of socketLocks.map((name) => join(socketDir, name))) {
    if (isStale(readIfThere(path) ?? '')) rmSync(path, { force: true });
  }
}

const notReady = (problem: string, dataDir: string) =>
  new OperatorFault(
    FaultCode.EmbeddedPostgres,
    problem,
    `See ${logFileOf(dataDir)}; SKIFF_DATABASE_URL points Skiff at a PostgreSQL of your own instead.`,
  );

/** Stops a server: its clients are cut off, what they committed is kept. */
export async function stopPostmaster({ pid, untilGone }: Postmaster, dataDir: string): Promise<void> {
  signal(pid, dataDir, 'SIGINT');
  const tooLong = setTimeout(() => signal(pid, dataDir, 'SIGQUIT'), FAST_STOP_DEADLINE_MS);
  await untilGone();
  clearTimeout(tooLong);
}

/** Tells a server to stop, without waiting for it. */
export const interruptPostmaster = ({ pid }: Postmaster, dataDir: string) => signal(pid, dataDir, 'SIGINT');

function signal(pid: number, dataDir: string, name: NodeJS.Signals): void {
  if (isPostmasterOf(pid, dataDir)) process.kill(pid, name);
}
