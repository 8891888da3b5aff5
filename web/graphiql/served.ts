/** What this server says at an address, to whoever asks at present. */
import { useEffect, useState } from 'react';
import type * as z from 'zod/mini';
import { askServer, useCaller } from '../caller.ts';

/** Asked once for each caller. Null until there is an answer, and when there is none. */
export function useServed<T>(address: string, form: z.ZodMiniType<T>): T | null {
  const { credential } = useCaller();
  const [served, setServed] = useState<T | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the answer depends on who asks
  useEffect(() => {
    const leaving = new AbortController();
    const become = (next: T | null) => leaving.signal.aborted || setServed(next);
    ask(address, form, leaving.signal).then(become, () => become(null));
    return () => leaving.abort();
  }, [address, form, credential]);
  return served;
}

async function ask<T>(address: string, form: z.ZodMiniType<T>, signal: AbortSignal): Promise<T | null> {
  const response = await askServer(address, { signal, headers: { accept: 'application/json' } });
  return response.ok ? form.parse(await response.json()) : null;
}
