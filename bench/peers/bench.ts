/**
 * `npm run bench -- peers`: Skiff beside what people would use instead, and beside the limits, on the same databases.
 *
 * The same questions with the same variables, distinct from request to request; before anything is measured all answers
 * are compared with those of Skiff's compiler. Then the candidates take turns, round by round, in changing order: what the
 * machine does meanwhile meets all of them, and a ratio is the median over the rounds of one to the other.
 *
 *     skiff                     compiled, as text; its access log, metrics and authentication on, its caches off
 *     skiff persisted           the same documents by their ids
 *     skiff federated           the federation engine over subgraphs in its process
 *     skiff federated by HTTP   and over subgraphs that are processes, the same ones that the next two ask
 *     apollo gateway, hive js   @apollo/gateway under Apollo Server; Hive Gateway's JavaScript engine
 *     postgraphile              on the read models, role and plants by pgSettings; and on a view of the ERP's tables
 *     apollo monolith           plain resolvers and DataLoader on the ERP's tables
 *     pg alone, node:http       the same statements, rows as they come; the same bytes
 *
 * The peers keep what they have parsed and planned, so that the id of a document would save them what reading its text costs,
 * which was measured to be within noise. CPU is that of all processes that answer, PostgreSQL's included; the load, a client on
 * sockets in this process, shares the machine with them.
 *
 * `--small` installs nothing: it compares Skiff, both limits and the Apollo monolith, whose packages Skiff has itself.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchDatabases, settled } from '../databases.ts';
import { percentile, round, say } from '../figures.ts';
import type { Flags } from '../flags.ts';
import { type LoadFigures, load } from '../load.ts';
import { startReplica } from '../roles.ts';
import { type Asked, askedSets, today } from './asked.ts';
import { installed, limit, monolith, Processes, type Server, skiff, skiffFederated } from './candidates.ts';
import { cpuMsOf, rssMbOf } from './cost.ts';
import { erpView } from './erp-view.ts';
import { installedPeers } from './installed.ts';
import { documents, postgraphileDocuments, QUESTIONS, type Question } from './questions.ts';
import { postmasterOf, table } from './table.ts';
import { peerViews } from './views.ts';

const MOST_SETS = 200;
/** Of answers compared before the start: all of some, a share of those that take a second each. */
const ONLY: Readonly<Record<string, readonly Question[]>> = {
  'apollo monolith': ['entity', 'list'],
  'postgraphile on the ERP': ['entity', 'list'],
};
const CHECKED_OF_SLOW = 5;

interface Row {
  readonly question: Question;
  readonly candidate: string;
  readonly rps: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMsPerRequest: number;
  readonly rssMb: number;
  /** Of its requests per second to Skiff's. */
  readonly ratio: number;
}

export async function bench(flags: Flags): Promise<Readonly<Record<string, unknown>>> {
  const lines = flags.number('lines', 100_000, 3_000);
  const rounds = flags.number('rounds', 5, 1);
  const forMs = flags.number('ms', 1_000, 150);
  const connections = flags.number('connections', 16);
  flags.refuseOthers();

  const folder = flags.isSmall ? null : installedPeers();
  await using databases = await benchDatabases({ lines });
  await using replica = startReplica(databases);
  await replica.ready;
  await settled(databases);
  await using processes = new Processes();
  const asked = await askedSets(databases.replica, flags.isSmall ? 20 : MOST_SETS);

  const own = await skiff(processes, databases, documentFolder(), flags.isSmall);
  const servers = new Map(own.servers);
  servers.set('skiff persisted', servers.get('skiff') ?? missing());
  servers.set('skiff federated', await skiffFederated(processes, databases, today));
  if (folder !== null) {
    await peerViews(databases.replica);
    await erpView(databases.erp);
    for (const [name, server] of await installed(processes, folder, databases, own, today)) servers.set(name, server);
  }
  servers.set('apollo monolith', await monolith(processes, databases, today));
  servers.set('pg alone', await limit(processes, 'pg', databases, toldTo(asked)));
  servers.set('node:http', await limit(processes, 'bytes', databases, toldTo(asked)));

  const postmasters = [postmasterOf(databases.replica.url), postmasterOf(databases.erp.url)];
  const rows: Row[] = [];
  for (const question of QUESTIONS) {
    const candidates = [...servers].filter(([name]) => ONLY[name]?.includes(question) ?? true);
    const bodies = new Map<string, readonly Buffer[]>();
    for (const [name, server] of candidates) bodies.set(name, await checked(name, question, server, asked));
    say(`${question}: ${candidates.length} candidates agree on ${asked[question].length} answers`);
    const measured = new Map(candidates.map(([name]) => [name, [] as Measured[]]));
    // The first round warms up and counts for nothing.
    for (let at = flags.isSmall ? 0 : -1; at < rounds; at++) {
      for (const [name, server] of at % 2 === 0 ? candidates : candidates.toReversed()) {
        const settings = {
          ...server,
          url: urlFor(name, server, question),
          bodies: bodies.get(name) ?? [],
          connections,
          forMs,
          from: Math.max(at, 0) * 37,
        };
        const cpuBefore = cpuMsOf([...server.pids, ...postmasters]);
        const figures = await load(settings);
        const cpuMs = cpuMsOf([...server.pids, ...postmasters]) - cpuBefore;
        if (at >= 0) measured.get(name)?.push({ ...figures, cpuMs, rssMb: rssMbOf(server.pids) });
      }
    }
    for (const [candidate, its] of measured) rows.push(rowOf(question, candidate, its, measured.get('skiff') ?? []));
    say(table(rows.filter((row) => row.question === question)));
  }
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, Node ${process.version}`;
  const date = new Date().toISOString();
  for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
  return { lines, connections, rounds, machine, date, rows };
}

interface Measured extends LoadFigures {
  readonly cpuMs: number;
  readonly rssMb: number;
}

function rowOf(question: Question, candidate: string, its: readonly Measured[], skiffs: readonly Measured[]): Row {
  const middle = (of: (one: Measured, at: number) => number) => percentile(its.map(of), 0.5);
  return {
    question,
    candidate,
    rps: Math.round(middle((one) => one.requestsPerSecond)),
    p50Ms: round(middle(({ latenciesMs }) => percentile(latenciesMs, 0.5))),
    p99Ms: round(middle(({ latenciesMs }) => percentile(latenciesMs, 0.99))),
    cpuMsPerRequest: round(
      middle(({ cpuMs, requests }) => cpuMs / requests),
      3,
    ),
    rssMb: Math.round(middle(({ rssMb }) => rssMb)),
    ratio: round(
      middle(({ requestsPerSecond }, at) => requestsPerSecond / (skiffs[at]?.requestsPerSecond ?? Number.NaN)),
      3,
    ),
  };
}

/** What sends bytes is told by its path which. */
const urlFor = (name: string, { url }: Server, question: Question): string =>
  name === 'node:http' ? new URL(question, url).href : url;

const missing = (): never => {
  throw new Error('Skiff did not start');
};

/** Where the gateway finds the questions as registered documents. */
function documentFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'skiff-documents-'));
  for (const question of QUESTIONS) writeFileSync(join(folder, `${question}.graphql`), documents[question]);
  return folder;
}

const idOf = (text: string): string => createHash('sha256').update(text).digest('hex');

const toldTo = (asked: Asked): object =>
  Object.fromEntries(
    QUESTIONS.map((question) => [
      question,
      asked[question].map(({ data, statements }) => ({
        text: `{"data":${data},"extensions":{"freshness":{"asOf":"${new Date().toISOString()}","stale":false}}}`,
        statements: statements.map(({ name, text, values }) => ({ ...(name ? { name } : {}), text, values })),
      })),
    ]),
  );

/** What to send to whom, when its answers are those expected. */
async function checked(name: string, question: Question, server: Server, asked: Asked): Promise<readonly Buffer[]> {
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
  if (name === 'skiff persisted') {
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
