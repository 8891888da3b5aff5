/**
 * What a client asks, read out of its HTTP request: GraphQL over HTTP, by GET or as JSON by POST.
 *
 * What a web page of another origin could send without asking first (a form, plain text, a bare GET) is
 * refused: it would run with whatever the browser adds on its own. A GET that names a registered document is
 * let in, so that programs which can only fetch an address are served: it can ask what was foreseen and no more.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { ErrorCode } from '../runtime/errors.ts';
import { type AskedDocument, askedDocument, documentParameters } from './asked-document.ts';
import { refusal } from './refusal.ts';

export type GraphqlRequest = AskedDocument & {
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
};

/** One of these on a request makes a browser ask first. */
export const PREFLIGHT_HEADERS = ['x-graphql-client', 'apollo-require-preflight', 'x-apollo-operation-name'] as const;

const Parameters = z.object({
  ...documentParameters,
  operationName: z.string({ error: 'operationName must be a string.' }).nullish(),
  variables: z.record(z.string(), z.unknown(), { error: 'variables must be an object.' }).nullish(),
});

const bad = (message: string) => refusal(400, ErrorCode.BadUserInput, message);

export function requestInBody(headers: IncomingHttpHeaders, body: Buffer): GraphqlRequest {
  if (mediaType(headers) !== 'application/json') {
    throw refusal(415, ErrorCode.BadUserInput, 'Send the request as application/json.');
  }
  return requestOf(json(body, 'The body'));
}

export function requestInUrl(headers: IncomingHttpHeaders, query: URLSearchParams): GraphqlRequest {
  const type = mediaType(headers);
  if (type !== '' && type !== 'application/json') {
    throw refusal(415, ErrorCode.BadUserInput, 'A GET has no content of this type.');
  }
  const parameter = (name: string) => {
    const text = query.get(name);
    return text === null || text === '' ? undefined : json(Buffer.from(text), name);
  };
  const request = requestOf({
    query: query.get('query'),
    documentId: query.get('documentId'),
    doc_id: query.get('doc_id'),
    id: query.get('id'),
    operationName: query.get('operationName'),
    variables: parameter('variables'),
    extensions: parameter('extensions'),
  });
  if (request.query !== undefined && type === '' && !PREFLIGHT_HEADERS.some((name) => headers[name])) {
    const message = `A GET needs the header ${PREFLIGHT_HEADERS[0]}, with any value: it shows that no other site sent it.`;
    throw refusal(403, ErrorCode.Forbidden, message);
  }
  return request;
}

function requestOf(value: unknown): GraphqlRequest {
  if (Array.isArray(value)) throw bad('Batches are not answered: send one request at a time.');
  const { success, data, error } = Parameters.safeParse(value);
  if (!success) throw bad(error.issues[0]?.message ?? 'Not a GraphQL request.');
  // An empty name is how some clients say none.
  return { ...askedDocument(data), operationName: data.operationName || undefined, variables: data.variables ?? {} };
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Nothing of the text is repeated: it may hold what is not for a log. */
function json(bytes: Buffer, what: string): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    throw bad(`${what} is not JSON in UTF-8.`);
  }
}

const mediaType = (headers: IncomingHttpHeaders): string =>
  (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

const RESPONSE_TYPES = ['application/graphql-response+json', 'application/json'] as const;
export type ResponseType = (typeof RESPONSE_TYPES)[number];

export const contentTypeOf = (responseType: ResponseType): string => `${responseType}; charset=utf-8`;

/** The form of the answer that the client prefers; JSON of the old kind when it says nothing. */
export function responseTypeOf(accept = '*/*'): ResponseType {
  let best: { readonly type: ResponseType; readonly weight: number } | undefined;
  for (const range of accept.split(',')) {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const q = parameters.find((parameter) => parameter.startsWith('q='));
    const weight = q === undefined ? 1 : Number(q.slice('q='.length));
    const type = RESPONSE_TYPES.find((known) => known === name) ?? (isAny(name) ? 'application/json' : undefined);
    if (type && weight > 0 && weight > (best?.weight ?? 0)) best = { type, weight };
  }
  if (best) return best.type;
  throw refusal(406, ErrorCode.BadUserInput, `Answers are ${RESPONSE_TYPES.join(' or ')}.`);
}

const isAny = (name: string): boolean => name === '*/*' || name === 'application/*' || name === '';
