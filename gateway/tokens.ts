/**
 * Access tokens of an identity provider: signed JWTs whose issuer, audience and time are checked before anything in them
 * is believed.
 *
 * Algorithms are fixed to asymmetric ones: a token chooses neither how nor by which key it is verified. The issuer's keys
 * are fetched when an unknown one is named, at most twice a minute, and kept for ten minutes while the issuer is away.
 */
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { ErrorCode, SkiffError } from '../runtime/errors.ts';
import { isScope, type Principal } from '../subgraphs/principal.ts';

export interface TokenIssuer {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: string;
}

/** Resolves with null for a token that is not to be trusted. Rejects when that cannot be found out. */
export type VerifyToken = (token: string) => Promise<Principal | null>;

const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const CLOCK_TOLERANCE_SECONDS = 30;
const RETRY_AFTER_MS = 5_000;
/** A token verified is trusted again for this long without reckoning, and never beyond its own time. */
const REMEMBERED_MS = 30_000;
const MOST_REMEMBERED = 10_000;
/** More than any issuer's, and little enough to be read for nothing. */
const MOST_CHARACTERS = 8_192;

const Claims = z.object({
  sub: z.string().min(1),
  exp: z.number(),
  scope: z.string().default(''),
  plants: z.union([z.array(z.string().refine((plant) => !plant.includes('\0'))), z.literal('*')]).default([]),
});

export function tokenVerifier({ issuer, audience, jwksUrl }: TokenIssuer): VerifyToken {
  const keys = createRemoteJWKSet(new URL(jwksUrl));
  const remembered = new LRUCache<string, Principal>({ max: MOST_REMEMBERED });
  return async (token) => {
    if (token.length > MOST_CHARACTERS) return null;
    const known = remembered.get(token);
    if (known) return known;
    const payload = await verified(token);
    const claims = Claims.safeParse(payload);
    if (!claims.success) return null;
    const { sub, exp, scope, plants } = claims.data;
    const principal = { name: sub, scopes: new Set(scope.split(' ').filter(isScope)), access: { plants } };
    const ttl = Math.min(REMEMBERED_MS, exp * 1_000 - Date.now());
    if (ttl > 0) remembered.set(token, principal, { ttl });
    return principal;
  };

  async function verified(token: string): Promise<JWTPayload | null> {
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ALGORITHMS,
        issuer,
        audience,
        requiredClaims: ['exp', 'sub'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
      });
      return payload;
    } catch (cause) {
      if (isTheTokensFault(cause)) return null;
      const message = 'Access tokens cannot be checked at the moment: their issuer does not answer.';
      throw new SkiffError(ErrorCode.SubgraphUnavailable, message, { retryAfterMs: RETRY_AFTER_MS }, { cause });
    }
  }
}

/** Whatever else goes wrong, a network for one, is no reason to say the token is bad, and none to let it pass. */
const isTheTokensFault = (error: unknown): boolean =>
  error instanceof errors.JWTExpired ||
  error instanceof errors.JWTClaimValidationFailed ||
  error instanceof errors.JWTInvalid ||
  error instanceof errors.JWSInvalid ||
  error instanceof errors.JWSSignatureVerificationFailed ||
  error instanceof errors.JWKSNoMatchingKey ||
  error instanceof errors.JWKSMultipleMatchingKeys ||
  error instanceof errors.JOSEAlgNotAllowed ||
  error instanceof errors.JOSENotSupported;
