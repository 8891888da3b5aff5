/**
 * Where things go that cannot stay where they were asked to be: a folder of our own, per account.
 *
 * In a temporary folder everybody writes to, a name can be taken by somebody else before us. What
 * we run or trust from there must therefore be ours alone.
 */
import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FaultCode, OperatorFault } from '../errors.ts';

/** Root's survives a restart of the machine, which matters for data; a user's needs only hold copies. */
export function stateDir(): string {
  const uid = process.getuid?.() ?? 0;
  const directory = uid === 0 ? '/var/lib/skiff' : join(tmpdir(), `skiff-${uid}`);
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  assertOwnedBy(uid, directory);
  return directory;
}

export function assertOwnedBy(uid: number, directory: string): void {
  const stat = lstatSync(directory);
  if (stat.isDirectory() && stat.uid === uid && (stat.mode & 0o022) === 0) return;
  throw new OperatorFault(
    FaultCode.EmbeddedPostgres,
    `${directory} is not a folder that only the account ${uid} writes to`,
    'Remove it, or set TMPDIR to a folder of your own.',
  );
}
