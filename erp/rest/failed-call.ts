/** What an answer that is none says, and when to ask again. */
import { ErpCallFailed } from '../transport.ts';

export const failedCall = (what: string, { status, headers }: Response, said = ''): ErpCallFailed =>
  new ErpCallFailed(`The ERP answered ${status} to ${what}${said && `: ${said}`}`, status, retryAfterMs(headers));

/** Seconds, or a date. */
function retryAfterMs(headers: Headers): number | null {
  const text = headers.get('retry-after');
  if (text === null) return null;
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}
