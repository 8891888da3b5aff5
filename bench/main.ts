/**
 * `npm run bench -- <name> [--small …]`: runs bench/<name>.ts, which reads the flags that follow.
 *
 * Every file beside this one is a bench; what several of them use stands in folders.
 */
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';

const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && file !== 'main.ts')
  .map((file) => basename(file, '.ts'));
const [name] = process.argv.splice(2, 1);

if (name !== undefined && names.includes(name)) {
  await import(`./${name}.ts`);
} else {
  console.error(`Usage: npm run bench -- <name> [--small] …\nThere are: ${names.join(', ')}`);
  process.exitCode = 2;
}
