/** What a request is after, told by its address alone: known before anything of it is checked, so that all are counted. */

export type RequestKind = 'token' | 'page' | 'ids' | 'keyset' | 'keys' | 'webhook';

/** Null for what is no address of the API. */
export function requestKind(method: string, { pathname, searchParams }: URL): RequestKind | null {
  if (pathname === '/oauth/token') return method === 'POST' ? 'token' : null;
  if (/^\/api\/v1\/webhooks(\/|$)/.test(pathname)) return 'webhook';
  if (method !== 'GET' || !pathname.startsWith('/api/v1/')) return null;
  if (pathname.endsWith('/keys')) return 'keys';
  if (searchParams.has('ids')) return 'ids';
  return searchParams.has('after') ? 'keyset' : 'page';
}

/** What a fault would have to strike to strike it. */
export const targetOf = (kind: RequestKind): 'token' | 'read' | 'write' =>
  kind === 'token' ? 'token' : kind === 'webhook' ? 'write' : 'read';
