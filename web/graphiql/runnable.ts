/**
 * Makes an example run here: does the deployed schema have what it asks, and which ids are there to ask for?
 *
 * A deployment leaves types out that its ERP cannot fill.
 */
import { type Fetcher, fetcherReturnToPromise } from '@graphiql/toolkit';
import {
  buildClientSchema,
  type GraphQLSchema,
  getIntrospectionQuery,
  type IntrospectionQuery,
  parse,
  validate,
} from 'graphql';
import * as z from 'zod/mini';
import type { Example } from './example.ts';

export type Headers = Readonly<Record<string, string>>;

const FirstIds = z.object({
  data: z.record(z.string(), z.nullable(z.object({ nodes: z.array(z.nullable(z.object({ id: z.string() }))) }))),
});
const Introspected = z.object({
  data: z.custom<IntrospectionQuery>((data) => Object.hasOwn(Object(data), '__schema')),
});

export const fits = (schema: GraphQLSchema, { text }: Example): boolean => validate(schema, parse(text)).length === 0;

/** The example's variables as JSON with a first id each, or empty where there is no row; null if it takes none. */
export async function variablesOf(
  { idsFrom }: Example,
  fetcher: Fetcher,
  headers: Headers = {},
): Promise<string | null> {
  const wanted = Object.entries(idsFrom);
  if (wanted.length === 0) return null;
  const query = `{ ${wanted.map(([variable, list]) => `${variable}: ${list}(first: 1) { nodes { id } }`).join(' ')} }`;
  const found = FirstIds.safeParse(await ask(fetcher, query, headers)).data?.data;
  const variables = wanted.map(([variable]) => [variable, found?.[variable]?.nodes[0]?.id ?? '']);
  return JSON.stringify(Object.fromEntries(variables), null, 2);
}

/** Null when it cannot be had: no answer, or none for a caller unknown. */
export async function deployedSchema(fetcher: Fetcher): Promise<GraphQLSchema | null> {
  const introspected = Introspected.safeParse(await ask(fetcher, getIntrospectionQuery(), {})).data;
  return introspected ? buildClientSchema(introspected.data) : null;
}

/** The answer, or null when there was none: whatever was wrong, the user will see it on running the example. */
async function ask(fetcher: Fetcher, query: string, headers: Headers): Promise<unknown> {
  try {
    return await fetcherReturnToPromise(fetcher({ query }, { headers }));
  } catch {
    return null;
  }
}
