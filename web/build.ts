/**
 * `npm run build:web`: builds the pages if anything they are made of has changed since.
 *
 * What they were made of is written into the build as its last file, so a build that was killed is done again.
 */
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);
/** The lock file stands for all packages. */
const SOURCES = ['web/**/*.{ts,tsx,css,html,svg}', 'schema/examples/*.graphql', 'package-lock.json'];
const STAMP = 'sources.sha256';

/** Resolves with whether there was anything to build. */
export async function buildWeb(outDir = fileURLToPath(new URL('web/dist/', root))): Promise<boolean> {
  const stamp = join(outDir, STAMP);
  const sources = hashOfSources();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return false;
  const { build } = await import('vite');
  await build({
    configFile: fileURLToPath(new URL('web/vite.config.ts', root)),
    logLevel: 'warn',
    build: { outDir },
  });
  writeFileSync(stamp, sources);
  return true;
}

function hashOfSources(): string {
  const hash = createHash('sha256');
  const files = globSync(SOURCES, { cwd: root, exclude: ['web/dist/**'] });
  for (const file of files.sort())
    hash
      .update(`${file}\0`)
      .update(readFileSync(new URL(file, root)))
      .update('\0');
  return hash.digest('hex');
}

if (import.meta.main) {
  const started = performance.now();
  if (await buildWeb()) {
    process.stderr.write(`Built web/dist in ${((performance.now() - started) / 1_000).toFixed(1)} s\n`);
  }
}
