/** Asks for the status each second while somebody looks, and remembers the last two minutes of it. */
import { useEffect, useState } from 'react';
import * as z from 'zod/mini';
import { askServer, useCaller } from '../caller.ts';
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
  /** Whether another credential would help. */
  readonly isDenied: boolean;
}

const NOTHING: Polled = { samples: [], failure: null, isDenied: false };

export function usePolledStatus(): Polled {
  const { credential } = useCaller();
  const [polled, setPolled] = useState(NOTHING);
  // biome-ignore lint/correctness/useExhaustiveDependencies: who asks anew asks at once
  useEffect(() => {
    const leaving = new AbortController();
    const poll = async () => {
      if (!document.hidden) {
        const answer = await ask(leaving.signal);
        if (leaving.signal.aborted) return;
        setPolled(({ samples }) => after(samples, answer));
        // The answer would be the same every second, and a line in the log each time.
        if (answer instanceof Denial) return;
      }
      timer = setTimeout(poll, POLL_MS);
    };
    let timer = setTimeout(poll);
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [credential]);
  return polled;
}

/** Who asks is not known, or may not ask this. */
class Denial extends Error {}

const after = (samples: readonly Sample[], answer: Status | Error): Polled =>
  answer instanceof Error
    ? { samples, failure: answer.message, isDenied: answer instanceof Denial }
    : { samples: [...samples, { at: Date.now(), status: answer }].slice(-REMEMBERED), failure: null, isDenied: false };

async function ask(leaving: AbortSignal): Promise<Status | Error> {
  try {
    const signal = AbortSignal.any([leaving, AbortSignal.timeout(PATIENCE_MS)]);
    const response = await askServer('/console/status.json', { signal, headers: { accept: 'application/json' } });
    if (response.status === 401 || response.status === 403) return new Denial(await reasonIn(response));
    if (!response.ok) return new Error(`The gateway answered ${response.status} ${response.statusText}`);
    return parseStatus(await response.json());
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

const Refused = z.object({ errors: z.array(z.object({ message: z.string() })) });

const reasonIn = async (response: Response): Promise<string> =>
  Refused.parse(await response.json())
    .errors.map(({ message }) => message)
    .join(' ');
