/** The time that an answer may take, for whatever it waits for. */
import { ErrorCode } from '../runtime/errors.ts';
import { refusal } from './refusal.ts';

/** Rejects with `GATEWAY_TIMEOUT` when time is up. What runs on then is told so, and its result is dropped. */
export async function before<Result>(
  deadlineAt: number,
  work: (late: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const late = new AbortController();
  const deadline = Promise.withResolvers<never>();
  const end = () => {
    late.abort();
    deadline.reject(refusal(504, ErrorCode.GatewayTimeout, 'The answer took too long.'));
  };
  const timer = setTimeout(end, Math.max(0, deadlineAt - performance.now()));
  try {
    return await Promise.race([work(late.signal), deadline.promise]);
  } finally {
    clearTimeout(timer);
  }
}
