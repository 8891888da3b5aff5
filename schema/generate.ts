/**
 * `npm run generate`: writes what follows from the authored SDL.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { SchemaError } from './authored.ts';
import { generatedFiles } from './generated-files.ts';

const root = new URL('../', import.meta.url);

try {
  const files = generatedFiles();
  const folder = new URL('schema/generated/', root);
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(folder)) {
    if (!files.has(`schema/generated/${file}`)) rmSync(new URL(file, folder)); // of a subgraph that is no more
  }
  for (const [path, content] of files) writeFileSync(new URL(path, root), content);
  console.log(`${files.size} files written under schema/`);
} catch (error) {
  if (!(error instanceof SchemaError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
