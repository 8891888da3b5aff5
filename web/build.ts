/**
 * `npm run build:web`: builds the pages if anything they are made of has changed since.
 *
 * A build is made beside the one that is served and takes its place when it is whole: one that was killed is done
 * again, and two at once do no harm.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, globSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);
/** The lock file stands for all packages. */
const SOURCES = ['web/**/*.{ts,tsx,css,html,svg}', 'schema/examples/*.graphql', 'package-lock.json'];
const STAMP = 'sources.sha256';

/** Resolves with whether there was anything to build. */
export async function buildWeb(outDir = fileURLToPath(new URL('web/dist', root))): Promise<boolean> {
  const sources = hashOfSources();
  if (isBuiltFrom(sources, outDir)) return false;
  const workshop = join(dirname(outDir), `.build-${process.pid}`);
  const built = join(workshop, 'dist');
  try {
    await runVite(built);
    writeFileSync(join(built, STAMP), sources);
    if (isBuiltFrom(sources, outDir)) return false; // somebody else was faster
    rmSync(outDir, { recursive: true, force: true });
    renameSync(built, outDir);
    return true;
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

function isBuiltFrom(sources: string, outDir: string): boolean {
  const stamp = join(outDir, STAMP);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === sources;
}

function hashOfSources(): string {
  const hash = createHash('sha256');
  const files = globSync(SOURCES, { cwd: root, exclude: ['web/dist/**', 'web/.build-*/**'] });
  for (const file of files.sort())
    hash
      .update(`${file}\0`)
      .update(readFileSync(new URL(file, root)))
      .update('\0');
  return hash.digest('hex');
}

/** In a process of its own: Vite takes from the environment which React it bundles, and leaves a lot of memory behind. */
async function runVite(outDir: string): Promise<void> {
  const vite = fileURLToPath(new URL('node_modules/vite/bin/vite.js', root));
  const config = fileURLToPath(new URL('web/vite.config.ts', root));
  const args = [vite, 'build', '--config', config, '--outDir', outDir, '--logLevel', 'warn'];
  const build = spawn(process.execPath, args, {
    env: { ...env, NODE_ENV: 'production' },
    stdio: ['ignore', 2, 2],
  });
  const [code, signal] = await once(build, 'exit');
  if (code !== 0) throw new Error(`The pages could not be built (vite: ${signal ?? code}); its messages stand above`);
}

if (import.meta.main) {
  const started = performance.now();
  if (await buildWeb()) {
    process.stderr.write(`Built web/dist in ${((performance.now() - started) / 1_000).toFixed(1)} s\n`);
  }
}
