/**
 * How many kept answers a gateway gives in a second, beside a bare `node:http` that sends the same bytes and reads
 * nothing: the same requests to both, by POST and by GET, in turns, in changing order. The gateway's access log, metrics and credentials are on.
 */

import type { Databases } from '../databases.ts';
import { percentile, round } from '../figures.ts';
import { load } from '../load.ts';
import { limit, Processes, type Server, withCredential } from '../peers/candidates.ts';

export interface HitSettings {
  readonly databases: Databases;
  readonly documents: string;
  readonly cacheBytes: number;
  readonly orders: readonly string[];
  readonly rounds: number;
  readonly forMs: number;
}

const CONNECTIONS = 16;
const MOST_QUESTIONS = 50;
const WARM_UP_ROUNDS = 3;

export async function hits({ databases, documents, cacheBytes, orders, rounds, forMs }: HitSettings) {
  await using processes = new Processes();
  const env = { SKIFF_DOCUMENT_DIRS: documents, SKIFF_RESPONSE_CACHE_BYTES: String(cacheBytes) };
  const gateway = await withCredential(await processes.role(['gateway'], databases, env), databases);
  const bodies = orders
    .slice(0, MOST_QUESTIONS)
    .map((id) => Buffer.from(JSON.stringify({ documentId: 'cached-order', variables: { id } })));
  const texts: string[] = [];
  for (const body of bodies) texts.push(await answerTo(gateway, body));
  const told = { kept: texts.map((text) => ({ text, statements: [] })) };
  const bare = await limit(processes, 'bytes', databases, told);

  const servers = [gateway, { ...bare, url: new URL('kept', bare.url).href, headers: gateway.headers }] as const;
  const byPost = await beside(servers, bodies, { rounds, forMs });
  const byGet = await beside(servers, bodies.map(addressOf), { rounds, forMs });
  return {
    hitRatioToBare: byPost.ratio,
    hitsPerSecond: byPost.perSecond,
    barePerSecond: byPost.barePerSecond,
    hitRatioToBareByGet: byGet.ratio,
    hitsPerSecondByGet: byGet.perSecond,
  };
}

async function beside(
  servers: readonly [kept: Server, bare: Server],
  bodies: readonly (Buffer | URLSearchParams)[],
  { rounds, forMs }: Pick<HitSettings, 'rounds' | 'forMs'>,
) {
  const perSecond = async ({ url, headers }: Server): Promise<number> =>
    (await load({ url, headers, bodies, connections: CONNECTIONS, forMs })).requestsPerSecond;
  const figures: (readonly [kept: number, bare: number])[] = [];
  for (let at = -WARM_UP_ROUNDS; at < rounds; at++) {
    const order = at % 2 === 0 ? servers : servers.toReversed();
    const measured = new Map<Server, number>();
    for (const server of order) measured.set(server, await perSecond(server));
    const [kept = 0, sent = 0] = servers.map((server) => measured.get(server) ?? 0);
    // The first ones warm up and count for nothing.
    if (at >= 0) figures.push([kept, sent]);
  }
  const middle = (of: (one: readonly [number, number]) => number) => percentile(figures.map(of), 0.5);
  return {
    ratio: round(
      middle(([kept, sent]) => kept / sent),
      3,
    ),
    perSecond: Math.round(middle(([kept]) => kept)),
    barePerSecond: Math.round(middle(([, sent]) => sent)),
  };
}

/** The same question as an address. */
function addressOf(body: Buffer): URLSearchParams {
  const { documentId, variables } = JSON.parse(body.toString());
  return new URLSearchParams({ documentId, variables: JSON.stringify(variables) });
}

async function answerTo({ url, headers }: Server, body: Buffer): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', 'accept-encoding': 'identity' },
    body: new Uint8Array(body),
  });
  if (response.status !== 200) throw new Error(`No answer: ${await response.text()}`);
  return response.text();
}
