/**
 * The calls of one command, and what Tryton's refusals mean for it.
 *
 * Every call is one transaction of Tryton's: what answers with an error has done nothing. Not even then is all certain:
 * its database may have been lost in the middle of a commit.
 */
import { z } from 'zod';
import { CommandNeedsPerson, CommandNotDone, CommandRefused } from '../../command.ts';
import { ErpCallFailed } from '../../transport.ts';
import type { CallOptions, JsonRpc } from '../json-rpc.ts';

/** Our reference stands in the ERP already, where an index keeps it from standing there twice. */
export class AlreadyThere extends Error {}

export interface CallsSettings {
  readonly api: JsonRpc;
  readonly company: number;
  readonly language: string;
}

const Ids = z.array(z.number());

export class Calls {
  readonly company: number;
  readonly #settings: CallsSettings;
  readonly #signal: AbortSignal;
  readonly #beforeWrite: () => void;
  readonly #another: () => void;
  #isFirst = true;

  constructor(settings: CallsSettings, signal: AbortSignal, beforeWrite: () => void, another = () => {}) {
    this.company = settings.company;
    this.#another = another;
    this.#settings = settings;
    this.#signal = signal;
    this.#beforeWrite = beforeWrite;
  }

  /** The first rows in the order of their ids, or the last ones, with the fields of the shape. */
  async search<Shape extends z.core.$ZodLooseShape>(
    model: string,
    domain: readonly unknown[],
    row: z.ZodObject<Shape>,
    most = 2,
    order: 'ASC' | 'DESC' = 'ASC',
  ): Promise<readonly z.output<z.ZodObject<Shape>>[]> {
    const page = [domain, 0, most, [['id', order]], Object.keys(row.shape)];
    return z.array(row).parse(await this.#ask(model, 'search_read', page));
  }

  /** What Tryton's screens would fill in after these fields were filled in. */
  onChange(model: string, values: object, changed: readonly string[]): Promise<unknown> {
    return this.#ask(model, 'on_change', [values, changed]);
  }

  async create(model: string, values: object): Promise<number> {
    const [id] = Ids.parse(await this.#write(model, 'create', [[values]]));
    if (id === undefined) throw new ErpCallFailed(`Tryton made nothing of ${model}`, 200);
    return id;
  }

  /** Nothing is written where somebody else has written it since `timestamp`. */
  async write(model: string, id: number, values: object, timestamp: string): Promise<void> {
    await this.#write(model, 'write', [[id], values], { _timestamp: { [`${model},${id}`]: timestamp } });
  }

  async press(model: string, id: number, button: string): Promise<void> {
    await this.#write(model, button, [[id]]);
  }

  async delete(model: string, id: number): Promise<void> {
    await this.#write(model, 'delete', [[id]]);
  }

  async #write(model: string, method: string, params: readonly unknown[], context = {}): Promise<unknown> {
    try {
      return await this.#ask(model, method, params, { context, beforeWrite: this.#beforeWrite });
    } catch (error) {
      if (error instanceof CommandRefused && !(error instanceof CommandNeedsPerson)) await this.#checkAccess(model);
      throw error;
    }
  }

  /** A right that is missing is refused in words like any other fault. */
  async #checkAccess(model: string): Promise<void> {
    const Access = z.object({ [model]: z.object({ write: z.unknown(), create: z.unknown() }) });
    const { [model]: may } = Access.parse(await this.#ask('ir.model.access', 'get_access', [[model]]));
    if (may?.write && may.create) return;
    throw new CommandNeedsPerson('ERP_ACCESS', `Skiff's user of Tryton may not write ${model}.`, 200);
  }

  async #ask(
    model: string,
    method: string,
    params: readonly unknown[],
    { context, ...rest }: CallOptions = {},
  ): Promise<unknown> {
    const { api, company, language } = this.#settings;
    const all = { ...rest, context: { company, language, active_test: true, ...context } };
    if (!this.#isFirst) this.#another();
    this.#isFirst = false;
    const told = await api.ask(`model.${model}.${method}`, params, this.#signal, all).catch((cause: unknown) => {
      // Who is not let in, or comes too often, has done nothing.
      if (!(cause instanceof ErpCallFailed) || (cause.status !== 401 && cause.status !== 429)) throw cause;
      throw new CommandNotDone(cause.message, cause.status, cause.retryAfterMs, { cause });
    });
    if ('error' in told) throw refusalOf(`${model}.${method}`, told.error);
    return told.result;
  }
}

const PASSES = /could not (obtain lock|serialize)|deadlock|too many (clients|connections)|(starting up|shutting down)/i;
const LOST = /connection|terminat/i;

/** Errors with a class of their own are told as `[class, [message, …]]`, all others as `[text, '']`. */
function refusalOf(call: string, [kind, said]: readonly unknown[]): Error {
  const words = z.array(z.unknown()).safeParse(said).data ?? [];
  const text = (at: number): string => String(words[at] ?? '').trim();
  switch (kind) {
    case 'UserError':
      return new CommandRefused('ERP_REFUSED', [text(0), text(1)].filter(Boolean).join(' '), 200);
    case 'UserWarning':
      return new CommandNeedsPerson('ERP_WARNING', `Tryton asks before it goes on: ${text(1)}`, 200);
    case 'ConcurrencyException':
      return new CommandNotDone(`Somebody else was writing it: ${text(0) || String(said)}`, 200);
  }
  const what = String(kind).slice(0, 300);
  if (/duplicate key value .*"skiff_/s.test(what)) return new AlreadyThere(what);
  if (PASSES.test(what)) return new CommandNotDone(`Tryton answered ${call} with ${what}`, 200);
  if (LOST.test(what)) return new ErpCallFailed(`Tryton answered ${call} with ${what}`, 500);
  return new CommandNeedsPerson('ERP_FAULT', `Tryton answered ${call} with ${what}`, 200);
}
