/**
 * The server's own log: a file in its data folder, so that it goes on when we are gone.
 *
 * PostgreSQL has a log collector, but that is a process of its own, and the last words of a server
 * that does not start come too late through it. So the server writes into the file itself, and a
 * full file is copied and emptied in place.
 */
import { chownSync, copyFileSync, openSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { Account } from './account.ts';

const FULL_BYTES = 10 * 1024 ** 2;

export const logFileOf = (dataDir: string) => join(dataDir, 'server.log');

/** Opens the log to be appended to, by whoever gets the descriptor. */
export function openLog(dataDir: string, account: Account | undefined): number {
  const file = logFileOf(dataDir);
  const log = openSync(file, 'a', 0o600);
  if (account) chownSync(file, account.uid, account.gid);
  rotateFullLog(dataDir);
  return log;
}

/** Keeps the last two. What is written between the copy and the emptying is lost, which a log can bear. */
export function rotateFullLog(dataDir: string): void {
  const file = logFileOf(dataDir);
  const log = statSync(file, { throwIfNoEntry: false });
  if (!log || log.size < FULL_BYTES) return;
  copyFileSync(file, `${file}.1`);
  truncateSync(file);
}
