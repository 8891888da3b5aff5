/**
 * Kept answers to who has asked a moment ago: found by the address or body as it came, before any of it is parsed or a
 * route is looked for.
 *
 *     credential, known? ─► body ─► entry? ─► may they ask it? ─► fresh enough by now? ─► its bytes
 *            └──no──────────────────└─no──────────└─no────────────────└─no──► the route
 *
 * It decides nothing that the route would decide otherwise, and refuses nothing: what is in doubt is left to the route.
 */
import type { IncomingMessage } from 'node:http';
import { SkiffError } from '../runtime/errors.ts';
import type { MakeFresh } from '../subgraphs/fresh-enough.ts';
import { FreshnessCollector } from '../subgraphs/freshness.ts';
import { mayRead, type Principal } from '../subgraphs/principal.ts';
import { wishesIn } from '../subgraphs/wishes.ts';
import type { RecentPrincipals } from './authentication.ts';
import { answerWith, askedText, wishesFor } from './cached-answer.ts';
import type { Deployment } from './deployment.ts';
import { contentTypeOf, responseTypeOf } from './graphql-request.ts';
import type { Answer, Exchange, QuickAnswer } from './http-server.ts';
import { Refusal } from './refusal.ts';
import type { RequestMetrics } from './request-metrics.ts';
import type { ResponseCache } from './response-cache.ts';

export interface QuickAnswerSettings {
  readonly responses: ResponseCache;
  readonly principals: RecentPrincipals;
  readonly makeFresh: MakeFresh;
  readonly current: () => Deployment;
  readonly requests: RequestMetrics;
}

export function quickAnswers(settings: QuickAnswerSettings): QuickAnswer {
  const { responses, principals, makeFresh, current, requests } = settings;

  const answer = async (exchange: Exchange, principal: Principal): Promise<Answer | null> => {
    const { request } = exchange;
    const began = performance.now();
    // Whose body does not come, or is too long, is told so by the route.
    const body = request.method === 'GET' ? null : await exchange.body().catch(() => undefined);
    if (body === undefined) return null;
    const asked = askedText(request, body, current().fingerprint);
    const kept = asked === null ? undefined : responses.peek(asked, principal.access);
    if (!kept?.subgraphs.every((name) => mayRead(principal, name))) return null;
    const wishes = wishesFor(kept, wishesIn(request.headers));
    const freshness = new FreshnessCollector();
    if (wishes.commands || !makeFresh.atOnce(kept.types, wishes, freshness)) return null;
    const type = contentTypeOf(responseTypeOf(request.headers.accept));
    const made = await answerWith(kept, freshness, request, type);
    responses.hit();
    requests.answered({ operation: kept.operation, status: made.status, codes: [] }, began);
    return { ...made, operation: kept.operation, principal: principal.name };
  };

  return (exchange) => {
    if (!isPlain(exchange.request)) return null;
    const principal = principals.known(exchange.request);
    return principal
      ? answer(exchange, principal).catch((error: unknown) => {
          // It is the route that says what is wrong.
          if (error instanceof Refusal || error instanceof SkiffError) return null;
          throw error;
        })
      : null;
  };
}

/** A question that an answer may be kept of. */
function isPlain({ method, url = '', headers }: IncomingMessage): boolean {
  const isGraphql = method === 'GET' ? url.startsWith('/graphql?') : method === 'POST' && url === '/graphql';
  return isGraphql && headers['skiff-explain'] === undefined && !headers.accept?.includes('event-stream');
}
