/**
 * Writes what came of a request: an answer, an error in the API's form, a proxy's page, or a connection that breaks.
 *
 * Whatever a client sends as `X-Correlation-ID` comes back, so that two logs can be laid side by side.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import pg from 'pg';
import type { Log } from '../../../runtime/log.ts';
import { BadGateway, badGatewayPage, LineCut } from './fault-answers.ts';
import { type Answer, badRequest, Refusal, refused } from './http.ts';

/** PostgreSQL's class of errors that a client's values cause, e.g. letters where a key has a number. */
const DATA_EXCEPTION = '22';

export async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  answerOf: () => Promise<Answer>,
  log: Log,
): Promise<void> {
  const correlationId = correlationIdOf(request);
  const answer = await answerOf().catch((error: unknown) => {
    if (error instanceof LineCut) return error;
    if (error instanceof BadGateway) return badGatewayPage;
    if (error instanceof Refusal) return refused(error);
    if (error instanceof pg.DatabaseError && error.code?.startsWith(DATA_EXCEPTION)) {
      return refused(badRequest(`A value is none of its column's type: ${error.message}.`));
    }
    log.error({ err: error, correlationId }, 'A request to the sandbox ERP failed');
    return refused(new Refusal(500, 'internal_error', 'The server met an unexpected condition.'));
  });
  if (answer instanceof LineCut) {
    await cut(response, answer.sent);
    return;
  }
  response.writeHead(answer.status, {
    ...answer.headers,
    'x-correlation-id': correlationId,
    'content-length': Buffer.byteLength(answer.body),
  });
  response.end(answer.body);
  // What was not read of the body would be taken for the next request.
  request.resume();
}

/** Resets the connection, after this part of an answer if there is one. */
async function cut(response: ServerResponse, sent: string): Promise<void> {
  if (sent !== '') {
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
    await new Promise((resolve) => response.write(sent, resolve));
  }
  response.socket?.resetAndDestroy();
}

function correlationIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-correlation-id'];
  return typeof given === 'string' && /^[\x21-\x7e]{1,128}$/.test(given) ? given : randomUUID();
}
