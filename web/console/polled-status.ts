/** Asks for the status each second while somebody looks, and remembers the last two minutes of it. */
import { useEffect, useState } from 'react';
import { parseStatus, type Status } from './status.ts';

const POLL_MS = 1_000;
const PATIENCE_MS = 5_000;
const REMEMBERED = 120;

export interface Sample {
  readonly at: number;
  readonly status: Status;
}

export interface Polled {
  /** Oldest first; empty until the first answer. */
  readonly samples: readonly Sample[];
  /** Why the latest question has no answer. */
  readonly failure: string | null;
}

export function usePolledStatus(): Polled {
  const [polled, setPolled] = useState<Polled>({ samples: [], failure: null });
  useEffect(() => {
    const leaving = new AbortController();
    const poll = async () => {
      if (!document.hidden) {
        const answer = await ask(leaving.signal);
        if (leaving.signal.aborted) return;
        setPolled(({ samples }) => after(samples, answer));
      }
      timer = setTimeout(poll, POLL_MS);
    };
    let timer = setTimeout(poll);
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, []);
  return polled;
}

const after = (samples: readonly Sample[], answer: Status | Error): Polled =>
  answer instanceof Error
    ? { samples, failure: answer.message }
    : { samples: [...samples, { at: Date.now(), status: answer }].slice(-REMEMBERED), failure: null };

async function ask(leaving: AbortSignal): Promise<Status | Error> {
  try {
    const signal = AbortSignal.any([leaving, AbortSignal.timeout(PATIENCE_MS)]);
    const response = await fetch('/console/status.json', { signal, headers: { accept: 'application/json' } });
    if (!response.ok) return new Error(`The gateway answered ${response.status} ${response.statusText}`);
    return parseStatus(await response.json());
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
