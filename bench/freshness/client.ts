/** One client that asks for an order's reference, with wishes for its freshness. */
import { Agent, request } from 'node:http';
import { z } from 'zod';
import { bodyOf } from '../graphql-client.ts';

export interface Wish {
  readonly maxStalenessMs: number | null;
  readonly onStale: 'serve' | 'error';
  readonly after: string | null;
}

export interface FreshAnswer {
  /** Null when there is no data. */
  readonly value: number | null;
  readonly codes: readonly string[];
  readonly stale: boolean;
  readonly asOfMs: number;
  readonly position: string | null;
  /** What the server says it took until the read models were fresh enough. */
  readonly freshMs: number | null;
  readonly sentAt: number;
  readonly tookMs: number;
}

export interface FreshClient extends Disposable {
  ask(order: string, wish: Wish): Promise<FreshAnswer>;
}

export const noWish: Wish = { maxStalenessMs: null, onStale: 'serve', after: null };

const QUERY = `query Reference($numbers: [String!]) {
  salesOrders(filter: { number: { in: $numbers } }, first: 1) { nodes { customerReference } } }`;

const Answer = z.object({
  data: z
    .object({ salesOrders: z.object({ nodes: z.array(z.object({ customerReference: z.string().nullable() })) }) })
    .nullish(),
  errors: z.array(z.object({ message: z.string(), extensions: z.object({ code: z.string() }) })).default([]),
  extensions: z.object({ freshness: z.object({ asOf: z.coerce.date(), stale: z.boolean() }) }),
});

export function freshClient(url: string): FreshClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    ask: (order, { maxStalenessMs, onStale, after }) =>
      new Promise((resolve, reject) => {
        const body = bodyOf(QUERY, { numbers: [order] });
        const headers = {
          'content-type': 'application/json',
          'content-length': body.length,
          'skiff-on-stale': onStale,
          ...(maxStalenessMs === null ? {} : { 'skiff-max-staleness': `${maxStalenessMs}ms` }),
          ...(after === null ? {} : { 'skiff-after': after }),
        };
        const sentAt = performance.now();
        const sent = request(url, { method: 'POST', agent, headers }, (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (part: string) => {
            text += part;
          });
          response.on('error', reject);
          response.on('end', () => {
            try {
              resolve({
                ...answerIn(text),
                ...headersIn(response.headers),
                sentAt,
                tookMs: performance.now() - sentAt,
              });
            } catch (cause) {
              reject(new Error(`This is no answer: ${text}`, { cause }));
            }
          });
        });
        sent.on('error', reject);
        sent.end(body);
      }),
    [Symbol.dispose]: () => agent.destroy(),
  };
}

function answerIn(text: string): Pick<FreshAnswer, 'value' | 'codes' | 'stale' | 'asOfMs'> {
  const { data, errors, extensions } = Answer.parse(JSON.parse(text));
  const { asOf, stale } = extensions.freshness;
  const value = data ? Number(data.salesOrders.nodes[0]?.customerReference) : null;
  return { value, codes: errors.map(({ extensions: { code } }) => code), stale, asOfMs: asOf.getTime() };
}

function headersIn(headers: Readonly<Record<string, unknown>>): Pick<FreshAnswer, 'position' | 'freshMs'> {
  const [, ms] = /^freshness;dur=([\d.]+)$/.exec(String(headers['server-timing'])) ?? [];
  const position = headers['skiff-position'];
  return { position: typeof position === 'string' ? position : null, freshMs: ms === undefined ? null : Number(ms) };
}
