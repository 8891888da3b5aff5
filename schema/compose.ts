/**
 * The supergraph that the gateway plans with, and the schema that its clients see, from the complete subgraphs.
 */
import { composeServices } from '@theguild/federation-composition';
import { buildASTSchema, parse, printSchema } from 'graphql';
import { SchemaError } from './authored.ts';
import type { CompleteSubgraph } from './expand.ts';

export interface Composed {
  readonly supergraph: string;
  readonly api: string;
}

/** Where a subgraph answers when it is a process of its own. In one process nobody calls it. */
const inProcess = (name: string): string => `http://${name}.skiff.invalid/graphql`;

export function compose(subgraphs: readonly CompleteSubgraph[], urlOf: (name: string) => string = inProcess): Composed {
  const composition = composeServices(
    subgraphs.map(({ name, sdl }) => ({ name, url: urlOf(name), typeDefs: parse(sdl) })),
  );
  if (composition.errors) throw new SchemaError(composition.errors.map((error) => `composition: ${error.message}`));
  return {
    supergraph: composition.supergraphSdl,
    api: printSchema(buildASTSchema(composition.publicDocumentNode)),
  };
}
