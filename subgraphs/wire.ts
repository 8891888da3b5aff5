/**
 * What gateway and subgraph say to each other beside GraphQL when they are two processes: the day of the
 * request, how long it may wait, and the client's wishes (`wishes.ts`) one way, the freshness of the answer the other.
 */
import { parseToken, printToken, type Token } from '../replica/position.ts';
import type { Freshness, FreshnessCollector } from './freshness.ts';

export const TODAY_HEADER = 'skiff-today';
export const REQUEST_ID_HEADER = 'x-request-id';
export const PATIENCE_HEADER = 'skiff-patience-ms';
const POSITION_HEADER = 'skiff-position';
const AS_OF_HEADER = 'skiff-as-of';
const DELETIONS_AS_OF_HEADER = 'skiff-deletions-as-of';
const STALE_HEADER = 'skiff-stale';

/** How fresh an answer is: what a client is told, too. */
export function freshnessHeaders(freshness: FreshnessCollector): Record<string, string> {
  const { asOf } = freshness.get();
  const { position } = freshness;
  return {
    ...(asOf ? { [AS_OF_HEADER]: asOf.toISOString() } : {}),
    ...(position ? { [POSITION_HEADER]: printToken({ position, commands: freshness.owed }) } : {}),
  };
}

/** What a client finds in the answer's extensions instead. */
export function furtherHeaders(freshness: FreshnessCollector): Record<string, string> {
  const { stale, deletionsAsOf } = freshness.get();
  return {
    ...(stale ? { [STALE_HEADER]: 'true' } : {}),
    ...(deletionsAsOf ? { [DELETIONS_AS_OF_HEADER]: deletionsAsOf.toISOString() } : {}),
  };
}

export function freshnessIn(headers: Headers): Freshness {
  const [asOf, deletionsAsOf] = [headers.get(AS_OF_HEADER), headers.get(DELETIONS_AS_OF_HEADER)];
  return {
    asOf: asOf === null ? null : new Date(asOf),
    ...(deletionsAsOf === null ? {} : { deletionsAsOf: new Date(deletionsAsOf) }),
    stale: headers.get(STALE_HEADER) === 'true',
  };
}

export const tokenIn = (headers: Headers): Token | null => parseToken(headers.get(POSITION_HEADER) ?? '');

const MOST_PATIENCE_MS = 60_000;
const USUAL_PATIENCE_MS = 2_000;

/** What a gateway said, in bounds. */
export function patienceIn(header: unknown): number {
  const ms = typeof header === 'string' && /^\d+$/.test(header) ? Number(header) : USUAL_PATIENCE_MS;
  return Math.min(ms, MOST_PATIENCE_MS);
}

/** The day a gateway sent, or null if this is none. */
export const dayIn = (header: unknown): string | null =>
  typeof header === 'string' && /^\d{4}-\d\d-\d\d$/.test(header) && !Number.isNaN(Date.parse(header)) ? header : null;
