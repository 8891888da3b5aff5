/**
 * Who sends a request: a bearer token of the identity provider, or an API key as bearer, `X-API-Key` or Basic password.
 *
 * Nothing else in a request says who it is from. What is wrong about a credential is not told; that one is missing, and
 * what kinds there are, is.
 */
import type { IncomingMessage } from 'node:http';
import { LRUCache } from 'lru-cache';
import { ErrorCode } from '../runtime/errors.ts';
import type { Principal } from '../subgraphs/principal.ts';
import { isLocalHost } from './cors.ts';
import { before } from './deadline.ts';
import { type Refusal, refusal } from './refusal.ts';
import type { VerifyToken } from './tokens.ts';

/** Resolves with the principal, or rejects with a refusal. */
export type Authenticate = (request: IncomingMessage) => Promise<Principal>;

export interface AuthenticationSettings {
  /** Whose API key it is; null when it is nobody's. */
  readonly findApiKey: (key: string) => Promise<Principal | null>;
  /** Null when no identity provider is configured. */
  readonly verifyToken: VerifyToken | null;
  /** Who a request without a credential is from, when it comes from this machine; null to refuse it. */
  readonly localPrincipal: Principal | null;
}

export function authentication({ findApiKey, verifyToken, localPrincipal }: AuthenticationSettings): Authenticate {
  return async (request) => {
    const credentials = credentialsOf(request);
    const [credential, second] = credentials;
    if (!credential) {
      if (localPrincipal && asksLocalHost(request)) return localPrincipal;
      throw missing(verifyToken !== null);
    }
    if (second) throw invalid('Send one credential, not several.');
    const { kind, secret } = credential;
    // A token has points in it, a key has not.
    const isKey = kind === 'key' || !secret.includes('.');
    const principal = isKey ? await findApiKey(secret) : verifyToken ? await verifyToken(secret) : null;
    if (!principal) throw invalid('The credential is not known, or no longer good.');
    return principal;
  };
}

/** A database or an identity provider that has fallen silent is waited for no longer than for an answer. */
export const withDeadline =
  (authenticate: Authenticate, deadlineMs: number): Authenticate =>
  (request) =>
    before(performance.now() + deadlineMs, () => authenticate(request));

const REMEMBERED_MS = 1_000;
const MOST_REMEMBERED = 10_000;

/**
 * Who has just been found out, by the header as it came: to read a credential and look for it costs more than a kept
 * answer. What ends a credential is seen a second later for it.
 */
export class RecentPrincipals {
  readonly #known = new LRUCache<string, Principal>({ max: MOST_REMEMBERED, ttl: REMEMBERED_MS });
  readonly #authenticate: Authenticate;

  constructor(authenticate: Authenticate) {
    this.#authenticate = authenticate;
  }

  readonly authenticate: Authenticate = async (request) => {
    const header = credentialHeader(request);
    const principal = await this.#authenticate(request);
    if (header !== null) this.#known.set(header, principal);
    return principal;
  };

  known(request: IncomingMessage): Principal | undefined {
    const header = credentialHeader(request);
    return header === null ? undefined : this.#known.get(header);
  }
}

const CREDENTIAL_HEADERS = new Set(['authorization', 'x-api-key']);

/** The one header that says who it is; null where there is none, or several. */
function credentialHeader({ rawHeaders }: IncomingMessage): string | null {
  let found: string | null = null;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? '';
    if (!CREDENTIAL_HEADERS.has(name)) continue;
    if (found !== null) return null;
    found = `${name}: ${rawHeaders[at + 1]}`;
  }
  return found;
}

interface Credential {
  readonly kind: 'key' | 'token';
  readonly secret: string;
}

function credentialsOf({ headersDistinct }: IncomingMessage): Credential[] {
  const keys = (headersDistinct['x-api-key'] ?? []).map((secret): Credential => ({ kind: 'key', secret }));
  const authorizations = (headersDistinct.authorization ?? []).map((text): Credential => {
    const [, scheme = '', rest = ''] = /^(\S+) +(\S+) *$/.exec(text) ?? [];
    if (scheme.toLowerCase() === 'bearer') return { kind: 'token', secret: rest };
    if (scheme.toLowerCase() !== 'basic') throw invalid('Authorization is Bearer or Basic.');
    // The user's name is for whoever reads it; the password is the key.
    const decoded = Buffer.from(rest, 'base64').toString('utf8');
    return { kind: 'key', secret: decoded.slice(decoded.indexOf(':') + 1) };
  });
  return [...keys, ...authorizations];
}

/** A page of another site can lead a browser here under a name of its own; this is not the address it then asks for. */
function asksLocalHost({ headers: { host = '' } }: IncomingMessage): boolean {
  const url = `http://${host}`;
  return URL.canParse(url) && isLocalHost(new URL(url).hostname);
}

const missing = (takesTokens: boolean): Refusal =>
  unauthenticated(
    takesTokens
      ? 'Send an access token (Authorization: Bearer …) or an API key (X-API-Key).'
      : 'Send an API key (X-API-Key, or Authorization: Bearer …). `npm start -- keys create` makes one.',
    '',
  );

const invalid = (message: string): Refusal => unauthenticated(message, ', error="invalid_token"');

const unauthenticated = (message: string, error: string): Refusal =>
  refusal(401, ErrorCode.Unauthenticated, message, { 'www-authenticate': `Bearer realm="skiff"${error}` });
