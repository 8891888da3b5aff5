/** How a call ended, as the ERP's health goes. */
import { ErpCallFailed } from '../transport.ts';

/** `abandoned`: the caller left, which says nothing. Whatever the ERP answers, and be it a refusal, shows that it is well. */
export type Outcome =
  | { readonly kind: 'answered' | 'failed' | 'abandoned' }
  | { readonly kind: 'throttled'; readonly retryAfterMs: number | null };

const UNAVAILABLE = 503;

export function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof ErpCallFailed) || !error.mayPass) return { kind: 'answered' };
  const { isThrottled, status, retryAfterMs } = error;
  // A time to come back, e.g. of a maintenance window, is a wish like that of a 429.
  return isThrottled || (status === UNAVAILABLE && retryAfterMs !== null)
    ? { kind: 'throttled', retryAfterMs }
    : { kind: 'failed' };
}
