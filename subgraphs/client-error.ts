/**
 * What of an error a client sees: one of our codes, a message made for it, and a few details.
 *
 * Everything else stays in the house (statements, addresses, stacks, what another process answered) and
 * goes to the log. An error without one of our codes is a bug of ours, or a value that cannot be said.
 */
import type { GraphQLFormattedError } from 'graphql';
import { ErrorCode } from '../runtime/errors.ts';

/** Details that some of our errors carry. */
const DETAILS = ['retryAfterMs', 'asked', 'applied'] as const;
const MOST_CHARACTERS = 500;
const UNKNOWN = 'Something went wrong on our side. The log has it under this request id.';

const CODES: ReadonlySet<unknown> = new Set(Object.values(ErrorCode));

/** Of a GraphQLError, or of what arrived as one from another process. */
export interface AnswerError {
  readonly message: string;
  readonly path?: readonly (string | number)[] | undefined;
  readonly locations?: GraphQLFormattedError['locations'];
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

export interface ClientError {
  readonly error: GraphQLFormattedError;
  /** The original belongs into the log. */
  readonly isUnknown: boolean;
}

export function clientError({ message, path, locations, extensions = {} }: AnswerError): ClientError {
  const isKnown = CODES.has(extensions.code) && extensions.code !== ErrorCode.InternalServerError;
  const details = DETAILS.flatMap((name) => (name in extensions ? [[name, extensions[name]]] : []));
  return {
    error: {
      message: isKnown ? message.slice(0, MOST_CHARACTERS) : UNKNOWN,
      // Places in a document mean something to who wrote it: of what a subgraph was asked they do not.
      ...(path ? { path } : locations ? { locations } : {}),
      extensions: isKnown
        ? { ...Object.fromEntries(details), code: extensions.code }
        : { code: ErrorCode.InternalServerError },
    },
    isUnknown: !isKnown,
  };
}
