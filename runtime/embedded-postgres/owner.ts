/**
 * Which of our processes a server belongs to: the one that stops it.
 *
 * A server outlives an owner that was killed. The next process to come takes it over; one that comes
 * while the owner lives is a guest and leaves the server running. The server itself says who
 * started it, by a setting of that name, so that there is no moment at which it belongs to nobody;
 * who took it over stands in a file.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandOf, identityOf } from './process.ts';

const SETTING = 'skiff.owner';

/** Makes us the owner of the server that is started with it. */
export const ownerArgument = () => `${SETTING}=${identityOf(process.pid)}`;

export const isOwnerArgument = (argument: string) => argument.startsWith(`${SETTING}=`);

/** The pid of the living process that owns the server. */
export function livingOwner(serverPid: number, dataDir: string): number | undefined {
  const owner = takenOverBy(serverPid, dataDir) ?? startedBy(serverPid);
  const pid = Number.parseInt(owner, 10);
  return identityOf(pid) === owner ? pid : undefined;
}

export function takeOver(serverPid: number, dataDir: string): void {
  const file = takeOverFile(dataDir);
  // Another account may have written the last one.
  rmSync(file, { force: true });
  writeFileSync(file, `${identityOf(serverPid)} ${identityOf(process.pid)}`);
}

function takenOverBy(serverPid: number, dataDir: string): string | undefined {
  try {
    const [server, owner] = readFileSync(takeOverFile(dataDir), 'utf8').split(' ');
    return server === identityOf(serverPid) ? owner : undefined;
  } catch {
    return undefined;
  }
}

const startedBy = (serverPid: number) => commandOf(serverPid).find(isOwnerArgument)?.split('=')[1] ?? '';

const takeOverFile = (dataDir: string) => join(dataDir, 'skiff.owner');
