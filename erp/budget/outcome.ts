/** How a call ended, as the ERP's health goes. */
import { ErpCallFailed } from '../transport.ts';

/**
 * Whatever the ERP answers, and be it a refusal of the request, shows that it is well. After silence, or where the caller
 * left (`abandoned`), it may still be at work. A turn that was given too late is `unused`.
 */
export type Outcome =
  | { readonly kind: 'answered' | 'failed' | 'silent' | 'abandoned' | 'unused' }
  | { readonly kind: 'throttled'; readonly retryAfterMs: number | null };

const UNAVAILABLE = 503;

export function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof ErpCallFailed) || !error.mayPass) return { kind: 'answered' };
  const { isThrottled, status, retryAfterMs } = error;
  // A time to come back, e.g. of a maintenance window, is a wish like that of a 429.
  if (status === null) return { kind: 'silent' };
  return isThrottled || (status === UNAVAILABLE && retryAfterMs !== null)
    ? { kind: 'throttled', retryAfterMs }
    : { kind: 'failed' };
}
