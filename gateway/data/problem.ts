/** What went wrong, to whoever reads data: `application/problem+json` (RFC 9457), with our codes. */
import { STATUS_CODES } from 'node:http';
import { clientError } from '../../subgraphs/client-error.ts';
import type { Answer, Exchange } from '../http-server.ts';
import type { Refusal } from '../refusal.ts';

export function problem({ status, errors, headers }: Refusal, { url, requestId }: Exchange): Answer {
  const told = errors.map((error) => clientError(error).error);
  const [first] = told;
  const { code, retryAfterMs } = first?.extensions ?? {};
  const body = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: first?.message ?? '',
    instance: url.pathname,
    code,
    requestId,
    ...(told.length > 1 ? { errors: told.map(({ message }) => ({ message })) } : {}),
  };
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(typeof retryAfterMs === 'number' ? { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)) } : {}),
      ...headers,
    },
    body: JSON.stringify(body),
  };
}
