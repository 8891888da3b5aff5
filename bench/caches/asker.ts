/** One client that asks registered documents, over a connection of its own. */
import { Agent, request } from 'node:http';
import { z } from 'zod';
import type { AccessScope } from '../../replica/access-scope.ts';

export interface Person {
  readonly access: AccessScope;
  /** Its credential's address at each gateway. */
  readonly urls: readonly string[];
}

export interface Question {
  readonly documentId: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface KnownAnswer {
  readonly status: number;
  readonly etag: string | null;
  readonly data: unknown;
  readonly codes: readonly string[];
  readonly asOfMs: number;
  readonly position: string | null;
}

export interface Asker extends Disposable {
  ask(url: string, question: Question, headers?: Readonly<Record<string, string>>): Promise<KnownAnswer>;
}

const Body = z.object({
  data: z.unknown(),
  errors: z.array(z.object({ extensions: z.object({ code: z.string() }) })).default([]),
  extensions: z.object({ freshness: z.object({ asOf: z.coerce.date().nullable() }) }),
});

const text = (header: unknown): string | null => (typeof header === 'string' ? header : null);

export function asker(): Asker {
  const agent = new Agent({ keepAlive: true, maxSockets: 2 });
  return {
    ask: (url, question, headers = {}) =>
      new Promise((resolve, reject) => {
        const body = Buffer.from(JSON.stringify(question));
        const all = { 'content-type': 'application/json', 'content-length': body.length, ...headers };
        const sent = request(url, { method: 'POST', agent, headers: all }, (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part: Buffer) => parts.push(part));
          response.on('error', reject);
          response.on('end', () => {
            const said = Buffer.concat(parts).toString();
            try {
              const { data, errors, extensions } = Body.parse(JSON.parse(said));
              resolve({
                status: response.statusCode ?? 0,
                etag: text(response.headers.etag),
                data: data ?? null,
                codes: errors.map((error) => error.extensions.code),
                asOfMs: extensions.freshness.asOf?.getTime() ?? 0,
                position: text(response.headers['skiff-position']),
              });
            } catch (cause) {
              reject(new Error(`This is no answer: ${said}`, { cause }));
            }
          });
        });
        sent.on('error', reject);
        sent.end(body);
      }),
    [Symbol.dispose]: () => agent.destroy(),
  };
}

/** One client that wants to know no more of an answer than its tag: as much as it may cost where a thousand are asked for a second. */
export function tagAsker() {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    ask: (url: string, question: Question): Promise<string> =>
      new Promise((resolve, reject) => {
        const body = JSON.stringify(question);
        const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
        const sent = request(url, { method: 'POST', agent, headers }, (response) => {
          const { etag } = response.headers;
          response.resume();
          response.on('error', reject);
          response.on('end', () => {
            if (etag !== undefined) resolve(etag);
            else reject(new Error(`An answer without a tag: ${body}`));
          });
        });
        sent.on('error', reject);
        sent.end(body);
      }),
    [Symbol.dispose]: () => agent.destroy(),
  };
}
