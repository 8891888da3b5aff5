/**
 * What gateway and subgraph say to each other beside GraphQL when they are two processes: the day of the
 * request one way, the freshness of the answer the other.
 */
import type { Freshness } from './freshness.ts';

export const TODAY_HEADER = 'skiff-today';
export const REQUEST_ID_HEADER = 'x-request-id';
const AS_OF_HEADER = 'skiff-as-of';
const STALE_HEADER = 'skiff-stale';

export const freshnessHeaders = ({ asOf, stale }: Freshness): Record<string, string> => ({
  ...(asOf ? { [AS_OF_HEADER]: asOf.toISOString() } : {}),
  ...(stale ? { [STALE_HEADER]: 'true' } : {}),
});

export function freshnessIn(headers: Headers): Freshness {
  const asOf = headers.get(AS_OF_HEADER);
  return { asOf: asOf === null ? null : new Date(asOf), stale: headers.get(STALE_HEADER) === 'true' };
}

/** The day a gateway sent, or null if this is none. */
export const dayIn = (header: unknown): string | null =>
  typeof header === 'string' && /^\d{4}-\d\d-\d\d$/.test(header) && !Number.isNaN(Date.parse(header)) ? header : null;
