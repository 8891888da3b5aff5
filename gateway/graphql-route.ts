/**
 * `/graphql`: a document with its variables in, data, errors and freshness out.
 *
 *     principal ─► byte limit ─► parameters ─► document (parsed, measured, validated; cached) ─► variables ─► cost
 *       ─► fresh enough ─► plan and execute, until the deadline ─► errors as clients may see them ─► answer
 *
 * What is refused before execution has no data and a status that says so; what fails in it is an error at
 * its field, and the rest of the answer stands.
 */
import { type ExecutionResult, GraphQLError, type GraphQLFormattedError, OperationTypeNode } from 'graphql';
import { ErrorCode } from '../runtime/errors.ts';
import type { Log } from '../runtime/log.ts';
import { type AnswerError, clientError } from '../subgraphs/client-error.ts';
import type { NewContext, SubgraphContext } from '../subgraphs/context.ts';
import type { MakeFresh } from '../subgraphs/fresh-enough.ts';
import { nobody, type Principal } from '../subgraphs/principal.ts';
import { type FreshnessWishes, wishesIn } from '../subgraphs/wishes.ts';
import type { Authenticate } from './authentication.ts';
import { answerWith, askedText, cachedAnswer } from './cached-answer.ts';
import { before } from './deadline.ts';
import type { Deployment, Prepared } from './deployment.ts';
import { asEvents, asksForEvents, type EventStreams, type StreamState } from './event-stream.ts';
import { answerHeaders, executeFresh } from './fresh-execution.ts';
import {
  contentTypeOf,
  type GraphqlRequest,
  type ResponseType,
  requestInBody,
  requestInUrl,
  responseTypeOf,
} from './graphql-request.ts';
import { type Answer, type Exchange, json, originOf, type Route } from './http-server.ts';
import { asRefusal, refusal, statusOf } from './refusal.ts';
import type { RequestMetrics } from './request-metrics.ts';
import type { Filling, MadeAnswer, ResponseCache } from './response-cache.ts';
import { patienceMs, type RequestContext } from './subgraph-calls.ts';

export interface GraphqlRouteSettings {
  /** The deployment that new requests begin on. */
  readonly current: () => Deployment;
  readonly newContext: NewContext;
  readonly authenticate: Authenticate;
  /** Whether who sent this may ask in words of their own, and not only what is registered. */
  readonly maySendText: (principal: Principal) => boolean;
  readonly makeFresh: MakeFresh;
  readonly streams: EventStreams;
  /** Null where answers are not kept. */
  readonly responses: ResponseCache | null;
  readonly deadlineMs: number;
  readonly requests: RequestMetrics;
  readonly log: Log;
}

const ANONYMOUS = 'anonymous';
/** A page of bad rows is one fault, not fifty. */
const MOST_LINES = 3;

export function graphqlRoute(settings: GraphqlRouteSettings): Route {
  return {
    path: '/graphql',
    methods: ['GET', 'POST'],
    async answer(exchange) {
      const isEvents = asksForEvents(exchange);
      const answer = await answerTo(exchange, isEvents, settings);
      return isEvents && typeof answer.body === 'string' && answer.status === 200 ? asEvents(answer) : answer;
    },
  };
}

/** The whole answer; of a subscription, its stream. */
async function answerTo(exchange: Exchange, isEvents: boolean, settings: GraphqlRouteSettings): Promise<Answer> {
  const ended = settings.requests.begin();
  const arrivedAt = performance.now();
  const origin = originOf(exchange);
  let subgraph = settings.newContext(nobody, origin);
  let principal: Principal | undefined;
  let prepared: Prepared | undefined;
  let filling: Filling | null = null;
  let responseType: ResponseType = 'application/json';
  let outcome: Outcome;
  const finished = async (made: MadeAnswer, operation: string): Promise<Answer> => {
    const answer = await answerWith(made, subgraph.freshness, exchange.request, contentTypeOf(responseType));
    ended({ operation, status: answer.status, codes: [] });
    return { ...answer, operation, principal: principal?.name };
  };
  try {
    if (!isEvents) responseType = responseTypeOf(exchange.request.headers.accept);
    principal = await settings.authenticate(exchange.request);
    subgraph = settings.newContext(principal, origin);
    const wishes = wishesIn(exchange.request.headers);
    const deployment = settings.current();
    const body = await bytesOf(exchange);
    const context = contextOf(exchange, principal, subgraph, wishes, arrivedAt, settings);
    const mayBeKept = settings.responses && !isEvents && !isExplained(exchange, principal) && !wishes.commands;
    const question = mayBeKept ? askedText(exchange.request, body, deployment.fingerprint) : null;
    const responses = question === null ? null : settings.responses;
    if (responses && question !== null) {
      const asking = {
        asked: question,
        principal,
        wishes,
        subgraph,
        patienceMs: () => patienceMs(context),
        signal: context.signal,
      };
      const kept = await before(context.deadlineAt, () => cachedAnswer(responses, settings.makeFresh, asking));
      if (kept) return await finished(kept, kept.operation);
    }
    const asked = askedIn(exchange, body);
    prepared = prepare(asked, exchange, principal, deployment, settings);
    if (prepared.watched !== null) {
      const stream = await subscribed(prepared.watched, asked, exchange, isEvents, settings);
      const operation = prepared.operation.name?.value ?? ANONYMOUS;
      ended({ operation, status: 200, codes: [] });
      return { ...stream, operation, principal: principal.name };
    }
    const { cacheable } = prepared;
    filling =
      responses && question !== null && cacheable
        ? responses.fill(question, principal.access, subgraph.today, cacheable)
        : null;
    if (filling) subgraph.restOn(filling.grounds);
    const result = await beforeDeadline(prepared, context, settings, () => filling?.begin());
    if (filling && cacheable && result.data && !result.errors?.length) {
      const made = filling.keep(Buffer.from(`{"data":${JSON.stringify(result.data)}`), subgraph.freshness);
      return await finished(made, cacheable.operation);
    }
    outcome = executed(result);
  } catch (error) {
    outcome = refused(error);
  } finally {
    filling?.end();
  }
  const operation = prepared?.operation.name?.value ?? ANONYMOUS;
  const errors = told(outcome.errors, operation, exchange.requestId, settings.log);
  ended({ operation, status: outcome.status, codes: codesOf(errors) });
  const explain = isExplained(exchange, principal) ? outcome.explain : undefined;
  return {
    ...answerOf({ ...outcome, explain }, errors, subgraph, responseType),
    operation,
    principal: principal?.name,
  };
}

function contextOf(
  { requestId, signal }: Exchange,
  principal: Principal,
  subgraph: SubgraphContext,
  wishes: FreshnessWishes,
  arrivedAt: number,
  { deadlineMs }: GraphqlRouteSettings,
): RequestContext {
  return { requestId, principal, subgraph, signal, wishes, arrivedAt, deadlineAt: performance.now() + deadlineMs };
}

/** Each of its states is judged anew, in the name of who asks: a credential that was revoked ends it. */
function subscribed(
  id: string,
  asked: GraphqlRequest,
  exchange: Exchange,
  isEvents: boolean,
  settings: GraphqlRouteSettings,
): Promise<Answer> {
  if (!isEvents) {
    throw refusal(406, ErrorCode.BadUserInput, 'A subscription is answered as events: send Accept: text/event-stream.');
  }
  const { newContext, authenticate, streams, log } = settings;
  const look = async (): Promise<StreamState> => {
    const arrivedAt = performance.now();
    const principal = await authenticate(exchange.request);
    const prepared = prepare(asked, exchange, principal, settings.current(), settings);
    const subgraph = newContext(principal, originOf(exchange));
    const progress = await subgraph.desk().progress(id);
    const wishes = wishesIn(exchange.request.headers);
    return {
      version: String(progress?.version ?? 'none'),
      isLast: progress?.isOver ?? true,
      async tell() {
        const context = contextOf(exchange, principal, subgraph, wishes, arrivedAt, settings);
        const outcome = await beforeDeadline(prepared, context, settings).then(executed, refused);
        const errors = told(outcome.errors, prepared.operation.name?.value ?? ANONYMOUS, exchange.requestId, log);
        return JSON.stringify(bodyOf(outcome, errors, subgraph));
      },
    };
  };
  let isFirst = true;
  return streams.open(exchange, id, async () => {
    if (isFirst) {
      isFirst = false;
      return look();
    }
    return look().catch((error: unknown): StreamState => {
      const errors = told(refused(error).errors, ANONYMOUS, exchange.requestId, log);
      return { version: 'refused', isLast: true, tell: async () => JSON.stringify({ errors }) };
    });
  });
}

interface Outcome {
  readonly status: number;
  readonly errors: readonly AnswerError[];
  /** Absent when nothing was executed. */
  readonly data?: ExecutionResult['data'];
  /** Which way the answer came. */
  readonly explain?: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/** A developer may ask how a document was answered, by `Skiff-Explain: 1`. */
const isExplained = ({ request }: Exchange, principal: Principal | undefined): boolean =>
  principal?.scopes.has('develop') === true && request.headers['skiff-explain'] === '1';

/** Null of a request that has no body. */
const bytesOf = async (exchange: Exchange): Promise<Buffer | null> =>
  exchange.request.method === 'GET' ? null : exchange.body();

const askedIn = (exchange: Exchange, body: Buffer | null): GraphqlRequest =>
  body === null
    ? requestInUrl(exchange.request.headers, exchange.url.searchParams)
    : requestInBody(exchange.request.headers, body);

function prepare(
  asked: GraphqlRequest,
  { request }: Exchange,
  principal: Principal,
  deployment: Deployment,
  settings: GraphqlRouteSettings,
): Prepared {
  if (asked.query !== undefined && !settings.maySendText(principal)) {
    throw refusal(
      403,
      ErrorCode.PersistedDocumentOnly,
      'Send the id of a registered document: texts are not answered.',
    );
  }
  const prepared = deployment.prepare(asked, principal);
  if (request.method === 'GET' && prepared.operation.operation === OperationTypeNode.MUTATION) {
    throw refusal(405, ErrorCode.BadUserInput, 'A GET only asks. Send a mutation by POST.', { allow: 'POST' });
  }
  return prepared;
}

const beforeDeadline = (
  prepared: Prepared,
  context: RequestContext,
  { makeFresh }: GraphqlRouteSettings,
  onFresh?: () => void,
): Promise<ExecutionResult> =>
  before(context.deadlineAt, (late) => {
    const signal = AbortSignal.any([context.signal, late]);
    return executeFresh(prepared, { ...context, signal }, makeFresh, onFresh);
  });

function executed({ data, errors = [], extensions }: ExecutionResult): Outcome {
  const status = data ? 200 : statusOf(errors[0]?.extensions.code);
  return { status, errors, data: data ?? null, explain: extensions?.explain, headers: {} };
}

function refused(error: unknown): Outcome {
  const { status, errors, headers } = asRefusal(error);
  // A bug has no message for clients; the log is told what it was.
  return { status, errors: status === 500 && error instanceof Error ? [error] : errors, headers };
}

/** The errors as a client may see them; what they keep from it goes to the log. */
function told(
  errors: readonly AnswerError[],
  operation: string,
  requestId: string,
  log: Log,
): readonly GraphQLFormattedError[] {
  let lines = 0;
  return errors.map((answered) => {
    const { error, isUnknown } = clientError(answered);
    const thrown = thrownError(answered);
    const hidden = isUnknown ? thrown : thrown instanceof Error ? thrown.cause : undefined;
    if (hidden !== undefined && lines++ < MOST_LINES) {
      const line = { requestId, operation, path: answered.path?.join('.'), err: hidden };
      log[isUnknown ? 'error' : 'warn'](line, isUnknown ? 'Part of an answer failed' : error.message);
    }
    return { ...error, extensions: { ...error.extensions, requestId } };
  });
}

/** graphql-js wraps what a resolver throws, and every hand it goes through may wrap it again. */
function thrownError(error: AnswerError): AnswerError {
  let inner: AnswerError = error;
  while (inner instanceof GraphQLError && inner.originalError) inner = inner.originalError;
  return inner;
}

const codesOf = (errors: readonly GraphQLFormattedError[]): string[] => [
  ...new Set(errors.map(({ extensions }) => String(extensions?.code))),
];

const bodyOf = (
  { data, explain }: Outcome,
  errors: readonly GraphQLFormattedError[],
  { freshness }: SubgraphContext,
) => ({
  ...(errors.length > 0 ? { errors } : {}),
  ...(data === undefined ? {} : { data }),
  extensions: { freshness: freshness.get(), ...(explain ? { explain } : {}) },
});

function answerOf(
  outcome: Outcome,
  errors: readonly GraphQLFormattedError[],
  subgraph: SubgraphContext,
  responseType: ResponseType,
): Answer {
  const { freshness } = subgraph;
  const { status, headers } = outcome;
  return json(status, bodyOf(outcome, errors, subgraph), {
    'content-type': contentTypeOf(responseType),
    ...answerHeaders(freshness),
    ...headers,
  });
}
