/**
 * The folder a database lives in: made whole or not at all, and refused if another PostgreSQL made it.
 *
 * initdb works in a folder beside it, which is renamed when complete. So a cut-off initdb leaves no
 * half database, and of two processes that begin at once the first to finish wins.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { FaultCode, OperatorFault } from '../errors.ts';
import { type Account, asAccount, canReach } from './account.ts';
import type { Binaries } from './binaries.ts';
import { identityOf, run } from './process.ts';
import { stateDir } from './state-dir.ts';

/** The superuser of an embedded database. */
export const SUPERUSER = 'skiff';

/** Ends the name of the file that says from where a database in the state folder is linked to. */
const LINKED_FROM = '.linked-from';

/**
 * The real path of the data folder, which need not exist yet. Where the account we step down to
 * cannot reach the asked place (root's home), a link there leads to one it can reach.
 */
export function placeDataDir(asked: string, account: Account | undefined): string {
  mkdirSync(dirname(asked), { recursive: true });
  const place = join(realpathSync(dirname(asked)), basename(asked));
  const existing = lstatSync(place, { throwIfNoEntry: false });
  if (existing?.isSymbolicLink()) return resolve(dirname(place), readlinkSync(place));
  if (!account || canReach(dirname(place), account)) return place;
  if (existing) {
    throw new OperatorFault(
      FaultCode.DatabaseUnfit,
      `PostgreSQL runs as "${account.name}", which cannot reach ${place}`,
      `Move the folder, or let "${account.name}" walk into the folders above it (chmod o+x).`,
    );
  }
  removeUnlinked();
  const elsewhere = join(stateDir(), createHash('sha256').update(place).digest('hex').slice(0, 12));
  rmSync(elsewhere, { recursive: true, force: true });
  // The link first: what is marked and has none is removed, also by others who begin at this moment.
  symlinkSync(elsewhere, place);
  writeFileSync(elsewhere + LINKED_FROM, place);
  return elsewhere;
}

export function removeDataDir(asked: string, place: string): void {
  for (const path of [asked, place, place + LINKED_FROM]) rmSync(path, { recursive: true, force: true });
}

/** Whoever removed the link to a database wanted the database gone. */
function removeUnlinked(): void {
  for (const name of readdirSync(stateDir()).filter((name) => name.endsWith(LINKED_FROM))) {
    const marker = join(stateDir(), name);
    // Another process may have removed it since it was listed.
    const asked = existsSync(marker) ? readFileSync(marker, 'utf8') : undefined;
    if (asked !== undefined && !lstatSync(asked, { throwIfNoEntry: false })) {
      removeDataDir(asked, join(stateDir(), name.slice(0, -LINKED_FROM.length)));
    }
  }
}

/** Whether there is a database in the folder. Throws if there is one that is not for us. */
export function isInitialised(dataDir: string, { major }: Binaries): boolean {
  const version = versionOf(dataDir);
  if (version === undefined || version === String(major)) return version !== undefined;
  throw new OperatorFault(
    FaultCode.DatabaseUnfit,
    `The database in ${dataDir} was made by PostgreSQL ${version}; this is PostgreSQL ${major}`,
    'A replica can be made again from the ERP: start with --fresh, or choose another SKIFF_DATA_DIR to keep this one.',
  );
}

function versionOf(dataDir: string): string | undefined {
  try {
    const file = join(dataDir, 'PG_VERSION');
    return existsSync(dataDir) && readdirSync(dataDir).length > 0 ? readFileSync(file, 'utf8').trim() : undefined;
  } catch (cause) {
    throw new OperatorFault(
      FaultCode.DatabaseUnfit,
      `${dataDir} holds something else than a database, or one that this account may not read`,
      'Choose another SKIFF_DATA_DIR, or start Skiff as the account that made this one.',
      { cause },
    );
  }
}

/** Makes the database, unless another process has made it meanwhile. */
export async function initialise(
  dataDir: string,
  binaries: Binaries,
  account: Account | undefined,
  isDurable: boolean,
): Promise<void> {
  removeDrafts(dataDir);
  const draft = `${dataDir}.init-${process.pid}-${randomBytes(4).toString('hex')}`;
  const passwordFile = `${draft}.password`;
  try {
    mkdirSync(draft, { mode: 0o700 });
    writeFileSync(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
    for (const path of [draft, passwordFile]) if (account) chownSync(path, account.uid, account.gid);
    const { status, output } = await run(
      binaries.initdb,
      [
        ...initdbArguments(binaries.major),
        '-D',
        draft,
        `--pwfile=${passwordFile}`,
        ...(isDurable ? [] : ['--no-sync']),
      ],
      { ...asAccount(account), env: serverEnvironment() },
    );
    if (status !== 0) {
      throw new OperatorFault(FaultCode.EmbeddedPostgres, `No database could be made in ${dataDir}: ${output}`);
    }
    renameSync(passwordFile, passwordFileOf(draft));
    moveInto(draft, dataDir);
  } finally {
    for (const path of [draft, passwordFile]) rmSync(path, { recursive: true, force: true });
  }
}

/**
 * Whoever reaches the socket may come in, and the folder it is in is the account's alone. A TCP port
 * is everybody's on this machine and asks for the password.
 */
function initdbArguments(major: number): string[] {
  // The built-in locale sorts alike on every host and never changes under an index; before 17 only C does.
  const locale = major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : [];
  const access = ['--auth-local=trust', '--auth-host=scram-sha-256', `--username=${SUPERUSER}`];
  return ['--encoding=UTF8', '--locale=C', ...locale, ...access, '--data-checksums'];
}

/** Nothing of our own environment: PGDATA or PGPORT would be obeyed. */
export const serverEnvironment = () => ({ PATH: '/usr/bin:/bin', TZ: 'UTC', LC_ALL: 'C' });

/** Asked for on TCP only. */
export const passwordOf = (dataDir: string) => readFileSync(passwordFileOf(dataDir), 'utf8');
const passwordFileOf = (dataDir: string) => join(dataDir, 'skiff.password');

function moveInto(draft: string, dataDir: string): void {
  chmodSync(draft, 0o700);
  try {
    renameSync(draft, dataDir);
  } catch (error) {
    // Somebody else was quicker, and theirs is as good.
    if (versionOf(dataDir) === undefined) throw error;
  }
}

/** What a process that died in initdb left behind. */
function removeDrafts(dataDir: string): void {
  const parent = dirname(dataDir);
  for (const entry of readdirSync(parent)) {
    const [, pid] = new RegExp(`^${RegExp.escape(basename(dataDir))}[.]init-(\\d+)-`).exec(entry) ?? [];
    if (pid !== undefined && !identityOf(Number(pid))) rmSync(join(parent, entry), { recursive: true, force: true });
  }
}
