/** What a read refuses, as a client sees it. */
import { ErrorCode, SkiffError } from '../../runtime/errors.ts';

/** An argument that can be no question: a date that is none, a cursor of another list. */
export class BadArgument extends SkiffError {
  constructor(message: string) {
    super(ErrorCode.BadUserInput, message);
  }
}

/** The list depends on the day, and the cursor was made on another one. */
export class CursorExpired extends SkiffError {
  constructor() {
    super(ErrorCode.CursorExpired, 'This cursor was made on another day. Begin again from the first page.');
  }
}

export class TooManyChildren extends SkiffError {
  constructor(most: number) {
    super(
      ErrorCode.CostLimit,
      `More than ${most} rows belong here. Ask for them as a list of their own, page by page.`,
    );
  }
}

export class ExportTooLong extends SkiffError {
  constructor() {
    super(ErrorCode.GatewayTimeout, 'The rows were taken more slowly than an export may take.');
  }
}

class TooExpensive extends SkiffError {
  constructor(cause: unknown) {
    super(ErrorCode.CostLimit, 'No index serves this combination of filter and order quickly enough.', {}, { cause });
  }
}

class DatabaseUnavailable extends SkiffError {
  constructor(cause: unknown) {
    super(ErrorCode.SubgraphUnavailable, 'The data cannot be read at the moment.', { retryAfterMs: 1_000 }, { cause });
  }
}

/** Connection failures, shutdown, too many connections: what another attempt may mend. */
const UNAVAILABLE = /^(08|57P0|53300|ECONNREFUSED|ECONNRESET|EPIPE|ENOENT|ETIMEDOUT)/;
const STATEMENT_TIMEOUT = '57014';

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

/** Whether the database could not be asked, rather than that it refused the question. */
export const isUnavailable = (error: unknown): boolean =>
  UNAVAILABLE.test(codeOf(error)) ||
  (error instanceof Error && /^(Connection terminated|timeout exceeded when trying to connect)/.test(error.message));

/** An error of the database in words for a client; one we do not know is a bug and stays as it is. */
export function readError(error: unknown): unknown {
  if (codeOf(error) === STATEMENT_TIMEOUT) return new TooExpensive(error);
  return isUnavailable(error) ? new DatabaseUnavailable(error) : error;
}
