/** One client of the gateway: one connection, kept alive, one request after the other. */
import { Agent, request } from 'node:http';
import { z } from 'zod';

const Answer = z.object({
  data: z.unknown(),
  errors: z.array(z.looseObject({ message: z.string() })).optional(),
  extensions: z.object({ freshness: z.object({ asOf: z.coerce.date(), stale: z.boolean() }) }),
});

export interface Asked<Data> {
  readonly data: Data;
  readonly asOf: Date;
}

export interface GraphqlClient extends Disposable {
  /** The answer's text, when its last byte has come. */
  post(body: Buffer): Promise<string>;
  /** Throws when the answer has errors or is not as `shape` says. */
  ask<Data>(query: string, variables: Readonly<Record<string, unknown>>, shape: z.ZodType<Data>): Promise<Asked<Data>>;
}

export const bodyOf = (query: string, variables: Readonly<Record<string, unknown>>): Buffer =>
  Buffer.from(JSON.stringify({ query, variables }));

export function answered<Data>(text: string, shape: z.ZodType<Data>): Asked<Data> {
  const { data, errors, extensions } = Answer.parse(JSON.parse(text));
  if (errors) throw new Error(`The gateway answered with errors: ${JSON.stringify(errors)}`);
  return { data: shape.parse(data), asOf: extensions.freshness.asOf };
}

export function graphqlClient(url: string): GraphqlClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const post = (body: Buffer) =>
    new Promise<string>((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': body.length };
      const sent = request(url, { method: 'POST', agent, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
        });
        response.on('end', () => resolve(text));
        response.on('error', reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  return {
    post,
    ask: async (query, variables, shape) => answered(await post(bodyOf(query, variables)), shape),
    [Symbol.dispose]: () => agent.destroy(),
  };
}
