/**
 * `npm run bench -- compiled`: three questions, each asked of the gateway with its documents compiled, with them
 * federated, and of the same statements written by hand on `node:http` and `pg` under the same access scope.
 *
 * Variables differ from request to request. The servers take turns, so that what the machine does meanwhile meets all
 * of them; a ratio is the median of its rounds. Before that every answer is compared.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';
import { connector } from '../../erp/sandbox/connector.ts';
import { deploy } from '../../gateway/deployment.ts';
import { DEFAULT_LIMITS } from '../../gateway/limits/limits.ts';
import { ALL_PLANTS } from '../../replica/access-scope.ts';
import type { Statement } from '../../replica/queryable.ts';
import { flatReads } from '../../replica/read.ts';
import { scopedRows } from '../../replica/scoped-rows.ts';
import { deployedSchema } from '../../schema/deployed.ts';
import { subgraphContext } from '../../subgraphs/context.ts';
import { developer } from '../../subgraphs/principal.ts';
import { todayIn } from '../../subgraphs/today.ts';
import { noWishes } from '../../subgraphs/wishes.ts';
import { benchDatabases, type Database } from '../databases.ts';
import { percentile, round, say } from '../figures.ts';
import type { Flags } from '../flags.ts';
import { bodyOf, graphqlClient } from '../graphql-client.ts';
import { inTurns } from '../in-turns.ts';
import { requestsPerSecond } from '../load.ts';
import { readModels } from '../read-models.ts';
import { startReplica } from '../roles.ts';
import { documents, type QuestionName } from './questions.ts';

const WAYS = ['compiled', 'federated', 'hand'] as const;
type Way = (typeof WAYS)[number];
const QUESTIONS = ['entity', 'list', 'listWithReferences'] as const;
const SETS = 400;

interface Asked {
  readonly variables: Readonly<Record<string, unknown>>;
  readonly statement: Statement;
  /** The answer's data. */
  readonly data: string;
}

interface Server {
  readonly url: string;
  end(): Promise<unknown>;
}

export async function bench(flags: Flags): Promise<Readonly<Record<string, unknown>>> {
  const lines = flags.number('lines', 500_000, 5_000);
  const rounds = flags.number('rounds', 5, 1);
  const forMs = flags.number('ms', 2_000, 200);
  const connections = flags.number('connections', 16);
  flags.refuseOthers();

  await using databases = await benchDatabases({ lines });
  const replica = startReplica(databases);
  await replica.ready;
  await replica.stop();
  const today = todayIn(connector({}).timeZone)();
  const asked = await prepare(databases.replica, today);
  const servers = new Map<Way, Server>();
  for (const way of WAYS) servers.set(way, await start(way, databases.replica, today));

  const figures = [];
  for (const question of QUESTIONS) {
    const sets = asked[question];
    const bodies = await checked(question, sets, servers);
    const rps = await inTurns(WAYS, { warmUp: 0, measured: rounds }, (way) =>
      requestsPerSecond({ url: servers.get(way)?.url ?? '', bodies: bodies[way], connections, forMs }),
    );
    const [compiled = [], federated = [], hand = []] = WAYS.map((way) => rps.get(way));
    const middle = (of: readonly number[]) => Math.round(percentile(of, 0.5));
    say(`${question}: ${WAYS.map((way) => `${way} ${middle(rps.get(way) ?? [])}`).join(', ')} requests/s`);
    const ratios = compiled.map((one, at) => one / (hand[at] ?? Number.NaN));
    figures.push({
      question,
      rpsCompiled: middle(compiled),
      rpsFederated: middle(federated),
      rpsPgAlone: middle(hand),
      ratioToPgAlone: round(percentile(ratios, 0.5)),
    });
  }
  for (const server of servers.values()) await server.end();
  return { lines, questions: figures };
}

/** The variables of each question, and for each set of them the compiled statement and its answer. */
async function prepare(replica: Database, today: string): Promise<Readonly<Record<QuestionName, readonly Asked[]>>> {
  await using models = await readModels(replica);
  const rows = scopedRows(models.readers);
  const run: Statement[] = [];
  const open = flatReads(models.schema, models.served, {
    query(statement, scope) {
      run.push(statement);
      return rows.query(statement, scope);
    },
  });
  const { supergraph, subgraphs, flat } = deployedSchema();
  const inProcess = new Set(subgraphs.map(({ name }) => name));
  const deployment = await deploy(
    { sdl: supergraph, flat, documents: [], datasets: { described: [], problems: [] }, inProcess, calls: new Map() },
    { limits: DEFAULT_LIMITS, introspection: false },
  );
  const ask = async (query: string, variables: Asked['variables']) => {
    const { data, errors } = await deployment
      .prepare({ query, documentId: undefined, operationName: undefined, variables }, developer)
      .execute({
        requestId: 'bench',
        principal: developer,
        subgraph: subgraphContext(open, models.served, today, ALL_PLANTS),
        signal: new AbortController().signal,
        wishes: noWishes,
        arrivedAt: performance.now(),
        deadlineAt: Number.POSITIVE_INFINITY,
      });
    if (errors) throw new Error(`${query} was answered with errors`, { cause: errors });
    return data;
  };
  const asked = async (question: QuestionName, variables: Asked['variables']): Promise<Asked> => {
    const data = JSON.stringify(await ask(documents[question], variables));
    const statement = run.at(-1);
    if (!statement?.name) throw new Error(`The statement of "${question}" is not a prepared one`);
    return { variables, statement, data };
  };

  const Edges = z.object({
    delayedShipments: z.object({
      edges: z
        .array(z.object({ cursor: z.string(), node: z.object({ id: z.string(), plantCode: z.string() }) }))
        .min(1),
    }),
  });
  const pages = `query ($plant: String) { delayedShipments(filter: { plantCode: { eq: $plant } },
    orderBy: { field: PLANNED_DATE, direction: ASC }, first: ${SETS}) { edges { cursor node { id plantCode } } } }`;
  const anywhere = Edges.parse(await ask(pages, {})).delayedShipments.edges;
  const plant = anywhere[0]?.node.plantCode;
  const { edges } = Edges.parse(await ask(pages, { plant })).delayedShipments;
  const all = async (question: QuestionName, sets: readonly Asked['variables'][]) => {
    const found: Asked[] = [];
    for (const variables of sets) found.push(await asked(question, variables));
    return found;
  };
  const places = edges.map(({ cursor }) => ({ plant, after: cursor }));
  return {
    entity: await all(
      'entity',
      anywhere.map(({ node }) => ({ id: node.id })),
    ),
    list: await all('list', places),
    listWithReferences: await all('listWithReferences', places),
  };
}

async function start(way: Way, { url }: Database, today: string): Promise<Server> {
  const child = fork(new URL('./servers.ts', import.meta.url), [way, url], {
    env: { ...process.env, BENCH_TODAY: today, NODE_ENV: 'production' },
  });
  const [address] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error(`The server "${way}" did not start`))),
  ]);
  return {
    url: String(address),
    async end() {
      const exit = once(child, 'exit');
      child.disconnect();
      await exit;
    },
  };
}

/** What to send each server, when all of them have answered all of it alike. */
async function checked(
  question: QuestionName,
  sets: readonly Asked[],
  servers: ReadonlyMap<Way, Server>,
): Promise<Readonly<Record<Way, readonly Buffer[]>>> {
  const gateway = sets.map(({ variables }) => bodyOf(documents[question], variables));
  const hand = sets.map(({ statement }) => Buffer.from(JSON.stringify({ question, values: statement.values })));
  const bodies: Record<Way, readonly Buffer[]> = { compiled: gateway, federated: gateway, hand };
  const [first] = sets;
  for (const way of WAYS) {
    using client = graphqlClient(servers.get(way)?.url ?? '');
    if (way === 'hand') {
      const statement = { name: first?.statement.name, text: first?.statement.text };
      await client.post(Buffer.from(JSON.stringify({ question, statement })));
    }
    for (const [at, body] of bodies[way].entries()) {
      const answer = await client.post(body);
      const set = sets[at];
      if (set?.statement.text !== first?.statement.text) throw new Error(`"${question}" is not always one statement`);
      if (!answer.includes(`"data":${set?.data}`)) {
        throw new Error(`"${question}" is answered otherwise by "${way}": ${answer.slice(0, 500)}, not ${set?.data}`);
      }
    }
  }
  return bodies;
}
