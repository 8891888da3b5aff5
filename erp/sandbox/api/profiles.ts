/**
 * What the ERP allows its API's clients. `strict` is how ERPs in the cloud are, `normal` one in the house.
 *
 * The quota slides: any stretch of the window's length holds no more requests than it says. A window that began anew each
 * full minute would let twice as many through around the turn.
 */

/** Transactions of this ERP last no longer: a row is readable at the latest so long after its `updated_at`. */
export const longestTransactionMs = 10_000;

/** What a client can do that does not know whether its write was applied. */
export type WriteMode =
  | { readonly way: 'key' }
  /** A request may take effect so late, and no later. */
  | { readonly way: 'reference'; readonly settlesWithinMs: number }
  | { readonly way: 'none' };

export const writeModes = {
  key: { way: 'key' },
  reference: { way: 'reference', settlesWithinMs: 2_000 },
  none: { way: 'none' },
} as const satisfies Record<WriteMode['way'], WriteMode>;

export interface Profile {
  /** Null for none. Getting tokens is not counted. */
  readonly quota: { readonly requests: number; readonly windowMs: number } | null;
  /** Requests that may be open at a time; null for any number. */
  readonly concurrency: number | null;
  readonly rowsPerPage: number;
  readonly keysPerPage: number;
  readonly keysPerRequest: number;
  /** Whether pages may be asked for by key, `after=`, too. */
  readonly keyset: boolean;
  readonly tokenLifetimeMs: number;
  readonly eventsPerDelivery: number;
  readonly writes: WriteMode;
  /** One of so many pages comes late; null for none. */
  readonly slowPage: { readonly oneOf: number; readonly ms: number } | null;
  /** One of so many refusals lacks `Retry-After`; null for none. */
  readonly silentRefusal: { readonly oneOf: number } | null;
}

const MINUTE_MS = 60_000;

export const profiles = {
  strict: {
    quota: { requests: 300, windowMs: MINUTE_MS },
    concurrency: 4,
    rowsPerPage: 100,
    keysPerPage: 1_000,
    keysPerRequest: 100,
    keyset: false,
    tokenLifetimeMs: MINUTE_MS,
    eventsPerDelivery: 10,
    writes: { way: 'key' },
    slowPage: { oneOf: 50, ms: 800 },
    silentRefusal: { oneOf: 3 },
  },
  normal: {
    quota: { requests: 3_000, windowMs: MINUTE_MS },
    concurrency: 32,
    rowsPerPage: 1_000,
    keysPerPage: 10_000,
    keysPerRequest: 1_000,
    keyset: true,
    tokenLifetimeMs: 10 * MINUTE_MS,
    eventsPerDelivery: 50,
    writes: { way: 'key' },
    slowPage: null,
    silentRefusal: null,
  },
  none: {
    quota: null,
    concurrency: null,
    rowsPerPage: 10_000,
    keysPerPage: 100_000,
    keysPerRequest: 1_000,
    keyset: true,
    tokenLifetimeMs: 60 * MINUTE_MS,
    eventsPerDelivery: 100,
    writes: { way: 'key' },
    slowPage: null,
    silentRefusal: null,
  },
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof profiles;
