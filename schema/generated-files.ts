/**
 * What `npm run generate` writes, by path from the repository's root. Committed, so that a diff shows what
 * clients will see.
 */
import { deployedSchema } from './deployed.ts';
import { generatedFrom } from './expand.ts';

export function generatedFiles(): ReadonlyMap<string, string> {
  const { flat, subgraphs, supergraph, api } = deployedSchema();
  const head = generatedFrom('schema/*.graphql');
  return new Map([
    ['schema/flat-types.json', `${JSON.stringify(flat, null, 2)}\n`],
    ...subgraphs.map(({ name, sdl }) => [`schema/generated/${name}.graphql`, sdl] as const),
    ['schema/supergraph.graphql', `${head}\n\n${supergraph.trim()}\n`],
    ['schema/api.graphql', `${head}\n\n${api.trim()}\n`],
  ]);
}
