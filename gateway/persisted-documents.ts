/**
 * The documents clients ask by id. All are read and judged when a supergraph is deployed: one that does not
 * fit stops the deployment, by name. What is read stays read; no request can add a document or push one out.
 */
import { ErrorCode, SkiffError } from '../runtime/errors.ts';
import { canonicalId, documentFault, type RegisteredDocument } from '../schema/registry.ts';
import type { Documents, GoodDocument } from './documents.ts';
import { Refusal, refusal } from './refusal.ts';

export interface PersistedDocument {
  readonly good: GoodDocument;
  readonly maxStalenessMs: number | null;
}

export interface PersistedDocuments {
  readonly all: readonly { readonly registered: RegisteredDocument; readonly good: GoodDocument }[];
  find(id: string): PersistedDocument | undefined;
  /** Throws a refusal when none has this id. */
  get(id: string): PersistedDocument;
}

export function persistedDocuments(
  registered: readonly RegisteredDocument[],
  documents: Documents,
): PersistedDocuments {
  const byId = new Map<string, PersistedDocument>();
  const all: PersistedDocuments['all'][number][] = [];
  const problems: string[] = [];
  for (const document of registered) {
    const { name, ids, text, maxStalenessMs } = document;
    try {
      const good = documents.judge(text);
      for (const operation of good.operations) documents.operationOf(good, operation.name?.value);
      all.push({ registered: document, good });
      for (const id of ids) byId.set(id, { good, maxStalenessMs });
    } catch (error) {
      problems.push(...faultsOf(error).map((fault) => `${name}: ${fault}`));
    }
  }
  if (problems.length > 0) throw documentFault(problems);
  const find = (id: string) => byId.get(canonicalId(id));
  return {
    all,
    find,
    get(id) {
      const found = find(id);
      if (found) return found;
      throw refusal(404, ErrorCode.PersistedDocumentNotFound, 'No document is registered under this id.');
    },
  };
}

function faultsOf(error: unknown): readonly string[] {
  if (error instanceof SkiffError) return [error.message];
  if (!(error instanceof Refusal)) throw error;
  return error.errors.map(({ message, locations }) => {
    const line = locations?.[0]?.line;
    return line === undefined ? message : `line ${line}: ${message}`;
  });
}
