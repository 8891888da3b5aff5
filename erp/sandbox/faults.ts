/**
 * Faults of the ERP, on demand: `PUT /faults` on the API's port, for tests and demonstrations.
 *
 * Several may hold at a time, each for a share of the requests, for a number of them, or for a while. `cut` does what it
 * was asked and loses the line before it has said so: a write was applied, and its sender cannot know.
 */
import { setMaxListeners } from 'node:events';
import { z } from 'zod';
import { Random } from './random.ts';

const milliseconds = z.int().min(0).max(3_600_000);

const which = {
  /** How many of the requests it strikes, by chance. */
  share: z.number().min(0).max(1).default(1),
  /** After so many strikes it is over; null for no end. */
  count: z.int().positive().nullable().default(null),
  /** After this time it is over; null for no end. */
  forMs: milliseconds.nullable().default(null),
  on: z.enum(['read', 'write', 'token', 'all']).default('all'),
};

const retryAfterSeconds = z.int().min(0).nullable().default(null);

const Fault = z.discriminatedUnion('kind', [
  /** The connection is reset before anything is done. */
  z.strictObject({ kind: z.literal('reset'), ...which }),
  /** Nobody listens for a while, not to `PUT /faults` either. */
  z.strictObject({ kind: z.literal('refuse'), forMs: milliseconds.positive() }),
  z.strictObject({ kind: z.literal('slow'), ms: milliseconds, ...which }),
  /** 429 whatever the quota says. */
  z.strictObject({ kind: z.literal('storm'), retryAfterSeconds, ...which }),
  z.strictObject({ kind: z.literal('error'), ...which }),
  /** 502 with the page of a proxy. */
  z.strictObject({ kind: z.literal('badGateway'), ...which }),
  z.strictObject({ kind: z.literal('maintenance'), retryAfterSeconds, ...which }),
  /** The connection is reset in the middle of the answer; of a write, before its first byte. */
  z.strictObject({ kind: z.literal('cut'), ...which }),
  /** A delivery to a webhook is sent twice, after later ones, or not at all. */
  z.strictObject({ kind: z.literal(['double', 'reorder', 'lose']), ...which, on: z.literal('event').default('event') }),
]);

export const FaultSettings = z.strictObject({ faults: z.array(Fault) });

export type Fault = z.output<typeof Fault>;
export type FaultKind = Fault['kind'];
type Striking = Exclude<Fault, { kind: 'refuse' }>;
export type Target = 'read' | 'write' | 'token' | 'event';

export interface Faults {
  /** From now on these and no others. */
  set(faults: readonly Fault[]): void;
  /** Aborts when they are set anew: what is held back is then let go. */
  readonly over: AbortSignal;
  /** Those that are not over, with what is left of their counts. */
  list(): readonly Fault[];
  /** The faults that strike this request, or this delivery. */
  strike(target: Target): readonly Striking[];
}

/** @param onRefuse nobody shall listen for so long */
export function faultControl(onRefuse: (forMs: number) => void, seed = Date.now()): Faults {
  const random = new Random(seed);
  let current: { readonly fault: Striking; readonly until: number; left: number }[] = [];

  let over = lasting();

  const going = () => current.filter(({ until, left }) => until > performance.now() && left > 0);

  return {
    get over() {
      return over.signal;
    },
    set(faults) {
      over.abort();
      over = lasting();
      current = [];
      for (const fault of faults) {
        if (fault.kind === 'refuse') onRefuse(fault.forMs);
        else {
          const until = fault.forMs === null ? Number.POSITIVE_INFINITY : performance.now() + fault.forMs;
          current.push({ fault, until, left: fault.count ?? Number.POSITIVE_INFINITY });
        }
      }
    },
    list: () => going().map(({ fault, left }) => ({ ...fault, count: Number.isFinite(left) ? left : null })),
    strike(target) {
      const struck = going().filter(
        ({ fault: { on, share } }) => (on === target || (on === 'all' && target !== 'event')) && random.happens(share),
      );
      for (const one of struck) one.left -= 1;
      return struck.map(({ fault }) => fault);
    },
  };
}

/** Waited on by as many requests as there are. */
function lasting(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
