/**
 * Starts the one PostgreSQL server that all tests of a run share, before the first, and ends it after the last.
 *
 * What a run that was killed has left behind is removed first.
 */
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { discardPostgres, startPostgres } from '../runtime/embedded-postgres.ts';

const PREFIX = 'skiff-tests-';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the shared server's database `postgres`. */
    sharedPostgresUrl: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Exiting, rather than being ended, takes the server along.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  }
  await removeLeftovers();
  const directory = join(tmpdir(), `${PREFIX}${process.pid}`);
  mkdirSync(directory);
  const server = await startPostgres({
    dataDir: join(directory, 'postgres'),
    // Nothing of it has to survive.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', shared_buffers: '256MB' },
  });
  project.provide('sharedPostgresUrl', server.connectionString());
  return async () => {
    await server.stop();
    rmSync(directory, { recursive: true });
  };
}

async function removeLeftovers(): Promise<void> {
  const directories = readdirSync(tmpdir())
    .filter((name) => name.startsWith(PREFIX) && !isAlive(Number(name.slice(PREFIX.length))))
    .map((name) => join(tmpdir(), name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.uid === process.getuid?.());
  for (const directory of directories) {
    await discardPostgres(join(directory, 'postgres'));
    rmSync(directory, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
