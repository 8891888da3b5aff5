/** Answers in parts begin when their first part is there: until then what fails still has a status to fail with. */
import { ErrorCode } from '../../runtime/errors.ts';
import { refusal } from '../refusal.ts';

/** The parts, when the first of them is there. */
export async function begun(parts: AsyncIterable<Uint8Array>, deadlineMs: number): Promise<AsyncIterable<Uint8Array>> {
  const iterator = parts[Symbol.asyncIterator]();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(refusal(504, ErrorCode.GatewayTimeout, 'The first rows took too long.')),
    deadlineMs,
  );
  try {
    const first = await Promise.race([iterator.next(), late.promise]);
    return joined(first, iterator);
  } finally {
    clearTimeout(timer);
  }
}

async function* joined(
  first: IteratorResult<Uint8Array>,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  try {
    for (let part = first; !part.done; part = await rest.next()) yield part.value;
  } finally {
    await rest.return?.();
  }
}
