/**
 * Tryton's own API, JSON-RPC over HTTP, as far as the tests need it.
 *
 * The body must have exactly the keys `id`, `method` and `params`: with any other Tryton answers in another form.
 * A dotted field `product.code` comes back as an object under `product.` (with the dot).
 */
import { z } from 'zod';

export type Row = Readonly<Record<string, unknown>>;
export type Domain = readonly unknown[];

const Answer = z.object({ result: z.unknown().optional(), error: z.unknown().optional() });
const Rows = z.array(z.record(z.string(), z.unknown()));
const Ids = z.array(z.number());

export interface TrytonApi {
  call(method: string, ...params: readonly unknown[]): Promise<unknown>;
  /** Inactive records too; in the order of `order`, by default of the ids. */
  searchRead(
    model: string,
    domain: Domain,
    fields: readonly string[],
    page?: {
      readonly limit?: number;
      readonly order?: readonly (readonly [string, 'ASC' | 'DESC'])[];
      readonly context?: Row;
    },
  ): Promise<Row[]>;
  count(model: string, domain: Domain): Promise<number>;
  create(model: string, values: Row): Promise<number>;
  write(model: string, id: number, values: Row): Promise<void>;
}

export async function trytonApi(url: string, language = 'en'): Promise<TrytonApi> {
  let authorization: string | undefined;
  const send = async (method: string, params: readonly unknown[]): Promise<unknown> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) },
      body: JSON.stringify({ id: 1, method, params }),
    });
    const answer = Answer.parse(await response.json());
    if (answer.error !== undefined) throw new Error(`${method}: ${JSON.stringify(answer.error)}`);
    return answer.result;
  };

  const [user, session] = z
    .tuple([z.number(), z.string()])
    .parse(await send('common.db.login', ['admin', { password: 'skiff-admin-1' }, 'en']));
  authorization = `Session ${Buffer.from(`admin:${user}:${session}`).toString('base64')}`;
  const preferences = z.record(z.string(), z.unknown()).parse(await send('model.res.user.get_preferences', [true, {}]));
  const context = { ...preferences, language, active_test: false };

  const call = (method: string, ...params: readonly unknown[]) => send(method, [...params, context]);
  return {
    call,
    async searchRead(model, domain, fields, { limit, order = [['id', 'ASC']], context: more } = {}) {
      const params = [domain, 0, limit ?? null, order, fields, { ...context, ...more }];
      return Rows.parse(await send(`model.${model}.search_read`, params));
    },
    async count(model, domain) {
      return z.number().parse(await call(`model.${model}.search_count`, domain));
    },
    async create(model, values) {
      const [id] = Ids.parse(await call(`model.${model}.create`, [values]));
      if (id === undefined) throw new Error(`Nothing was made of ${model}`);
      return id;
    },
    async write(model, id, values) {
      await call(`model.${model}.write`, [id], values);
    },
  };
}

const Typed = z.discriminatedUnion('__class__', [
  z.object({ __class__: z.literal('Decimal'), decimal: z.string() }),
  z.object({ __class__: z.literal('date'), year: z.number(), month: z.number(), day: z.number() }),
  z.object({ __class__: z.literal('timedelta'), seconds: z.number() }),
]);

/** A field's value as the read models' columns print it; `a.b` reaches into what a dotted field brought. */
export function valueAt(row: Row, path: string): string | null {
  const [head = '', ...rest] = path.split('.');
  if (rest.length > 0) {
    const inner = z.record(z.string(), z.unknown()).nullish().parse(row[`${head}.`]);
    return inner ? valueAt(inner, rest.join('.')) : null;
  }
  const value = row[head];
  if (value === null || value === undefined) return null;
  if (typeof value !== 'object') return plain(String(value));
  const typed = Typed.parse(value);
  switch (typed.__class__) {
    case 'Decimal':
      return plain(typed.decimal);
    case 'date':
      return [typed.year, pad(typed.month), pad(typed.day)].join('-');
    case 'timedelta':
      return plain(String(typed.seconds));
  }
}

/** Numbers without the zeros that say nothing, so that 1.50 and 1.5 are the same. */
export const plain = (text: string): string =>
  /^-?\d+[.]\d+$/.test(text) ? text.replace(/0+$/, '').replace(/[.]$/, '').replace(/^-0$/, '0') : text;

const pad = (number: number): string => String(number).padStart(2, '0');

export const dateOf = (iso: string): Row => {
  const [year, month, day] = iso.split('-').map(Number);
  return { __class__: 'date', year, month, day };
};
