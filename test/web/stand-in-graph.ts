/** Answers any document over the public schema with values made up by their types. */
import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  type GraphQLSchema,
  graphqlSync,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  parse,
  print,
  visit,
} from 'graphql';
import type { GraphqlRequest } from './web-server.ts';

export const AS_OF = '2026-01-15T09:30:00.250Z';

const sdl = readFileSync(new URL('../../schema/api.graphql', import.meta.url), 'utf8');

/** The public schema, or what is left of it where an ERP cannot fill these query fields. */
export function publicSchema(without: readonly string[] = []): GraphQLSchema {
  const left = visit(parse(sdl), {
    FieldDefinition: ({ name }) => (without.includes(name.value) ? null : undefined),
  });
  return buildSchema(print(left));
}

export function standInGraph(schema: GraphQLSchema, { stale = false } = {}) {
  return ({ query, variables }: GraphqlRequest) => {
    const result = graphqlSync({ schema, source: query, variableValues: variables, fieldResolver });
    return { ...result, extensions: { freshness: { asOf: AS_OF, stale } } };
  };
}

const fieldResolver: GraphQLFieldResolver<unknown, unknown> = (_parent, _args, _context, { returnType, fieldName }) =>
  madeUp(returnType, fieldName);

function madeUp(type: GraphQLOutputType, field: string): unknown {
  if (isNonNullType(type)) return madeUp(type.ofType, field);
  if (isListType(type)) return [1, 2, 3].map(() => madeUp(type.ofType, field));
  if (isObjectType(type)) return {};
  if (isEnumType(type)) return type.getValues()[0]?.value;
  return SCALARS[type.name] ?? field;
}

const SCALARS: Readonly<Record<string, unknown>> = {
  Int: 7,
  Boolean: true,
  ID: 'first-id',
  Decimal: '12.50',
  BigInt: '9007199254740993',
  Date: '2026-01-15',
  DateTime: '2026-01-15T08:00:00Z',
};
