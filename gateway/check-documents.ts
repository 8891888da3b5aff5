/**
 * Part of `npm run check`: every registered document fits the schema, and keeps the limits of any other; every dataset is
 * what its description says.
 */
import { buildSchema } from 'graphql';
import { OperatorFault } from '../runtime/errors.ts';
import { readDatasets } from '../schema/datasets.ts';
import { deployedSchema } from '../schema/deployed.ts';
import { DOCUMENTS, documentFault, readRegistry } from '../schema/registry.ts';
import { deployDatasets } from './data/dataset.ts';
import { Documents } from './documents.ts';
import { DEFAULT_LIMITS } from './limits/limits.ts';
import { persistedDocuments } from './persisted-documents.ts';

try {
  const { api, flat, subgraphs } = deployedSchema();
  const schema = buildSchema(api);
  const documents = new Documents(schema, { limits: DEFAULT_LIMITS, introspection: true });
  const persisted = persistedDocuments(readRegistry(), documents);
  const inProcess = new Set(subgraphs.map(({ name }) => name));
  const { described, problems } = readDatasets([DOCUMENTS]);
  const found = [...problems];
  deployDatasets(described, { schema, flat, inProcess, documents, persisted }, found);
  if (found.length > 0) throw documentFault(found);
} catch (error) {
  if (!(error instanceof OperatorFault)) throw error;
  process.stderr.write(`${error.message}\n${error.remedy}\n`);
  process.exitCode = 1;
}
