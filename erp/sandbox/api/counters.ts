/** What the API has seen since it started. `GET /counters` shows it: benches judge by it whether limits were kept. */
import type { RequestKind } from './request-kind.ts';

export interface Counters {
  /** All that came, refused ones too, by what they asked for. */
  readonly requests: Record<RequestKind, number>;
  /** Rows and keys sent. */
  rows: number;
  /** Requests beyond a limit: each is a client's fault. */
  readonly violations: { quota: number; concurrency: number };
  /** 429s by cause; a storm is a fault that was asked for. */
  readonly tooManyRequests: { quota: number; concurrency: number; storm: number };
  /** Requests with a token that had expired, or none. */
  unauthorized: number;
  /** To webhooks: taken by the subscriber, refused by it, sent twice, held back, and lost on demand or after the last attempt. */
  readonly deliveries: { taken: number; refused: number; doubled: number; heldBack: number; lost: number };
  /** Requests let in whose work has not ended yet, whoever still waits for them. */
  open: number;
  /** Most requests that were open at a time, and that were let in within one window of the quota. */
  readonly peak: { concurrency: number; perWindow: number };
}

export const newCounters = (): Counters => ({
  requests: { token: 0, page: 0, ids: 0, keyset: 0, keys: 0, webhook: 0, search: 0, write: 0 },
  rows: 0,
  violations: { quota: 0, concurrency: 0 },
  tooManyRequests: { quota: 0, concurrency: 0, storm: 0 },
  unauthorized: 0,
  deliveries: { taken: 0, refused: 0, doubled: 0, heldBack: 0, lost: 0 },
  open: 0,
  peak: { concurrency: 0, perWindow: 0 },
});
