/**
 * The registered documents that a deployment can answer: those that need a type its connector has no read
 * model for are left out, as the type is, and the datasets made of them. Any other that does not fit the schema stays, for the gateway to
 * refuse by name.
 */
import { buildSchema, type GraphQLSchema, parse, validate } from 'graphql';
import type { Datasets } from './datasets.ts';
import type { DeployedSchema } from './deployed.ts';
import type { RegisteredDocument } from './registry.ts';

export interface ServedDocuments {
  readonly documents: readonly RegisteredDocument[];
  readonly datasets: Datasets;
  /** Names of those left out, to be told at start. */
  readonly leftOut: readonly string[];
}

export function servedDocuments(
  registered: readonly RegisteredDocument[],
  datasets: Datasets,
  { api, wholeApi }: DeployedSchema,
): ServedDocuments {
  if (api === wholeApi) return { documents: registered, datasets, leftOut: [] };
  const [deployed, whole] = [buildSchema(api), buildSchema(wholeApi)];
  const isLeftOut = ({ text }: RegisteredDocument) => !fits(deployed, text) && fits(whole, text);
  const leftOut = registered.filter(isLeftOut);
  const isGone = (id: string) => leftOut.some(({ ids }) => ids.includes(id));
  return {
    documents: registered.filter((document) => !leftOut.includes(document)),
    datasets: { ...datasets, described: datasets.described.filter(({ document }) => !isGone(document)) },
    leftOut: leftOut.map(({ name }) => name),
  };
}

function fits(schema: GraphQLSchema, text: string): boolean {
  try {
    return validate(schema, parse(text), undefined, { maxErrors: 1 }).length === 0;
  } catch {
    return false; // a syntax error
  }
}
