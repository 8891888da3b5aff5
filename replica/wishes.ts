/** How fresh a client wants its answer. */
import type { Position } from './position.ts';

export interface FreshnessWishes {
  /** Everything the ERP had committed so long before the request must be in the answer. Null: as fresh as it is. */
  readonly maxStalenessMs: number | null;
  /** What an answer that is staler than that becomes. Null: the client did not say. */
  readonly onStale: 'serve' | 'error' | null;
  /** What the client has seen before must be in the answer. */
  readonly after: Position | null;
  /** Commands the client was told of: what they do must be in the answer. */
  readonly commands?: readonly string[];
}
