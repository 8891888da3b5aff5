/** What is sent to whom, once its answers are seen to be those expected. */
import { createHash } from 'node:crypto';
import type { Asked } from './asked.ts';
import type { Server } from './candidates.ts';
import { documents, postgraphileDocuments, type Question } from './questions.ts';

/** Of answers compared before the start: all of some, a share of those that take a second each. */
export const ONLY: Readonly<Record<string, readonly Question[]>> = {
  'apollo monolith': ['entity', 'list'],
  'postgraphile on the ERP': ['entity', 'list'],
};
const CHECKED_OF_SLOW = 5;

/** What sends bytes is told by its path which. */
export const urlFor = (name: string, { url }: Server, question: Question): string =>
  name === 'node:http' ? new URL(question, url).href : url;

const idOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** What to send to whom, when its answers are those expected. */
export async function checked(
  name: string,
  question: Question,
  server: Server,
  asked: Asked,
): Promise<readonly Buffer[]> {
  const sets = asked[question];
  const bodies = await bodiesFor(name, question, server, asked);
  const step = name in ONLY ? Math.ceil(bodies.length / CHECKED_OF_SLOW) : 1;
  for (let at = 0; at < bodies.length; at += step) {
    const answer = await post({ ...server, url: urlFor(name, server, question) }, bodies[at] ?? Buffer.alloc(0));
    const { data, errors } = Object(JSON.parse(answer));
    // Rows as they come have no names to be compared by.
    const isSame = name === 'pg alone' ? data?.length > 0 : JSON.stringify(data) === sets[at]?.data;
    if (errors || !isSame) {
      throw new Error(
        `"${question}" is answered otherwise by "${name}": ${answer.slice(0, 1_000)}, not ${sets[at]?.data.slice(0, 1_000)}`,
      );
    }
  }
  return bodies;
}

async function bodiesFor(name: string, question: Question, server: Server, asked: Asked): Promise<Buffer[]> {
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  const sets = asked[question];
  if (name === 'pg alone' || name === 'node:http') return sets.map((_, at) => json({ question, at }));
  if (name === 'skiff persisted' || name === 'skiff cached') {
    return sets.map(({ skiff: variables }) => json({ documentId: idOf(documents[question]), variables }));
  }
  if (!name.startsWith('postgraphile')) {
    return sets.map(({ skiff: variables }) => json({ query: documents[question], variables }));
  }
  const query = postgraphileDocuments[question];
  const cursors = sets.some(({ after }) => after !== null) ? await cursorsOf(server, query, sets) : [];
  return sets.map(({ postgraphile, after }) =>
    json({ query, variables: { ...postgraphile, ...(after === null ? {} : { after: cursors[after] }) } }),
  );
}

/** PostGraphile's own, of the same list from its beginning. */
async function cursorsOf(server: Server, query: string, sets: Asked[Question]): Promise<string[]> {
  const head = query.slice(0, query.indexOf('nodes {')).replace('first: 50', `first: ${sets.length}`);
  const asks = `${head}edges { cursor } } }`;
  const answer = await post(server, Buffer.from(JSON.stringify({ query: asks, variables: sets[0]?.postgraphile })));
  const lists: { edges: { cursor: string }[] }[] = Object.values(Object(JSON.parse(answer)).data ?? {});
  return lists[0]?.edges.map(({ cursor }) => cursor) ?? [];
}

async function post({ url, headers }: Server, body: Buffer): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: new Uint8Array(body),
  });
  return response.text();
}
