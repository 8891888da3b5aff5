/**
 * The caller's identity between gateway and subgraph processes, signed with a secret that both know, so that a gateway
 * alone may ask a subgraph and nobody else can say whose rows they may see.
 *
 *     <what it says, JSON in base64url>.<HMAC-SHA256 of that, base64url>
 *
 * It holds for one request and a minute: what was overheard is soon worth nothing.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Principal } from './principal.ts';

export const IDENTITY_HEADER = 'skiff-identity';

/** Of a setting: what is shorter could be guessed. */
export const subgraphSecret = z.string().min(32, { error: 'must have at least 32 characters' });

const LASTS_MS = 60_000;

const Identity = z.object({
  name: z.string(),
  scopes: z.array(z.string()),
  plants: z.union([z.array(z.string()), z.literal('*')]),
  requestId: z.string(),
  expires: z.number(),
});

const signature = (said: string, secret: string): Buffer => createHmac('sha256', secret).update(said).digest();

export function signedIdentity({ name, scopes, access }: Principal, requestId: string, secret: string): string {
  const identity: z.infer<typeof Identity> = {
    name,
    scopes: [...scopes],
    plants: access.plants === '*' ? '*' : [...access.plants],
    requestId,
    expires: Date.now() + LASTS_MS,
  };
  const said = Buffer.from(JSON.stringify(identity)).toString('base64url');
  return `${said}.${signature(said, secret).toString('base64url')}`;
}

/** The principal a gateway vouches for in this request; null if none does. */
export function identityIn(header: unknown, requestId: unknown, secret: string): Principal | null {
  if (typeof header !== 'string') return null;
  const [said = '', signed = ''] = header.split('.');
  const [given, right] = [Buffer.from(signed, 'base64url'), signature(said, secret)];
  if (given.length !== right.length || !timingSafeEqual(given, right)) return null;
  const identity = Identity.parse(JSON.parse(Buffer.from(said, 'base64url').toString('utf8')));
  if (identity.requestId !== requestId || identity.expires < Date.now()) return null;
  const { name, scopes, plants } = identity;
  return { name, scopes: new Set(scopes), access: { plants } };
}
