/** The documents that this caller may ask by id, as `GET /graphql/documents` says. */
import { parse, print } from 'graphql';
import { useEffect, useState } from 'react';
import * as z from 'zod/mini';
import { askServer, useCaller } from '../caller.ts';

export interface Registered {
  /** All of its ids, the one for people first. */
  readonly ids: readonly string[];
  readonly text: string;
}

const Answer = z.object({ documents: z.array(z.object({ ids: z.array(z.string()), text: z.string() })) });

/** Asked once for each caller. Empty until there is an answer, and when there is none. */
export function useRegistered(): readonly Registered[] {
  const { credential } = useCaller();
  const [registered, setRegistered] = useState<readonly Registered[]>([]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the answer depends on who asks
  useEffect(() => {
    const leaving = new AbortController();
    ask(leaving.signal).then(setRegistered, () => setRegistered([]));
    return () => leaving.abort();
  }, [credential]);
  return registered;
}

async function ask(signal: AbortSignal): Promise<readonly Registered[]> {
  const response = await askServer('/graphql/documents', { signal });
  return response.ok ? Answer.parse(await response.json()).documents : [];
}

/** The id under which this text is registered, whatever its spaces and comments. */
export const registeredId = (text: string, registered: readonly Registered[]): string | null =>
  registered.find((one) => plain(one.text) === plain(text))?.ids[0] ?? null;

const plain = (text: string): string => print(parse(text));
