/** A schema folder of one's own: the real directives and scalars, with subgraphs as a test writes them. */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export function schemaFolder(subgraphs: Readonly<Record<string, string>>): Disposable & { readonly url: URL } {
  const path = mkdtempSync(join(tmpdir(), 'skiff-schema-'));
  for (const file of ['directives.graphql', 'scalars.graphql']) {
    copyFileSync(new URL(`../../schema/${file}`, import.meta.url), join(path, file));
  }
  for (const [name, sdl] of Object.entries(subgraphs)) writeFileSync(join(path, `${name}.graphql`), sdl);
  return {
    url: pathToFileURL(`${path}/`),
    [Symbol.dispose]: () => rmSync(path, { recursive: true }),
  };
}
