/**
 * The limits: what no gateway can be faster than, each a process of its own.
 *
 *     node limits.ts bytes          `node:http` sending the very bytes, of the question its path names, in turn; it reads nothing
 *     node limits.ts pg <url>       `node:http` and `pg` running the very statements under the same scope, their rows as they come
 *
 * Its parent hands it what to answer, by question and number; it tells its parent its address and ends with it.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { ALL_PLANTS } from '../../replica/access-scope.ts';
import { rowPool } from '../../replica/connect.ts';
import { scopedRows } from '../../replica/scoped-rows.ts';

const CONNECTIONS = 10;
const Statement = z.object({ name: z.string().optional(), text: z.string(), values: z.array(z.string()) });
const Told = z.record(z.string(), z.array(z.object({ text: z.string(), statements: z.array(Statement) })));
const Asked = z.object({ question: z.string(), at: z.number() });

const [kind, databaseUrl = ''] = process.argv.slice(2);
const [message] = await once(process, 'message');
const told = new Map(Object.entries(Told.parse(message)));
const bytes = new Map([...told].map(([question, sets]) => [question, sets.map(({ text }) => Buffer.from(text))]));
const rows = kind === 'pg' ? scopedRows(rowPool(databaseUrl, CONNECTIONS)) : null;

const headersOf = (answer: Buffer) => ({
  'content-type': 'application/json; charset=utf-8',
  'content-length': answer.length,
});

const sent = new Map<string, number>();
function sendBytes(path: string, response: ServerResponse): void {
  const sets = bytes.get(path.slice(1)) ?? [];
  const before = sent.get(path) ?? 0;
  sent.set(path, before + 1);
  const answer = sets[before % sets.length] ?? Buffer.alloc(0);
  response.writeHead(200, headersOf(answer));
  response.end(answer);
}

function sendRows(request: IncomingMessage, response: ServerResponse): void {
  const parts: Buffer[] = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', async () => {
    const { question, at } = Asked.parse(JSON.parse(Buffer.concat(parts).toString()));
    const answer = Buffer.from(await fromDatabase(question, at));
    response.writeHead(200, headersOf(answer));
    response.end(answer);
  });
}

const server = createServer((request, response) => {
  if (rows === null) sendBytes(request.url ?? '', response);
  else sendRows(request, response);
});

async function fromDatabase(question: string, at: number): Promise<string> {
  const statements = told.get(question)?.[at]?.statements ?? [];
  const found = await Promise.all(
    statements.map(({ name, text, values }) =>
      rows?.query({ ...(name === undefined ? {} : { name }), text, values, rowMode: 'array' }, ALL_PLANTS),
    ),
  );
  return JSON.stringify({ data: found.map((one) => one?.rows) });
}

process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
if (typeof address === 'object' && address) process.send?.(`http://127.0.0.1:${address.port}/`);
