/**
 * The folder of a server's Unix socket: the account's alone, since whoever reaches it may come in.
 *
 * A socket's path may be 103 bytes long (107 on Linux), so it cannot stand below the data folder.
 */
import { createHash } from 'node:crypto';
import { chownSync, existsSync, lstatSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Account } from './account.ts';
import { assertOwnedBy } from './state-dir.ts';

const LONGEST = 103;

export function socketDirOf(dataDir: string): string {
  const name = `skiff-${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}`;
  const preferred = join(tmpdir(), name);
  return preferred.length + '/.s.PGSQL.65535.lock'.length <= LONGEST ? preferred : join('/tmp', name);
}

export function makeSocketDir(directory: string, account: Account | undefined): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (account && lstatSync(directory).uid === 0) chownSync(directory, account.uid, account.gid);
  assertOwnedBy(account?.uid ?? process.getuid?.() ?? 0, directory);
}

/** Unless somebody has started a server there meanwhile. */
export function removeSocketDir(directory: string): void {
  if (existsSync(directory) && readdirSync(directory).length === 0) rmdirSync(directory);
}

export const socketPath = (directory: string, port: number) => join(directory, `.s.PGSQL.${port}`);
