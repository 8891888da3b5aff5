/**
 * The account PostgreSQL runs under: our own, or one that root steps down to.
 *
 * PostgreSQL refuses to run as root, and initdb wants an account with a name.
 */
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FaultCode, OperatorFault } from '../errors.ts';

/** Whom to step down to, as `spawn` takes it. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const CANDIDATES = ['postgres', 'nobody'];

/** Undefined: run it as whoever we are. `dataDir` belongs to whoever made it, and only they can use it. */
export function accountForPostgres(dataDir: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const maker = statSync(join(dataDir, 'PG_VERSION'), { throwIfNoEntry: false });
  if (maker && maker.uid !== 0) return { name: `#${maker.uid}`, uid: maker.uid, gid: maker.gid };

  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const candidate of CANDIDATES) {
    const [name, , uid, gid] = accounts.find(([name]) => name === candidate) ?? [];
    if (name !== undefined) return { name, uid: Number(uid), gid: Number(gid) };
  }
  throw new OperatorFault(
    FaultCode.EmbeddedPostgres,
    'PostgreSQL does not run as root, and /etc/passwd has neither "postgres" nor "nobody" to run it as',
    'Start Skiff as a normal user, or create the account "postgres".',
  );
}

/** What `spawn` needs to become this account. */
export const asAccount = (account: Account | undefined) => (account ? { uid: account.uid, gid: account.gid } : {});

/** Whether the account may walk into `directory`, which it may not if one above it is, say, root's home. */
export function canReach(directory: string, account: Account): boolean {
  const { uid, gid, mode } = statSync(directory);
  const execute = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
  const parent = dirname(directory);
  return (mode & execute) !== 0 && (parent === directory || canReach(parent, account));
}
