/** Lends a Redis of Debian's, which can be saved, killed, started again with what was saved, and made to hang. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../runtime/free-port.ts';
import { scratchDir } from '../scratch-dir.ts';

export interface TestRedis extends AsyncDisposable {
  readonly url: string;
  /** Writes its contents down. */
  save(): Promise<void>;
  /** As a power cut does. */
  kill(): Promise<void>;
  /** With what was written down last. */
  start(): Promise<void>;
  freeze(): void;
  thaw(): void;
}

export async function testRedis(): Promise<TestRedis> {
  const dir = scratchDir();
  const port = await freePort();
  let server: ChildProcess | undefined;
  const kill = async () => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const exit = once(server, 'exit');
    server.kill('SIGKILL');
    await exit;
  };
  const start = async () => {
    const args = ['--port', port, '--bind', '127.0.0.1', '--dir', dir.path, '--save', '', '--appendonly', 'no'];
    server = spawn('redis-server', args.map(String), { stdio: 'ignore' });
    const failed = once(server, 'exit').then(() => Promise.reject(new Error('redis-server ended')));
    failed.catch(() => undefined);
    await Promise.race([answering(port), failed]);
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    start,
    kill,
    save: async () => void (await told(port, 'SAVE')),
    freeze: () => void server?.kill('SIGSTOP'),
    thaw: () => void server?.kill('SIGCONT'),
    async [Symbol.asyncDispose]() {
      await kill();
      dir[Symbol.dispose]();
    },
  };
}

async function answering(port: number): Promise<void> {
  while ((await told(port, 'PING').catch(() => '')) !== '+PONG') await sleep(20);
}

async function told(port: number, command: string): Promise<string> {
  const socket = createConnection(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    socket.write(`${command}\r\n`);
    const [answer] = await once(socket, 'data');
    return String(answer).trim();
  } finally {
    socket.destroy();
  }
}
