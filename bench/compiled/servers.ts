/**
 * The servers that are compared, each as a process of its own: the gateway, compiling or not, and the same statements
 * written by hand on `node:http` and `pg`, under the same access scope.
 *
 *     node bench/compiled/servers.ts compiled|federated|hand <database url>
 *
 * It tells its parent its address, and ends with it.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type pg from 'pg';
import { z } from 'zod';
import { startGateway } from '../../gateway/gateway.ts';
import { DEFAULT_LIMITS } from '../../gateway/limits/limits.ts';
import { callInProcess } from '../../gateway/subgraph-calls.ts';
import { rowPool } from '../../replica/connect.ts';
import { flatExports } from '../../replica/exports.ts';
import { READER_OF_ALL } from '../../replica/protection.ts';
import { flatReads } from '../../replica/read.ts';
import { scopedRows } from '../../replica/scoped-rows.ts';
import { createLog } from '../../runtime/log.ts';
import { createMetrics } from '../../runtime/metrics.ts';
import { deployedSchema } from '../../schema/deployed.ts';
import { subgraphContext } from '../../subgraphs/context.ts';
import { flatSubgraph } from '../../subgraphs/flat-subgraph.ts';
import { localSubgraph } from '../../subgraphs/in-process.ts';
import { developer } from '../../subgraphs/principal.ts';
import { readModels } from '../read-models.ts';
import { answersByHand } from './questions.ts';

const CONNECTIONS = 10;
const [way, databaseUrl = ''] = process.argv.slice(2);
const url = way === 'hand' ? await byHand() : await gateway(way === 'compiled');
process.on('disconnect', () => process.exit());
process.send?.(url);

async function gateway(isCompiling: boolean): Promise<string> {
  const { subgraphs, supergraph, flat } = deployedSchema();
  const { served } = await readModels({ url: databaseUrl });
  const open = flatReads(flat, served, scopedRows(rowPool(databaseUrl, CONNECTIONS)));
  const today = process.env.BENCH_TODAY ?? '';
  const started = await startGateway({
    host: '127.0.0.1',
    port: 0,
    supergraph: {
      sdl: supergraph,
      flat,
      documents: [],
      datasets: { described: [], problems: [] },
      inProcess: new Set(isCompiling ? subgraphs.map(({ name }) => name) : []),
      calls: new Map(
        subgraphs.map(({ name, sdl }) => [name, callInProcess(localSubgraph(flatSubgraph(name, sdl, flat)))]),
      ),
    },
    documents: { limits: DEFAULT_LIMITS, introspection: false },
    newContext: ({ access }) => subgraphContext(open, served, today, access),
    authenticate: async () => developer,
    maySendText: () => true,
    responses: null,
    makeFresh: Object.assign(async () => {}, { atOnce: () => true }),
    watch: () => () => {},
    openExport: flatExports(flat, served, rowPool(databaseUrl, 1), 10_000),
    dataVersion: () => '',
    corsOrigins: [],
    bodyLimitBytes: 1_000_000,
    requestDeadlineMs: 10_000,
    pages: '/nonexistent',
    consoleStatus: async () => ({}),
    metrics: createMetrics(),
    log: createLog({ level: 'info' }, { write: () => undefined }),
  });
  return `${started.url}/graphql`;
}

async function byHand(): Promise<string> {
  const Asked = z.object({
    question: z.enum(['entity', 'list', 'listWithReferences']),
    statement: z.object({ name: z.string(), text: z.string() }).optional(),
    values: z.array(z.string()).optional(),
  });
  const statements = new Map<string, { name: string; text: string }>();
  const pool = rowPool(databaseUrl, CONNECTIONS);
  const setScope = `select set_config('role', $1, true), set_config('skiff.plants', $2, true)`;

  const rowsOf = async (question: string, values: readonly string[]): Promise<(string | null)[][]> => {
    const statement = statements.get(question);
    if (!statement) throw new Error(`Nobody has said how to ask for ${question}`);
    const client: pg.PoolClient = await pool.connect();
    try {
      const [, , { rows }] = await Promise.all([
        client.query('begin'),
        client.query({ name: 'scope', text: setScope, values: [READER_OF_ALL, '{}'] }),
        client.query<(string | null)[]>({ ...statement, values: [...values], rowMode: 'array' }),
        client.query('commit'),
      ]);
      return rows;
    } finally {
      client.release();
    }
  };

  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', async () => {
      const body: unknown = JSON.parse(Buffer.concat(parts).toString());
      const { question, statement, values = [] } = Asked.parse(body);
      if (statement) statements.set(question, statement);
      const data = statement ? {} : answersByHand[question](await rowsOf(question, values));
      const answer = Buffer.from(JSON.stringify({ data }));
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': answer.length });
      response.end(answer);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('The server has no port');
  return `http://127.0.0.1:${address.port}/`;
}
