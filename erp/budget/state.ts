/**
 * What all processes that call one ERP know together, as it is stored. Times are milliseconds on the store's clock.
 */
import { z } from 'zod';
import { callClasses } from './limits.ts';

const kind = z.enum(callClasses);
const counts = z.record(kind, z.number());

export const LedgerState = z.object({
  /** As the last process that called was told them. */
  limits: z.object({
    requests: z.number(),
    windowMs: z.number(),
    concurrency: z.number(),
    callTimeoutMs: z.number(),
  }),
  /** Answered calls that still count, by when they cease to: `until` is the window's length after the answer. */
  spent: z.array(z.object({ until: z.number(), calls: counts })),
  /** Calls that are being made. A process that dies does not end its own; they end by themselves. */
  leases: z.array(z.object({ id: z.string(), kind, until: z.number() })),
  /** Who waits for its turn in another process. */
  waiting: z.array(z.object({ owner: z.string(), kind, until: z.number() })),
  /** Evenly spread, the requests granted so far fill the time up to here. */
  pacedTo: z.number(),
  /** The ERP asked for silence until then. */
  pausedUntil: z.number(),
  /** How often in a row it did, without an answer in between. */
  pauses: z.number(),
  /** The last outcomes, oldest first: whether the ERP failed. */
  recent: z.array(z.boolean()),
  /** The breaker is open until then; later it lets one probe through. */
  openUntil: z.number().nullable(),
  /** How often it opened without closing in between. */
  trips: z.number(),
  probe: z.string().nullable(),
  /** Since the budget exists. */
  totals: z.object({ calls: counts, throttled: z.number(), failed: z.number() }),
});

export type LedgerState = z.output<typeof LedgerState>;
