/** The executable schema of a subgraph: of flat types, or of the resolvers that are programmed for it. */
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type DefinitionNode, type GraphQLSchema, Kind, parse } from 'graphql';
import type { FlatSchema } from '../replica/flat-type.ts';
import { resolvers as commands } from './commands/resolvers.ts';
import { flatSubgraph } from './flat-subgraph.ts';
import { scalars } from './scalars.ts';

const programmed: Readonly<Record<string, object>> = { commands };

export function subgraphSchema(name: string, sdl: string, flat: FlatSchema): GraphQLSchema {
  const resolvers = programmed[name];
  return resolvers ? programmedSubgraph(sdl, resolvers) : flatSubgraph(name, sdl, flat);
}

function programmedSubgraph(sdl: string, resolvers: object): GraphQLSchema {
  const typeDefs = parse(sdl);
  // A deployment without some flat types is without the fields that lead to them.
  const fields = new Map(typeDefs.definitions.flatMap(fieldsOf));
  const served = Object.entries(resolvers).flatMap(([type, ofType]) => {
    const known = fields.get(type);
    if (!known) return [];
    return [[type, Object.fromEntries(Object.entries(ofType).filter(([field]) => known.has(field)))]];
  });
  return buildSubgraphSchema([{ typeDefs, resolvers: { ...scalars, ...Object.fromEntries(served) } }]);
}

/** What may be resolved of a type. */
function fieldsOf(definition: DefinitionNode): [string, ReadonlySet<string>][] {
  switch (definition.kind) {
    case Kind.OBJECT_TYPE_DEFINITION:
    case Kind.OBJECT_TYPE_EXTENSION: {
      const fields = definition.fields?.map(({ name }) => name.value) ?? [];
      return [[definition.name.value, new Set([...fields, '__resolveReference'])]];
    }
    case Kind.UNION_TYPE_DEFINITION:
      return [[definition.name.value, new Set(['__resolveType'])]];
    default:
      return [];
  }
}
