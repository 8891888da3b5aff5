/**
 * Lends a bench the whole of Skiff on a scratch data folder: sandbox, replica and gateway, each as `npm run demo`
 * starts them but without traffic, and connections to both databases.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startPostgres } from '../runtime/embedded-postgres.ts';

export interface Stack extends AsyncDisposable {
  /** GraphQL's address. */
  readonly graphql: string;
  readonly erpUrl: string;
  readonly replicaUrl: string;
  readonly dataDir: string;
}

const main = new URL('../main.ts', import.meta.url).pathname;

export async function benchStack(lines: number, env: NodeJS.ProcessEnv = {}): Promise<Stack> {
  const dataDir = mkdtempSync(join(tmpdir(), 'skiff-bench-'));
  const demo = spawn(process.execPath, [main, 'demo'], {
    env: {
      ...process.env,
      SKIFF_DATA_DIR: dataDir,
      SKIFF_PORT: '0',
      SKIFF_SANDBOX_LINES: String(lines),
      SKIFF_SANDBOX_RATE: '0',
      SKIFF_LOG_LEVEL: 'warn',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const end = async () => {
    await ended(demo);
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    const graphql = await address(demo);
    // Both servers run: starting them again only says where they are.
    const erp = await startPostgres({ dataDir: join(dataDir, 'sandbox') });
    const replica = await startPostgres({ dataDir: join(dataDir, 'replica') });
    return {
      graphql,
      erpUrl: erp.connectionString('erp'),
      replicaUrl: replica.connectionString('skiff'),
      dataDir,
      [Symbol.asyncDispose]: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

async function address(demo: ChildProcess): Promise<string> {
  if (!demo.stdout) throw new Error('The demo has no stdout');
  for await (const line of createInterface({ input: demo.stdout })) {
    const [, url] = /^Skiff is ready.*?(https?:\/\/\S+\/graphql)/.exec(line) ?? [];
    if (url) {
      demo.stdout.resume();
      return url;
    }
    process.stderr.write(`${line}\n`);
  }
  throw new Error(`The demo ended with ${demo.exitCode ?? demo.signalCode} before it was ready`);
}

async function ended(demo: ChildProcess): Promise<void> {
  if (demo.exitCode !== null || demo.signalCode !== null) return;
  const exit = once(demo, 'exit');
  demo.kill('SIGTERM');
  await exit;
}
