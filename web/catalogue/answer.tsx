/** Asks for what a page is about, and draws what stands in its place until it is there. */
import { type ReactNode, useEffect, useState } from 'react';
import * as z from 'zod/mini';
import { askServer, useCaller } from '../caller.ts';
import { CredentialCard } from '../credential-card.tsx';
import { PageHeader } from '../page-header.tsx';

interface AnswerProps<T> {
  readonly address: string;
  readonly form: z.ZodMiniType<T>;
  readonly children: (answer: T) => ReactNode;
}

/** What was asked, or why it is not there. */
type Got<T> = { readonly answer: T } | { readonly fault: string };

export function Answer<T>({ address, form, children }: AnswerProps<T>) {
  const { credential, isRefused } = useCaller();
  const [got, setGot] = useState<Got<T> | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the answer depends on who asks
  useEffect(() => {
    const leaving = new AbortController();
    ask(address, form, leaving.signal).then((next) => !leaving.signal.aborted && setGot(next));
    return () => leaving.abort();
  }, [address, form, credential]);
  return (
    <>
      <PageHeader title="Data" />
      <main>
        {isRefused ? (
          <CredentialCard />
        ) : got === null ? (
          <p className="nothing">Asking …</p>
        ) : 'fault' in got ? (
          <p className="card reason" role="alert">
            {got.fault}
          </p>
        ) : (
          children(got.answer)
        )}
      </main>
    </>
  );
}

const Problem = z.object({ detail: z.string() });

async function ask<T>(address: string, form: z.ZodMiniType<T>, signal: AbortSignal): Promise<Got<T>> {
  try {
    const response = await askServer(address, { signal, headers: { accept: 'application/json' } });
    const content: unknown = await response.json();
    return response.ok ? { answer: form.parse(content) } : { fault: Problem.parse(content).detail };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}
