/**
 * Answers a request from the response cache, where that may be done, and says which request is which.
 *
 *     who, as before ─► is somebody making it? wait ─► entry, or another gateway's ─► may they ask it?
 *       ─► fresh enough? ─► still there? ─► its bytes, and how fresh they are
 */
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import type { SubgraphContext } from '../subgraphs/context.ts';
import type { MakeFresh } from '../subgraphs/fresh-enough.ts';
import type { Freshness, FreshnessCollector } from '../subgraphs/freshness.ts';
import { mayRead, type Principal } from '../subgraphs/principal.ts';
import type { FreshnessWishes } from '../subgraphs/wishes.ts';
import { isAmong } from './data/representation.ts';
import { answerHeaders } from './fresh-execution.ts';
import type { Answer } from './http-server.ts';
import { packedEnd } from './packed-answer.ts';
import type { CachedAnswer, MadeAnswer, ResponseCache } from './response-cache.ts';

/** Longer ones are not worth keeping. */
const MOST_CHARACTERS = 10_000;
/** Shorter answers are sent as they are. */
const FEWEST_PACKED = 1_024;

/** All that an answer depends on but who asks; null for what is not kept. */
export function askedText(
  { method, headers, url = '' }: IncomingMessage,
  body: Buffer | null,
  fingerprint: string,
): string | null {
  const length = body ? body.length : url.length;
  if (length > MOST_CHARACTERS) return null;
  const text = body ? body.toString('latin1') : url;
  return `${fingerprint}\n${method}\n${headers['content-type'] ?? ''}\n${text}`;
}

export interface Asking {
  readonly asked: string;
  readonly principal: Principal;
  readonly wishes: FreshnessWishes;
  readonly subgraph: SubgraphContext;
  /** How long may still be waited. */
  readonly patienceMs: () => number;
  readonly signal: AbortSignal;
}

/** Undefined where the answer has to be made. Rejects with what the client is told of its wishes. */
export async function cachedAnswer(
  cache: ResponseCache,
  makeFresh: MakeFresh,
  { asked, principal, wishes, subgraph, patienceMs, signal }: Asking,
): Promise<CachedAnswer | undefined> {
  const making = cache.making(asked, principal.access);
  if (making) await atMost(patienceMs(), making);
  const found = cache.find(asked, principal.access) ?? (await cache.fetch(asked, principal.access));
  if (!found?.subgraphs.every((name) => mayRead(principal, name))) return undefined;
  const becoming = makeFresh(
    found.types,
    wishesFor(found, wishes),
    subgraph.freshness,
    { waitMs: patienceMs(), signal },
    found.ids,
  );
  if (!becoming) return found;
  await becoming;
  // What was waited for may be what has changed.
  return cache.find(asked, principal.access);
}

/** A document may say what is wished for where its asker does not. */
export const wishesFor = ({ maxStalenessMs }: CachedAnswer, wishes: FreshnessWishes): FreshnessWishes =>
  wishes.maxStalenessMs === null && maxStalenessMs !== null ? { ...wishes, maxStalenessMs } : wishes;

async function atMost(ms: number, promise: Promise<void>): Promise<void> {
  const over = new AbortController();
  await Promise.race([promise, sleep(ms, undefined, { signal: over.signal }).catch(() => undefined)]);
  over.abort();
}

/** Its bytes with how fresh they are. */
export async function answerWith(
  { data, etag, packed }: MadeAnswer,
  freshness: FreshnessCollector,
  request: IncomingMessage,
  contentType: string,
): Promise<Answer> {
  const told = toldOf(freshness);
  const headers = { 'content-type': contentType, 'cache-control': 'private, no-cache', etag, ...told.headers };
  if (request.method === 'GET' && isAmong(etag, request.headers['if-none-match'])) {
    return { status: 304, headers, body: '' };
  }
  const { tail } = told;
  if (data.length >= FEWEST_PACKED && takesGzip(request)) {
    const body = Buffer.concat([await packed(), packedEnd(data, crc32(data), tail)]);
    return { status: 200, headers: { ...headers, 'content-encoding': 'gzip', vary: 'Origin, Accept-Encoding' }, body };
  }
  return { status: 200, headers, body: Buffer.concat([data, tail]) };
}

interface Told {
  readonly freshness: Freshness;
  readonly position: FreshnessCollector['position'];
  readonly headers: Readonly<Record<string, string>>;
  /** Behind the data. */
  readonly tail: Buffer;
}

let lastTold: Told | undefined;

/** Until the next look at the replica most answers are told the same, and to word it costs a tenth of a kept answer. */
function toldOf(collector: FreshnessCollector): Told {
  const [freshness, position] = [collector.get(), collector.position];
  const isUsual = collector.waitedMs === null && !collector.owes;
  if (isUsual && lastTold?.position === position && isSame(lastTold.freshness, freshness)) return lastTold;
  const tail = Buffer.from(`,"extensions":${JSON.stringify({ freshness })}}`);
  const told = { freshness, position, headers: answerHeaders(collector), tail };
  if (isUsual) lastTold = told;
  return told;
}

const isSame = (one: Freshness, other: Freshness): boolean =>
  one.asOf === other.asOf && one.stale === other.stale && one.deletionsAsOf === other.deletionsAsOf;

const takesGzip = ({ headers }: IncomingMessage): boolean =>
  String(headers['accept-encoding'] ?? '')
    .split(',')
    .some((one) => /^\s*(gzip|\*)\s*(;\s*q=(0*[1-9]|0?\.\d*[1-9]).*)?$/i.test(one));
