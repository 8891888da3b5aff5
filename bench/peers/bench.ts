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
 *     skiff cached              persisted documents, its response cache on: only where answers are asked for again
 *
 * `mix` says how: `cold`, every question anew and nothing kept; `warm`, some of them more often than others (zipf, s = 1),
 * again and again; `changing`, the same while the ERP commits 100 transactions/s.
 *
 * The peers keep what they have parsed and planned, so that the id of a document would save them what reading its text costs,
 * which was measured to be within noise. CPU is that of all processes that answer, PostgreSQL's included; the load, a client on
 * sockets in this process, shares the machine with them.
 *
 * `--small` installs nothing: it compares Skiff, both limits and the Apollo monolith, whose packages Skiff has itself.
 * In full size it writes `bench/RESULTS.md`.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '../../erp/sandbox/random.ts';
import { runTraffic } from '../../erp/sandbox/traffic.ts';
import { benchDatabases, type Databases, settled } from '../databases.ts';
import { percentile, round, say } from '../figures.ts';
import type { Flags } from '../flags.ts';
import { inTurns } from '../in-turns.ts';
import { type LoadFigures, load } from '../load.ts';
import { startReplica } from '../roles.ts';
import { zipfRanks } from '../zipf.ts';
import { type Asked, askedSets, today } from './asked.ts';
import { installed, limit, monolith, Processes, skiff, skiffFederated } from './candidates.ts';
import { cpuMsOf, rssMbOf } from './cost.ts';
import { erpView } from './erp-view.ts';
import { installedPeers } from './installed.ts';
import { documents, QUESTIONS, type Question } from './questions.ts';
import { checked, ONLY, urlFor } from './sent.ts';
import { postmasterOf, results, table } from './table.ts';
import { peerViews } from './views.ts';

const RESULTS = new URL('../RESULTS.md', import.meta.url);
const MOST_SETS = 200;
const MIXES = ['cold', 'warm', 'changing'] as const;
type Mix = (typeof MIXES)[number];
/** Whom it matters to that a question is asked again, and what they are seen beside. */
const WARM = ['skiff cached', 'skiff persisted', 'postgraphile', 'pg alone', 'node:http'];
const WARM_REQUESTS = 5_000;
const CHANGES_PER_SECOND = 100;

interface Row {
  readonly mix: Mix;
  readonly question: Question;
  readonly candidate: string;
  readonly rps: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMsPerRequest: number;
  readonly rssMb: number;
  /** Of its requests per second to those of `skiff`, or of `skiff persisted` where the mix is not `cold`. */
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
  const turns = flags.isSmall ? { warmUp: 0, measured: 1 } : { warmUp: 1, measured: rounds };
  const bodies = new Map<string, readonly Buffer[]>();
  for (const question of QUESTIONS) {
    const able = [...servers].filter(([name]) => ONLY[name]?.includes(question) ?? true);
    for (const [name, server] of able) bodies.set(`${name} ${question}`, await checked(name, question, server, asked));
    say(`${question}: ${able.length} candidates agree on ${asked[question].length} answers`);
  }
  const rows: Row[] = [];
  for (const mix of MIXES) {
    await using _traffic = mix === 'changing' ? traffic(databases) : null;
    for (const question of QUESTIONS) {
      const candidates = [...servers.keys()].filter((name) => isAsked(name, question, mix));
      const ranks = Array.from({ length: WARM_REQUESTS }, zipfRanks(asked[question].length, new Random(1)));
      const measured = await inTurns(candidates, turns, async (name, turn): Promise<Measured> => {
        const server = servers.get(name) ?? missing();
        const sets = bodies.get(`${name} ${question}`) ?? [];
        const url = urlFor(name, server, question);
        const sent = mix === 'cold' ? sets : ranks.map((at) => sets[at] ?? missing());
        const cpuBefore = cpuMsOf([...server.pids, ...postmasters]);
        const from = Math.max(turn, 0) * 37;
        const figures = await load({ ...server, url, bodies: sent, connections, forMs, from });
        const cpuMs = cpuMsOf([...server.pids, ...postmasters]) - cpuBefore;
        return { ...figures, cpuMs, rssMb: rssMbOf(server.pids) };
      });
      const beside = measured.get(mix === 'cold' ? 'skiff' : 'skiff persisted') ?? [];
      for (const [candidate, its] of measured) rows.push(rowOf({ mix, question, candidate }, its, beside));
      say(table(rows.filter((row) => row.question === question && row.mix === mix)));
    }
  }
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, Node ${process.version}`;
  const date = new Date().toISOString();
  if (!flags.isSmall) {
    const head = `${machine}, ${date}: ${lines} order lines, ${connections} connections, ${rounds} rounds.`;
    writeFileSync(
      RESULTS,
      results(
        head,
        Object.groupBy(rows, ({ mix, question }) => `${mix}: ${question}`),
      ),
    );
  }
  for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
  return { lines, connections, rounds, machine, date, rows };
}

interface Measured extends LoadFigures {
  readonly cpuMs: number;
  readonly rssMb: number;
}

const isAsked = (name: string, question: Question, mix: Mix): boolean =>
  mix === 'cold' ? name !== 'skiff cached' && (ONLY[name]?.includes(question) ?? true) : WARM.includes(name);

/** The ERP at work, until it is disposed of. */
function traffic(databases: Databases): AsyncDisposable {
  const over = new AbortController();
  const { pool } = databases.erp;
  const running = runTraffic(pool, { ratePerSecond: CHANGES_PER_SECOND, seed: 1, signal: over.signal });
  running.catch(() => undefined);
  return {
    async [Symbol.asyncDispose]() {
      over.abort();
      await running;
    },
  };
}

type Named = Pick<Row, 'mix' | 'question' | 'candidate'>;

function rowOf(named: Named, its: readonly Measured[], skiffs: readonly Measured[]): Row {
  const middle = (of: (one: Measured, at: number) => number) => percentile(its.map(of), 0.5);
  return {
    ...named,
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

const missing = (): never => {
  throw new Error('Skiff did not start');
};

/** Where the gateway finds the questions as registered documents. */
function documentFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'skiff-documents-'));
  for (const question of QUESTIONS) writeFileSync(join(folder, `${question}.graphql`), documents[question]);
  return folder;
}

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
