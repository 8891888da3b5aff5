/** What a client sees of a fault. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../faults.ts';
import type { Counters } from './counters.ts';
import { Refusal } from './http.ts';
import type { Limits } from './limits.ts';

/** Thrown to have the connection reset. */
export class LineCut extends Error {
  /** What is sent before. */
  readonly sent: string;

  constructor(sent = '') {
    super('The line is cut');
    this.name = 'LineCut';
    this.sent = sent;
  }
}

export const isCut = (faults: readonly Fault[]): boolean => faults.some(({ kind }) => kind === 'cut');

/** A proxy's answer, which is no JSON. */
export const badGatewayPage = {
  status: 502,
  headers: { 'content-type': 'text/html', server: 'nginx' },
  body: '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n',
} as const;

/** Thrown to have the proxy's page sent. */
export class BadGateway extends Error {
  override readonly name = 'BadGateway';
}

/** Lets the faults happen that do not let a request through. */
export function failBefore(faults: readonly Fault[], limits: Limits, counters: Counters): void {
  for (const fault of faults) {
    switch (fault.kind) {
      case 'reset':
        throw new LineCut();
      case 'badGateway':
        throw new BadGateway();
      case 'error':
        throw new Refusal(500, 'internal_error', 'The server met an unexpected condition.');
      case 'maintenance':
        throw new Refusal(503, 'maintenance', 'The ERP is being maintained.', retryAfter(fault.retryAfterSeconds));
      case 'storm':
        counters.tooManyRequests.storm += 1;
        throw limits.refusal(fault.retryAfterSeconds, 'The ERP is busy.');
    }
  }
}

/** Lets the time pass that slow ones take, unless they are over before: an ERP that is well again holds nothing back. */
export async function delay(faults: readonly Fault[], over: AbortSignal): Promise<void> {
  for (const fault of faults) {
    if (fault.kind === 'slow') await sleep(fault.ms, undefined, { signal: over }).catch(() => undefined);
  }
}

function retryAfter(seconds: number | null): Record<string, string> {
  return seconds === null ? {} : { 'retry-after': String(seconds) };
}
