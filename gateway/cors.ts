/** Which web pages of other origins may read answers. Credentials of a browser are never asked for. */
import type { IncomingMessage } from 'node:http';

/** Origins by name, or any port of this machine, for development. */
export type CorsOrigins = readonly string[] | 'localhost';

const READABLE = [
  'Skiff-As-Of',
  'Skiff-Position',
  'Skiff-Stale',
  'X-Request-Id',
  'Retry-After',
  'Server-Timing',
  'ETag',
  'Link',
];
const LOCAL_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]', '::1']);

/** Whether the name can mean no machine but this one. */
export const isLocalHost = (name: string): boolean => LOCAL_HOSTS.has(name);

/** The headers for a request's answer; none for an origin that may not read it. */
export function corsHeaders(request: IncomingMessage, origins: CorsOrigins): Record<string, string> {
  const { origin } = request.headers;
  if (origin === undefined || !isAllowed(origin, origins)) return { vary: 'Origin' };
  return {
    vary: 'Origin',
    'access-control-allow-origin': origin,
    'access-control-expose-headers': READABLE.join(', '),
  };
}

export const isPreflight = ({ method, headers }: IncomingMessage): boolean =>
  method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;

export function preflightHeaders(request: IncomingMessage, origins: CorsOrigins): Record<string, string> {
  const headers = corsHeaders(request, origins);
  if (!('access-control-allow-origin' in headers)) return headers;
  return {
    ...headers,
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers': request.headers['access-control-request-headers'] ?? '',
    'access-control-max-age': '600',
  };
}

function isAllowed(origin: string, origins: CorsOrigins): boolean {
  if (origins !== 'localhost') return origins.includes(origin);
  return URL.canParse(origin) && isLocalHost(new URL(origin).hostname);
}
