/**
 * Starts Skiff's own program over a bench's databases, as `npm start` does: the replica alone, or all of it.
 *
 * Each is a child that ends with this process. What it logs goes to stderr, as does a bench's progress.
 */
import { type ChildProcess, fork, type StdioOptions } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type AccessScope, ALL_PLANTS } from '../replica/access-scope.ts';
import { createApiKey } from '../replica/api-keys.ts';
import type { Database, Databases } from './databases.ts';
import { say } from './figures.ts';

const main = new URL('../main.ts', import.meta.url).pathname;

export interface RunningRole extends AsyncDisposable {
  readonly pid: number;
  /** Cleanly. */
  stop(): Promise<void>;
  /** As a power cut does. */
  kill(): Promise<void>;
  /** Nothing of it runs until it is thawed, as a process that hangs. */
  freeze(): void;
  thaw(): void;
}

export interface RunningReplica extends RunningRole {
  /** All read models are built. Rejects when the process ends before. */
  readonly ready: Promise<unknown>;
}

export interface RunningSkiff extends RunningRole {
  /** GraphQL's address. */
  readonly address: string;
  /** The same with the credential of one who may read all of it. */
  readonly graphql: string;
}

/** @param env settings of this one, over those every role of a bench has */
export function startReplica(databases: Databases, env: NodeJS.ProcessEnv = {}): RunningReplica {
  const child = start('replica', databases, ['ignore', 2, 2, 'ipc'], env);
  const ready = Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code, signal]) => Promise.reject(new Error(`The replica ended with ${code ?? signal}`))),
  ]);
  // Who kills it does not wait for it to be ready.
  ready.catch(() => undefined);
  return { ready, ...running(child) };
}

/** Sends to the ERP whose API `env` names. */
export async function startCommands(databases: Databases, env: NodeJS.ProcessEnv): Promise<RunningRole> {
  const child = start('commands', databases, ['ignore', 2, 2, 'ipc'], env);
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code, signal]) => {
      throw new Error(`The role commands ended with ${code ?? signal}`);
    }),
  ]);
  return running(child);
}

/** Resolves when the gateway answers, over read models that are all built. */
export const startSkiff = (databases: Databases): Promise<RunningSkiff> => startAnswering('all', databases);

/** A gateway alone: somebody else plays the replica. */
export const startGateway = (databases: Databases, env: NodeJS.ProcessEnv = {}): Promise<RunningSkiff> =>
  startAnswering('gateway', databases, env);

async function startAnswering(
  name: 'all' | 'gateway',
  databases: Databases,
  env: NodeJS.ProcessEnv = {},
): Promise<RunningSkiff> {
  const child = start(name, databases, ['ignore', 'pipe', 2, 'ipc'], env);
  const role = running(child);
  for await (const line of linesOf(child)) {
    const [, graphql] = /^Skiff is ready: (\S+)/.exec(line) ?? [];
    if (graphql !== undefined) {
      child.stdout?.pipe(process.stderr);
      return { address: graphql, graphql: await withReader(graphql, databases.replica, ALL_PLANTS), ...role };
    }
    process.stderr.write(`${line}\n`);
  }
  throw new Error(`Skiff ended with ${child.exitCode ?? child.signalCode} before it was ready`);
}

/** The address with the credential of one who may read every subgraph, of these plants. */
export async function withReader(
  address: string,
  { pool }: Database,
  access: AccessScope,
  others: readonly string[] = [],
): Promise<string> {
  const name = `bench-${randomUUID()}`;
  const key = await createApiKey(pool, { name, scopes: ['read:*', ...others], access, expiresAt: null });
  if (key === null) throw new Error(`There is a key of the name ${name} already`);
  const url = new URL(address);
  url.username = 'bench';
  url.password = key;
  return url.href;
}

/** `npm run verify`: what it prints last. */
export async function runVerify({ url }: Database): Promise<string> {
  const child = fork(main, ['verify'], {
    env: { ...process.env, SKIFF_DATABASE_URL: url, SKIFF_LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 2, 'ipc'],
  });
  let last = '';
  for await (const line of linesOf(child)) last = line;
  return last;
}

function linesOf({ stdout }: ChildProcess): AsyncIterable<string> {
  if (!stdout) throw new Error('The child has no stdout of its own');
  return createInterface({ input: stdout });
}

function start(
  role: 'replica' | 'all' | 'gateway' | 'commands',
  { erp, replica }: Databases,
  stdio: StdioOptions,
  env: NodeJS.ProcessEnv = {},
): ChildProcess {
  const child = fork(main, [role], {
    env: {
      ...process.env,
      SKIFF_CONNECTOR: 'sandbox',
      SKIFF_ERP_DATABASE_URL: erp.url,
      SKIFF_DATABASE_URL: replica.url,
      SKIFF_PORT: '0',
      SKIFF_LOG_LEVEL: 'warn',
      ...env,
    },
    stdio,
  });
  child.once('exit', (code, signal) => {
    if (!child.killed && code !== 0) say(`The role ${role} has ended by itself with ${code ?? signal}`);
  });
  return child;
}

function running(child: ChildProcess): RunningRole {
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  };
  const stop = () => end('SIGTERM');
  return {
    pid: child.pid ?? 0,
    stop,
    kill: () => end('SIGKILL'),
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    [Symbol.asyncDispose]: stop,
  };
}
