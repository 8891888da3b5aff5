/**
 * Calls of Tryton's API, JSON-RPC over HTTP.
 *
 * The last parameter of every call is the context. Whose rows are seen depends on it, and so does what a text says:
 * a company that the user does not have is silently replaced by the user's own, and a translated field comes in the
 * context's language. In a language that nobody has it comes as the table's column holds it, whatever the
 * database's own language is; translations are rows of their own.
 */
import { z } from 'zod';
import { FaultCode, OperatorFault } from '../../runtime/errors.ts';
import { failedCall } from '../rest/failed-call.ts';
import { ErpCallFailed } from '../transport.ts';
import { jsonOf, type Login, post, Session } from './session.ts';

export interface TrytonApi extends Login {
  /** Of the server, without the database. */
  readonly url: string;
  readonly database: string;
  /** The id of the company whose rows are read. */
  readonly company: string;
}

export interface Answer {
  readonly result: unknown;
  /** Of the server, in ms, at or before the moment the call was begun. */
  readonly serverTimeMs: number;
}

const NO_LANGUAGE = '-';

const Told = z.union([z.object({ error: z.array(z.unknown()) }), z.object({ result: z.unknown() })]);
/** What Tryton says of a call: what came of it, or why nothing did. */
export type Told = z.output<typeof Told>;

export interface CallOptions {
  /** Beside the company, or over what stands in every context otherwise. */
  readonly context?: Readonly<Record<string, unknown>>;
  /** Of a call that writes: called in the turn of its first byte, each time it is sent. */
  readonly beforeWrite?: () => void;
}
const Preferences = z.object({ companies: z.array(z.number()).nullish() });

export class JsonRpc {
  readonly url: URL;
  readonly #user: string;
  readonly #company: string;
  readonly #session: Session;
  readonly #context: Readonly<Record<string, unknown>>;
  #isAllowed = false;

  constructor({ url, database, user, password, company }: TrytonApi) {
    this.url = new URL(`${encodeURIComponent(database)}/`, url.endsWith('/') ? url : `${url}/`);
    this.#user = user;
    this.#company = company;
    this.#session = new Session(this.url, { user, password });
    this.#context = { company: Number(company), company_filter: 'one', active_test: false, language: NO_LANGUAGE };
  }

  /** `params` without the context. One call, after a login where there is no session. */
  async call(method: string, params: readonly unknown[], signal: AbortSignal): Promise<Answer> {
    const { told, serverTimeMs } = await this.#asked(method, params, signal, {});
    if ('error' in told) throw this.#fault(method, told.error);
    return { result: told.result, serverTimeMs };
  }

  /** The same for who makes something of what Tryton refuses. */
  async ask(method: string, params: readonly unknown[], signal: AbortSignal, options: CallOptions): Promise<Told> {
    return (await this.#asked(method, params, signal, options)).told;
  }

  async #asked(method: string, params: readonly unknown[], signal: AbortSignal, options: CallOptions) {
    if (!this.#isAllowed) await this.#checkCompany(signal);
    return this.#send(method, params, signal, options);
  }

  async #checkCompany(signal: AbortSignal): Promise<void> {
    const method = 'model.res.user.get_preferences';
    const { told } = await this.#send(method, [false], signal, {});
    if ('error' in told) throw this.#fault(method, told.error);
    if (!Preferences.parse(told.result).companies?.some((id) => String(id) === this.#company)) {
      throw new OperatorFault(
        FaultCode.ErpApiRefused,
        `The user "${this.#user}" of Tryton does not belong to the company ${this.#company}.`,
        'Add the company to the user in Tryton, or correct SKIFF_ERP_COMPANY (the id of a company), and start again.',
      );
    }
    this.#isAllowed = true;
  }

  /** A session that Tryton has forgotten is asked for again, once. */
  async #send(
    method: string,
    params: readonly unknown[],
    signal: AbortSignal,
    { context, beforeWrite }: CallOptions,
  ): Promise<{ readonly told: Told; readonly serverTimeMs: number }> {
    const all = [...params, { ...this.#context, ...context }];
    for (let isFirst = true; ; isFirst = false) {
      const authorization = await this.#session.get();
      const sentAt = performance.now();
      const { answer, text } = await post(this.url, method, all, authorization, signal, beforeWrite);
      if (answer.status === 401 && isFirst) {
        this.#session.refused(authorization);
        continue;
      }
      if (answer.status === 403) throw this.#refusal(method, 'it is closed to programs');
      if (!answer.ok) throw failedCall(method, answer);
      const told = Told.safeParse(jsonOf(text));
      if (!told.success) throw new ErpCallFailed(`Tryton's answer to ${method} is no JSON-RPC`, 502);
      return { told: told.data, serverTimeMs: dateOf(answer) - (performance.now() - sentAt) };
    }
  }

  /** Errors with a class of their own are told as `[class, [message, …]]`, all others as `[text, '']`. */
  #fault(method: string, [kind, said]: readonly unknown[]): Error {
    const words = z.tuple([z.string()], z.unknown()).safeParse(said);
    if (kind === 'UserError') return this.#refusal(method, words.data?.[0] ?? 'it does not say why');
    if (typeof kind === 'string' && /^'[\w.-]+'$/.test(kind)) {
      return new OperatorFault(
        FaultCode.ErpApiUnfit,
        `Tryton does not know ${kind}, which ${method} asks for.`,
        'Install the modules that the connector reads: account_invoice, production_work, purchase, sale, stock.',
      );
    }
    return new ErpCallFailed(`Tryton answered ${method} with ${String(kind).slice(0, 200)}`, 500);
  }

  #refusal(method: string, why: string): OperatorFault {
    return new OperatorFault(
      FaultCode.ErpApiRefused,
      `Tryton refuses ${method} to the user "${this.#user}": ${why}`,
      'Give the user the groups that may read it.',
    );
  }
}

/** What its database's clock says is nowhere told: the server's is taken for it. */
function dateOf({ headers }: Response): number {
  const ms = Date.parse(headers.get('date') ?? '');
  if (!Number.isNaN(ms)) return ms;
  throw new OperatorFault(
    FaultCode.ErpApiUnfit,
    "Tryton's answers come without a Date.",
    'Let the web server before it set the header Date.',
  );
}
