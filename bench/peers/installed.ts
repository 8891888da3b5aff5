/** The peers, installed from the npm registry into a folder of their own, once for each list of their versions. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { say } from '../figures.ts';

const source = new URL('./install/', import.meta.url);
const cache = new URL('../../.skiff/peers/', import.meta.url);

/** The folder in which their servers stand, beside what they import. */
export function installedPeers(): string {
  const lock = readFileSync(new URL('package-lock.json', source));
  const folder = new URL(`${createHash('sha256').update(lock).digest('hex').slice(0, 12)}/`, cache);
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(source)) copyFileSync(new URL(file, source), new URL(file, folder));
  const isWhole = new URL('installed', folder);
  if (!existsSync(isWhole)) {
    say('Installing what Skiff is measured beside: this takes a minute or two');
    const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: folder,
      stdio: ['ignore', 2, 2],
    });
    if (status !== 0) throw new Error(`npm ended with ${status}`);
    writeFileSync(isWhole, '');
  }
  return fileURLToPath(folder);
}
