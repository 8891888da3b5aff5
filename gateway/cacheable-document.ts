/** What is known of a document whose answers rest on read models alone: they may be kept. */
import type { AskedIds } from '../subgraphs/asked-ids.ts';

export interface CacheableDocument {
  readonly operation: string;
  /** All that it names. */
  readonly types: readonly string[];
  readonly subgraphs: readonly string[];
  /** Rows it asks for by id, with these variables. */
  readonly ids: AskedIds;
  readonly maxStalenessMs: number | null;
  readonly dependsOnDay: boolean;
  /** Read models of these types, where a part of the answer may come from another process; else null. */
  readonly remoteModels: readonly string[] | null;
}
