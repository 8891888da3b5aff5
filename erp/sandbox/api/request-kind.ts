/** What a request is after, told by its address alone: known before anything of it is checked, so that all are counted. */

export type RequestKind = 'token' | 'page' | 'ids' | 'keyset' | 'keys' | 'webhook' | 'search' | 'write';

/** Null for what is no address of the API. */
export function requestKind(method: string, { pathname, searchParams }: URL): RequestKind | null {
  if (pathname === '/oauth/token') return method === 'POST' ? 'token' : null;
  if (/^\/api\/v1\/webhooks(\/|$)/.test(pathname)) return 'webhook';
  if (!pathname.startsWith('/api/v1/')) return null;
  if (method === 'POST') return 'write';
  if (method !== 'GET') return null;
  if (['external_reference', 'external_reference_prefix'].some((name) => searchParams.has(name))) return 'search';
  if (pathname.endsWith('/keys')) return 'keys';
  if (searchParams.has('ids')) return 'ids';
  return searchParams.has('after') ? 'keyset' : 'page';
}

/** Which faults strike it. */
export function targetOf(kind: RequestKind): 'token' | 'read' | 'write' {
  if (kind === 'token') return 'token';
  return kind === 'webhook' || kind === 'write' ? 'write' : 'read';
}
