/**
 * Quota and concurrency limit. A request beyond one is refused with 429, counted as a violation, and uses up nothing.
 *
 * A request has left before its answer is written: a client that sends its next one as soon as it has the answer is
 * within the limit.
 */
import type { Counters } from './counters.ts';
import { Refusal } from './http.ts';
import type { Profile } from './profiles.ts';

export interface Admission {
  readonly headers: Readonly<Record<string, string>>;
  leave(): void;
}

export interface Limits {
  /** Lets a request in, or throws its refusal. */
  admit(): Admission;
  /** 429, sometimes without saying for how long. */
  refusal(retryAfterSeconds: number | null, message: string): Refusal;
}

type LimitSettings = Pick<Profile, 'quota' | 'concurrency' | 'silentRefusal'>;

export function requestLimits({ quota, concurrency, silentRefusal }: LimitSettings, counters: Counters): Limits {
  /** When the requests of the last window were let in. */
  const admitted: number[] = [];
  let refusals = 0;

  function refusal(retryAfterSeconds: number | null, message: string): Refusal {
    refusals += 1;
    const isSilent = retryAfterSeconds === null || (silentRefusal && refusals % silentRefusal.oneOf === 0);
    const headers: Record<string, string> = isSilent ? {} : { 'retry-after': String(retryAfterSeconds) };
    return new Refusal(429, 'rate_limited', message, headers);
  }

  function refuse(limit: 'quota' | 'concurrency', retryAfterSeconds: number, message: string): never {
    counters.violations[limit] += 1;
    counters.tooManyRequests[limit] += 1;
    throw refusal(retryAfterSeconds, message);
  }

  return {
    refusal,
    admit() {
      const now = performance.now();
      if (concurrency !== null && counters.open >= concurrency) {
        refuse('concurrency', 1, `No more than ${concurrency} requests may be open at a time.`);
      }
      const headers: Record<string, string> = {};
      if (quota) {
        const past = admitted.findIndex((at) => at > now - quota.windowMs);
        admitted.splice(0, past === -1 ? admitted.length : past);
        const [oldest = now] = admitted;
        if (admitted.length >= quota.requests) {
          const seconds = Math.max(1, Math.ceil((oldest + quota.windowMs - now) / 1_000));
          refuse('quota', seconds, `No more than ${quota.requests} requests in ${quota.windowMs / 1_000} s.`);
        }
        admitted.push(now);
        counters.peak.perWindow = Math.max(counters.peak.perWindow, admitted.length);
        headers['x-ratelimit-limit'] = String(quota.requests);
        headers['x-ratelimit-remaining'] = String(quota.requests - admitted.length);
      }
      counters.open += 1;
      counters.peak.concurrency = Math.max(counters.peak.concurrency, counters.open);
      let isInside = true;
      return {
        headers,
        leave() {
          if (isInside) counters.open -= 1;
          isInside = false;
        },
      };
    },
  };
}
