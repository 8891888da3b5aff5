/**
 * Who looks at a page: a token or API key, held in this variable for as long as the page is open and stored nowhere.
 *
 * Every page asks its own server through `askServer`. What a browser would add by itself (cookies, the password of a
 * dialog) stays out of it, and so no dialog comes up either: a page has a field to ask for the credential.
 */
import { useSyncExternalStore } from 'react';

export interface Caller {
  /** Empty when the visitor gave none. */
  readonly credential: string;
  /** The latest answer was that this caller is not known. */
  readonly isRefused: boolean;
}

let caller: Caller = { credential: '', isRefused: false };
const listeners = new Set<() => void>();

function become(next: Caller): void {
  caller = next;
  for (const listener of listeners) listener();
}

export const setCredential = (credential: string): void => become({ credential: credential.trim(), isRefused: false });

export const useCaller = (): Caller =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => caller,
  );

/** As `fetch`. A credential the request brings itself goes before the visitor's. */
export async function askServer(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const { credential } = caller;
  const headers = new Headers(init.headers);
  const isOwn = headers.has('authorization') || headers.has('x-api-key');
  if (credential !== '' && !isOwn) headers.set('authorization', `Bearer ${credential}`);
  const response = await fetch(input, { ...init, headers, credentials: 'omit' });
  const isRefused = response.status === 401;
  // An answer to who asked before says nothing of who asks now.
  if (credential === caller.credential && isRefused !== caller.isRefused) become({ credential, isRefused });
  return response;
}
