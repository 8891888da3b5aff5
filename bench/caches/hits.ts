/**
 * How many kept answers a gateway gives in a second, beside a bare `node:http` that sends the same bytes and reads
 * nothing: the same requests to both, by POST and by GET, in turns. The gateway's access log, metrics and credentials are on.
 */

import type { Databases } from '../databases.ts';
import { percentile, round } from '../figures.ts';
import { inTurns } from '../in-turns.ts';
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
  const found = await inTurns(servers, { warmUp: WARM_UP_ROUNDS, measured: rounds }, async ({ url, headers }) => {
    const { requestsPerSecond } = await load({ url, headers, bodies, connections: CONNECTIONS, forMs });
    return requestsPerSecond;
  });
  const [kept = [], bare = []] = servers.map((server) => found.get(server));
  return {
    ratio: round(
      percentile(
        kept.map((one, at) => one / (bare[at] ?? Number.NaN)),
        0.5,
      ),
      3,
    ),
    perSecond: Math.round(percentile(kept, 0.5)),
    barePerSecond: Math.round(percentile(bare, 0.5)),
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
