/**
 * Commands to an ERP's API that speaks JSON over HTTP: `POST <path>` makes a document, `GET <path>?external_reference=`
 * finds it again, `?external_reference_prefix=` all that are ours.
 *
 * Only what the API itself says counts as an answer. A proxy's page, a 5xx, a connection that ends: unknown.
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { z } from 'zod';
import {
  type Acknowledged,
  type CommandChannel,
  CommandNotDone,
  CommandRefused,
  type OutgoingCommand,
  type Settling,
} from '../command.ts';
import { ErpCallFailed } from '../transport.ts';
import { AccessToken, type Credentials } from './access-token.ts';
import { failedCall } from './failed-call.ts';
import { guardedPost, type Posted } from './guarded-post.ts';

export interface RestCommand {
  readonly path: string;
  /** What is sent, by the API's names. */
  body(content: Readonly<Record<string, string>>): Readonly<Record<string, string | undefined>>;
}

export interface RestCommands {
  readonly url: string;
  readonly tokenPath: string;
  readonly credentials: Credentials;
  readonly commands: Readonly<Record<string, RestCommand>>;
  readonly settling: Settling;
}

const Made = z.object({ id: z.string(), version: z.string() });
const Found = z.object({ data: z.array(z.object({ id: z.string() })) });
const Listed = z.object({
  data: z.array(z.object({ id: z.string(), external_reference: z.string(), at: z.coerce.date() })),
});
const Said = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

export function restCommands({ url, tokenPath, credentials, commands, settling }: RestCommands): CommandChannel {
  const token = new AccessToken(new URL(tokenPath, url), credentials);
  const agent = new (url.startsWith('https:') ? HttpsAgent : HttpAgent)({ keepAlive: true });
  const declared = (type: string): RestCommand => {
    const found = commands[type];
    if (!found) throw new TypeError(`The API takes no ${type}`);
    return found;
  };
  /** A login that fails has written nothing of a command. */
  const tokenOr = async (): Promise<string> =>
    token.get().catch((cause: unknown) => {
      if (!(cause instanceof ErpCallFailed)) throw cause;
      throw new CommandNotDone(cause.message, cause.status, cause.retryAfterMs, { cause });
    });
  const search = async (
    type: string,
    asked: Readonly<Record<string, string>>,
    further: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<string> => {
    const found = new URL(`${declared(type).path}?${new URLSearchParams(asked)}`, url);
    const bearer = await token.get();
    const headers = { authorization: `Bearer ${bearer}`, ...further };
    const answer = await fetch(found, { headers, signal }).catch((cause: unknown) => {
      throw new ErpCallFailed('The ERP does not answer a search', null, null, { cause });
    });
    const text = await answer.text();
    if (answer.status === 401) token.refused(bearer);
    if (!answer.ok) throw failedCall(`GET ${found.pathname}`, answer, text.slice(0, 200));
    return text;
  };
  return {
    takes: Object.fromEntries(Object.keys(commands).map((type) => [type, settling])),
    async send({ type, content, reference, traceId }, beforeWrite, signal) {
      const { path, body } = declared(type);
      const bearer = await tokenOr();
      const headers = {
        authorization: `Bearer ${bearer}`,
        'content-type': 'application/json',
        'x-correlation-id': traceId,
        ...(settling.way === 'key' && { 'idempotency-key': reference }),
      };
      const sent = JSON.stringify({ ...body(content), external_reference: reference });
      const answer = await guardedPost({ url: new URL(path, url), headers, body: sent, agent, signal, beforeWrite });
      if (answer.status === 401) token.refused(bearer);
      return acknowledged(path, answer);
    },
    async lookUp({ type, reference, traceId }: OutgoingCommand, signal) {
      const text = await search(type, { external_reference: reference }, { 'x-correlation-id': traceId }, signal);
      const [document] = Found.parse(JSON.parse(text)).data;
      return document ? { documentId: document.id, version: null, answer: text } : null;
    },
    ...(settling.way !== 'none' && {
      async references(type, most, signal) {
        const asked = { external_reference_prefix: 'skiff:', limit: String(most) };
        const { data } = Listed.parse(JSON.parse(await search(type, asked, {}, signal)));
        return data.map(({ id, external_reference, at }) => ({ reference: external_reference, documentId: id, at }));
      },
    }),
  };
}

/** A retry after so long, in ms; null where it does not say. */
function retryAfterMs({ headers }: Posted): number | null {
  const text = headers['retry-after'];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) * 1_000 : null;
}

function acknowledged(path: string, answer: Posted): Acknowledged {
  const { status, text } = answer;
  const json = jsonOf(text);
  const made = Made.safeParse(json);
  if (status === 201 && made.success) return { documentId: made.data.id, version: made.data.version, answer: text };
  const said = Said.safeParse(json).data?.error;
  const what = `The ERP answered ${status} to POST ${path}: ${said?.message ?? text.slice(0, 100)}`;
  // An earlier request with this key is still being applied.
  const isUnsettled = said?.code === 'in_progress';
  if (said && !isUnsettled && [401, 429, 503].includes(status)) {
    throw new CommandNotDone(what, status, retryAfterMs(answer));
  }
  if (said && !isUnsettled && status >= 400 && status < 500) throw new CommandRefused(said.code, said.message, status);
  throw new ErpCallFailed(what, status, retryAfterMs(answer));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
