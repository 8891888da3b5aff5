/**
 * A client's wishes for freshness as headers, the same from a client and between our processes:
 *
 *     Skiff-Max-Staleness: 5s      everything committed five seconds ago is in the answer (0s, 500ms, 2m)
 *     Skiff-On-Stale: error        if that cannot be done: the error STALE_DATA, not the answer marked stale
 *     Skiff-After: 3f2a91c0-1742   what an answer with this Skiff-Position showed is in this one too
 *
 * A wish that cannot be understood is refused: it must never be ignored.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { parseToken, printToken } from '../replica/position.ts';
import type { FreshnessWishes } from '../replica/wishes.ts';
import { ErrorCode, SkiffError } from '../runtime/errors.ts';

export type { FreshnessWishes } from '../replica/wishes.ts';

export const noWishes: FreshnessWishes = { maxStalenessMs: null, onStale: null, after: null };

const MAX_STALENESS = 'skiff-max-staleness';
const ON_STALE = 'skiff-on-stale';
const AFTER = 'skiff-after';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };

export function wishesIn(headers: IncomingHttpHeaders): FreshnessWishes {
  const { [MAX_STALENESS]: bound, [ON_STALE]: onStale, [AFTER]: after } = headers;
  if (bound === undefined && onStale === undefined && after === undefined) return noWishes;
  const token =
    after === undefined ? null : understood(after, parseToken, 'Skiff-After', "an answer's Skiff-Position as it came");
  return {
    maxStalenessMs:
      bound === undefined ? null : understood(bound, durationOf, 'Skiff-Max-Staleness', '0s, 500ms, 5s or 2m'),
    onStale: onStale === undefined ? null : understood(onStale, onStaleOf, 'Skiff-On-Stale', 'serve or error'),
    after: token?.position ?? null,
    ...(token && token.commands.length > 0 && { commands: token.commands }),
  };
}

/** Milliseconds; null when the text is no duration. */
export function durationOf(text: string): number | null {
  const [, number, unit = ''] = /^(\d{1,9})(ms|s|m)$/.exec(text) ?? [];
  const unitMs = UNIT_MS[unit];
  return number === undefined || unitMs === undefined ? null : Number(number) * unitMs;
}

const onStaleOf = (text: string): FreshnessWishes['onStale'] => (text === 'serve' || text === 'error' ? text : null);

function understood<Value>(
  header: string | readonly string[],
  parse: (text: string) => Value | null,
  name: string,
  form: string,
): Value {
  const value = typeof header === 'string' ? parse(header.trim()) : null;
  if (value === null) throw new SkiffError(ErrorCode.BadUserInput, `${name} must be ${form}.`);
  return value;
}

/** For a subgraph in another process, asked so long after the request came: the bound counts from then. */
export const wishHeaders = (
  { maxStalenessMs, onStale, after, commands = [] }: FreshnessWishes,
  elapsedMs: number,
): Record<string, string> => ({
  ...(maxStalenessMs === null ? {} : { [MAX_STALENESS]: `${Math.floor(maxStalenessMs + elapsedMs)}ms` }),
  ...(onStale === null ? {} : { [ON_STALE]: onStale }),
  ...(after === null ? {} : { [AFTER]: printToken({ position: after, commands }) }),
});
