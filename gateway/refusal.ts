/** A request that gets no data: what is wrong with it, and the HTTP status that says so. */
import { ErrorCode, SkiffError } from '../runtime/errors.ts';
import type { AnswerError } from '../subgraphs/client-error.ts';

export class Refusal extends Error {
  readonly status: number;
  readonly errors: readonly AnswerError[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, errors: readonly AnswerError[], headers: Readonly<Record<string, string>> = {}) {
    super(errors[0]?.message);
    this.name = 'Refusal';
    this.status = status;
    this.errors = errors;
    this.headers = headers;
  }
}

export const refusal = (
  status: number,
  code: ErrorCode,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Refusal => new Refusal(status, [{ message, extensions: { code } }], headers);

/** What graphql-js found wrong with a document or its variables. */
export const badDocument = (errors: readonly AnswerError[]): Refusal =>
  new Refusal(
    400,
    errors.map((error) => ({ ...placed(error), extensions: { code: ErrorCode.BadUserInput } })),
  );

const placed = ({ message, locations }: AnswerError): AnswerError => (locations ? { message, locations } : { message });

/** The status an error gives an answer that has no data. */
const STATUS: Readonly<Record<string, number>> = {
  [ErrorCode.BadUserInput]: 400,
  [ErrorCode.DepthLimit]: 400,
  [ErrorCode.CostLimit]: 400,
  [ErrorCode.Forbidden]: 403,
  [ErrorCode.CursorExpired]: 410,
  [ErrorCode.SubgraphUnavailable]: 503,
  [ErrorCode.StaleData]: 503,
  [ErrorCode.NotYetVisible]: 503,
  [ErrorCode.GatewayTimeout]: 504,
};

export const statusOf = (code: unknown): number => STATUS[String(code)] ?? 500;

/** Anything thrown on the way to an answer, as the answer. */
export function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof SkiffError) return new Refusal(statusOf(error.extensions.code), [error]);
  return refusal(500, ErrorCode.InternalServerError, '');
}
