/**
 * The server's own log, in its data folder: it goes on when we are gone, and does not grow for ever.
 */
import { chownSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Account } from './account.ts';
import type { PostgresSettings } from './settings.ts';

/** PostgreSQL begins a new file when one is full, and at each start; it removes none. */
const KEPT_FILES = 10;

export const logDirOf = (dataDir: string) => join(dataDir, 'log');

export const logSettings = (dataDir: string): PostgresSettings => ({
  logging_collector: 'on',
  log_directory: logDirOf(dataDir),
  // Names sort by time.
  log_filename: 'postgresql-%Y-%m-%d_%H%M%S.log',
  log_rotation_size: '10MB',
  log_rotation_age: 0,
  log_line_prefix: '%m [%p] %d ',
});

/** Makes room for the log of the next start. */
export function prepareLogDir(dataDir: string, account: Account | undefined): void {
  const directory = logDirOf(dataDir);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (account) chownSync(directory, account.uid, account.gid);
  for (const name of readdirSync(directory).sort().slice(0, -KEPT_FILES))
    rmSync(join(directory, name), { force: true });
}

export function logSince(startedAt: number, dataDir: string): string {
  const directory = logDirOf(dataDir);
  return (
    readdirSync(directory)
      .map((name) => join(directory, name))
      // A file's time is kept more coarsely than the clock runs.
      .filter((file) => statSync(file).mtimeMs >= startedAt - 20)
      .map((file) => readFileSync(file, 'utf8'))
      .join('')
  );
}
