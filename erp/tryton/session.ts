/**
 * Tryton's sessions: one login for all calls, made anew when Tryton has forgotten it.
 *
 * A login costs Tryton a third of a second of hashing, and a name that is refused a few times is locked out for
 * minutes: so it is asked for once for all who wait, and a refusal is for a person to mend.
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { z } from 'zod';
import { FaultCode, OperatorFault } from '../../runtime/errors.ts';
import { failedCall } from '../rest/failed-call.ts';
import { guardedPost } from '../rest/guarded-post.ts';
import { ErpCallFailed } from '../transport.ts';

export interface Login {
  readonly user: string;
  readonly password: string;
}

const Granted = z.object({ result: z.tuple([z.number(), z.string()]) });

const PATIENCE_MS = 30_000;

export class Session {
  readonly #url: URL;
  readonly #login: Login;
  #held: string | null = null;
  #asking: Promise<string> | null = null;

  constructor(url: URL, login: Login) {
    this.#url = url;
    this.#login = login;
  }

  /** The value of the header `Authorization`. */
  get(): Promise<string> {
    if (this.#held !== null) return Promise.resolve(this.#held);
    // Asked for once for all who wait, and so ended by none of them.
    this.#asking ??= this.#ask(AbortSignal.timeout(PATIENCE_MS)).finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  /** Tryton does not know it any more. */
  refused(authorization: string): void {
    if (this.#held === authorization) this.#held = null;
  }

  async #ask(signal: AbortSignal): Promise<string> {
    const { user, password } = this.#login;
    const { answer, text } = await post(this.#url, 'common.db.login', [user, { password }, 'en'], null, signal);
    if (answer.status === 404) {
      throw new OperatorFault(
        FaultCode.Configuration,
        `Tryton at ${this.#url.origin} has no database "${this.#url.pathname.split('/').at(-2)}".`,
        'Correct SKIFF_ERP_DATABASE and start again.',
      );
    }
    if (answer.status === 429) throw failedCall('a login', answer);
    const granted = Granted.safeParse(jsonOf(text));
    if (answer.status === 401 || (answer.ok && !granted.success)) {
      throw new OperatorFault(
        FaultCode.ErpApiRefused,
        `Tryton at ${this.#url.origin} refuses the login "${user}".`,
        'Correct SKIFF_ERP_USER and SKIFF_ERP_PASSWORD and start again.',
      );
    }
    if (!granted.success) throw failedCall('a login', answer);
    const [id, key] = granted.data.result;
    this.#held = `Session ${Buffer.from(`${user}:${id}:${key}`).toString('base64')}`;
    return this.#held;
  }
}

export const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/**
 * With exactly these three keys Tryton answers in the form of JSON-RPC; with any other it answers in another one.
 * `beforeWrite` of a call that writes is called in the turn of its first byte.
 */
export async function post(
  url: URL,
  method: string,
  params: readonly unknown[],
  authorization: string | null,
  signal: AbortSignal,
  beforeWrite?: () => void,
): Promise<{ readonly answer: Response; readonly text: string }> {
  const headers = { 'content-type': 'application/json', ...(authorization !== null && { authorization }) };
  const body = JSON.stringify({ id: 1, method, params });
  try {
    if (beforeWrite) return await guarded({ url, headers, body, signal, beforeWrite });
    const answer = await fetch(url, { method: 'POST', headers, body, signal });
    return { answer, text: await answer.text() };
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw new ErpCallFailed(`Tryton does not answer ${method}`, null, null, { cause });
  }
}

/** Tryton closes every connection with its answer. */
const agents = { http: new HttpAgent(), https: new HttpsAgent() };

async function guarded(asked: Omit<Parameters<typeof guardedPost>[0], 'agent'>) {
  const agent = asked.url.protocol === 'https:' ? agents.https : agents.http;
  const { status, headers, text } = await guardedPost({ ...asked, agent });
  const known = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' ? [[name, value]] : [],
  );
  return { answer: new Response(text, { status, headers: known }), text };
}
