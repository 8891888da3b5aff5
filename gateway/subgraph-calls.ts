/**
 * How the gateway asks a subgraph: in this process by a function call, elsewhere by HTTP.
 *
 * A subgraph that cannot be reached, or answers what is no GraphQL, is `SUBGRAPH_UNAVAILABLE`; one that
 * takes too long `GATEWAY_TIMEOUT`. What it really said goes to the log.
 */
import { type DocumentNode, type ExecutionResult, GraphQLError, print } from 'graphql';
import { z } from 'zod';
import { ErrorCode, SkiffError } from '../runtime/errors.ts';
import type { SubgraphContext } from '../subgraphs/context.ts';
import { IDENTITY_HEADER, signedIdentity } from '../subgraphs/identity.ts';
import type { LocalSubgraph, SubgraphRequest } from '../subgraphs/in-process.ts';
import type { Principal } from '../subgraphs/principal.ts';
import { GROUNDS_EXTENSION, GROUNDS_HEADER, ToldGrounds } from '../subgraphs/told-grounds.ts';
import { freshnessIn, PATIENCE_HEADER, REQUEST_ID_HEADER, TODAY_HEADER, tokenIn } from '../subgraphs/wire.ts';
import { type FreshnessWishes, wishHeaders } from '../subgraphs/wishes.ts';

/** What belongs to one client request on its way through the subgraphs. */
export interface RequestContext {
  readonly requestId: string;
  readonly principal: Principal;
  readonly subgraph: SubgraphContext;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  readonly wishes: FreshnessWishes;
  /** When it came and when it must be answered, by our monotonic clock. */
  readonly arrivedAt: number;
  readonly deadlineAt: number;
}

/** The rest is for reading the rows and sending them. */
const WAITING_SHARE = 0.8;

/** How long may be waited for read models to become fresh enough. */
export const patienceMs = ({ deadlineAt }: RequestContext, limitMs = Number.POSITIVE_INFINITY): number =>
  Math.max(0, Math.floor(WAITING_SHARE * Math.min(limitMs, deadlineAt - performance.now())));

export type SubgraphCall = (request: SubgraphRequest, context: RequestContext) => Promise<ExecutionResult>;

export function callInProcess(subgraph: LocalSubgraph): SubgraphCall {
  return async (request, context) => {
    try {
      return await subgraph(request, context.subgraph);
    } catch (error) {
      return { errors: [failed(error)] };
    }
  };
}

/** Answers of another process are read at the border: they may be of another version. */
const Answer = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z
    .array(
      z.object({
        message: z.string(),
        path: z.array(z.union([z.string(), z.number()])).optional(),
        extensions: z.record(z.string(), z.unknown()).optional(),
      }),
    )
    .optional(),
  // What is not understood of them is as if it were not told.
  extensions: z
    .object({ [GROUNDS_EXTENSION]: ToldGrounds })
    .optional()
    .catch(undefined),
});

/** `secret` is known to the subgraph: it signs who asks. */
export function callByHttp(name: string, url: string, secret: string, timeoutMs: number): SubgraphCall {
  const texts = new WeakMap<DocumentNode, string>();
  const textOf = (document: DocumentNode): string => {
    const text = texts.get(document) ?? print(document);
    texts.set(document, text);
    return text;
  };
  return async ({ document, operationName, variables }, context) => {
    const { requestId, principal, subgraph, signal, wishes, arrivedAt } = context;
    try {
      const response = await fetchOnceMore(url, {
        method: 'POST',
        headers: {
          accept: 'application/json',
          'content-type': 'application/json',
          [REQUEST_ID_HEADER]: requestId,
          [IDENTITY_HEADER]: signedIdentity(principal, requestId, secret),
          [TODAY_HEADER]: subgraph.today,
          [PATIENCE_HEADER]: String(patienceMs(context, timeoutMs)),
          ...(subgraph.grounds() ? { [GROUNDS_HEADER]: '1' } : {}),
          ...wishHeaders(wishes, performance.now() - arrivedAt),
        },
        body: JSON.stringify({ query: textOf(document), operationName, variables }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        redirect: 'error',
      });
      const { data, errors = [], extensions } = Answer.parse(await response.json());
      if (extensions) subgraph.grounds()?.add(extensions[GROUNDS_EXTENSION]);
      else subgraph.grounds()?.blur();
      subgraph.freshness.include(freshnessIn(response.headers));
      const token = tokenIn(response.headers);
      if (token) {
        subgraph.freshness.saw(token.position);
        subgraph.freshness.owe(token.commands);
      } else subgraph.freshness.sawNothing();
      return { data: data ?? null, errors: errors.map(({ message, ...rest }) => new GraphQLError(message, rest)) };
    } catch (error) {
      return { errors: [failed(unreachable(name, error))] };
    }
  };
}

/** A kept connection may close just as it is used again: the server has then seen nothing of the request. */
async function fetchOnceMore(url: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(url, request);
  } catch (error) {
    if (!(error instanceof Error && codeOf(error.cause) === 'UND_ERR_SOCKET')) throw error;
    return fetch(url, request);
  }
}

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;

function unreachable(name: string, cause: unknown): SkiffError {
  const isLate = cause instanceof Error && cause.name === 'TimeoutError';
  return isLate
    ? new SkiffError(ErrorCode.GatewayTimeout, `The subgraph "${name}" took too long.`, {}, { cause })
    : new SkiffError(ErrorCode.SubgraphUnavailable, `The subgraph "${name}" does not answer.`, {}, { cause });
}

const failed = (error: unknown): GraphQLError => {
  const originalError = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(originalError.message, { originalError });
};
