/**
 * The registered documents that a deployment can answer: those that need a type its connector has no read
 * model for are left out, as the type is. Any other that does not fit the schema stays, for the gateway to
 * refuse by name.
 */
import { buildSchema, type GraphQLSchema, parse, validate } from 'graphql';
import type { DeployedSchema } from './deployed.ts';
import type { RegisteredDocument } from './registry.ts';

export interface ServedDocuments {
  readonly documents: readonly RegisteredDocument[];
  /** Names of those left out, to be told at start. */
  readonly leftOut: readonly string[];
}

export function servedDocuments(
  registered: readonly RegisteredDocument[],
  { api, wholeApi }: DeployedSchema,
): ServedDocuments {
  if (api === wholeApi) return { documents: registered, leftOut: [] };
  const [deployed, whole] = [buildSchema(api), buildSchema(wholeApi)];
  const isLeftOut = ({ text }: RegisteredDocument) => !fits(deployed, text) && fits(whole, text);
  return {
    documents: registered.filter((document) => !isLeftOut(document)),
    leftOut: registered.filter(isLeftOut).map(({ name }) => name),
  };
}

function fits(schema: GraphQLSchema, text: string): boolean {
  try {
    return validate(schema, parse(text), undefined, { maxErrors: 1 }).length === 0;
  } catch {
    return false; // a syntax error
  }
}
