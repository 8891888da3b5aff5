/** Part of `npm run check`: every registered document fits the schema, and keeps the limits of any other. */
import { buildSchema } from 'graphql';
import { OperatorFault } from '../runtime/errors.ts';
import { deployedSchema } from '../schema/deployed.ts';
import { readRegistry } from '../schema/registry.ts';
import { Documents } from './documents.ts';
import { DEFAULT_LIMITS } from './limits/limits.ts';
import { persistedDocuments } from './persisted-documents.ts';

try {
  const documents = new Documents(buildSchema(deployedSchema().api), { limits: DEFAULT_LIMITS, introspection: true });
  persistedDocuments(readRegistry(), documents);
} catch (error) {
  if (!(error instanceof OperatorFault)) throw error;
  process.stderr.write(`${error.message}\n${error.remedy}\n`);
  process.exitCode = 1;
}
