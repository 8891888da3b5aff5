/**
 * OAuth2 client credentials (RFC 6749 §4.4). A token is known to this process alone and dies with it, as with an ERP that
 * was restarted: clients meet tokens that end before their time.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type Answer, json, Refusal, readBody } from './http.ts';

/** The one client the sandbox knows. */
export const sandboxClient = { id: 'skiff', secret: 'sandbox' } as const;

export interface Tokens {
  /** Answers `POST /oauth/token`. */
  issue(request: IncomingMessage): Promise<Answer>;
  /** Throws the refusal that belongs to a request without a valid token. */
  check(request: IncomingMessage): void;
}

export function tokenIssuer(lifetimeMs: number): Tokens {
  const validUntil = new Map<string, number>();
  const forgetExpired = () => {
    for (const [token, until] of validUntil) if (until <= performance.now()) validUntil.delete(token);
  };
  return {
    async issue(request) {
      const form = new URLSearchParams(await readBody(request));
      if (form.get('grant_type') !== 'client_credentials') return oauthError(400, 'unsupported_grant_type');
      const given = basicCredentials(request) ?? { id: form.get('client_id'), secret: form.get('client_secret') };
      if (!same(given.id, sandboxClient.id) || !same(given.secret, sandboxClient.secret)) {
        return oauthError(401, 'invalid_client');
      }
      forgetExpired();
      const token = randomBytes(32).toString('base64url');
      validUntil.set(token, performance.now() + lifetimeMs);
      return json(200, { access_token: token, token_type: 'Bearer', expires_in: lifetimeMs / 1_000 });
    },
    check({ headers }) {
      const [, token] = /^Bearer +([\w-]+)$/i.exec(headers.authorization ?? '') ?? [];
      const until = token === undefined ? undefined : validUntil.get(token);
      if (until !== undefined && until > performance.now()) return;
      const reason = token === undefined ? '' : ' error="invalid_token"';
      throw new Refusal(401, 'invalid_token', 'Get a token from POST /oauth/token and send it as Bearer.', {
        'www-authenticate': `Bearer${reason}`,
      });
    },
  };
}

/** Errors of this address have the form of RFC 6749, not the API's. */
const oauthError = (status: number, error: string): Answer => json(status, { error });

function basicCredentials({ headers }: IncomingMessage): { id: string; secret: string } | undefined {
  const [, encoded] = /^Basic +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const [id = '', ...secret] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return { id, secret: secret.join(':') };
}

function same(given: string | null, expected: string): boolean {
  const [one, other] = [Buffer.from(given ?? ''), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
