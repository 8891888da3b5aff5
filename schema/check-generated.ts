/**
 * Part of `npm run check`: the generated files in the tree are what `npm run generate` would write.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { generatedFiles } from './generated-files.ts';

const root = new URL('../', import.meta.url);
const files = generatedFiles();

const stale = [...files]
  .filter(([path, content]) => {
    const file = new URL(path, root);
    return !existsSync(file) || readFileSync(file, 'utf8') !== content;
  })
  .map(([path]) => path);
const left = readdirSync(new URL('schema/generated/', root))
  .map((file) => `schema/generated/${file}`)
  .filter((path) => !files.has(path));

if (stale.length + left.length > 0) {
  process.stderr.write(
    `Out of date: ${[...stale, ...left].join(', ')}\nRun \`npm run generate\` and commit what it writes.\n`,
  );
  process.exitCode = 1;
}
