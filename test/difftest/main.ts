/**
 * `npm run difftest -- --documents 10000 --seed 1`: random documents, each answered by its compiled statements, by
 * the federation engine and in memory, as callers with different plants. All three must say the same: the same data,
 * byte for byte, and the same errors by path and code.
 *
 * The rows do not change meanwhile. The last line on stdout is one JSON object; what differs goes to stderr.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionResult } from 'graphql';
import pg from 'pg';
import { parseFlags } from '../../bench/flags.ts';
import { type Deployment, deploy } from '../../gateway/deployment.ts';
import { DEFAULT_LIMITS } from '../../gateway/limits/limits.ts';
import type { AccessScope } from '../../replica/access-scope.ts';
import { discardPostgres, startPostgres } from '../../runtime/embedded-postgres.ts';
import { showProgress } from '../../runtime/progress.ts';
import { deployedSchema } from '../../schema/deployed.ts';
import { type AnswerError, clientError } from '../../subgraphs/client-error.ts';
import { subgraphContext } from '../../subgraphs/context.ts';
import { developer } from '../../subgraphs/principal.ts';
import { noWishes } from '../../subgraphs/wishes.ts';
import { supergraphOf } from '../gateway/test-gateway.ts';
import { readModels, TODAY } from '../read-models.ts';
import { writeQuestion } from './documents.ts';
import { InMemory, type Question } from './in-memory.ts';
import { Random } from './random.ts';
import { fillWithRandomRows } from './rows.ts';

const CALLERS: readonly AccessScope[] = [
  { plants: '*' },
  { plants: ['P1'] },
  { plants: ['P2', 'P4'] },
  { plants: [] },
  { plants: ['P1', 'P2', 'P3', 'P4', 'P5'] },
];
/** Each set of rows is asked this many documents. */
const PER_ROWS = 500;
const MOST_SHOWN = 5;

const flags = parseFlags(process.argv.slice(2));
const documents = flags.number('documents', 10_000, 600);
const seed = flags.number('seed', Date.now() % 1_000_000);
flags.refuseOthers();

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => process.exit(128 + constants.signals[signal]));
}

const folder = mkdtempSync(join(tmpdir(), 'skiff-difftest-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
const dataDir = join(folder, 'postgres');
const server = await startPostgres({ dataDir, settings: { fsync: 'off' } });
const pool = new pg.Pool({ connectionString: server.connectionString() });
// Of a connection lost while idle, whoever takes the next one hears.
pool.on('error', () => {});
const models = await readModels(async () => ({
  url: server.connectionString(),
  query: (text) => pool.query(text),
  [Symbol.asyncDispose]: () => pool.end(),
}));
const schema = deployedSchema();
const settings = { limits: DEFAULT_LIMITS, introspection: true };
const compiling = await deploy(supergraphOf(schema), settings);
const federating = await deploy(supergraphOf(schema, new Map(), false), settings);

interface Told {
  readonly data: string;
  /** Path and code of each, in no order. */
  readonly errors: readonly string[];
}

const random = new Random(seed);
const found = { documents: 0, compiled: 0, differences: 0, rootFields: 0, statements: 0 };
const progress = showProgress({ label: `Documents of seed ${seed}`, total: documents, unit: 'documents' });
let memory = new InMemory(models.flat, new Map(), TODAY);
while (found.documents < documents) {
  if (found.documents % PER_ROWS === 0)
    memory = new InMemory(models.flat, await fillWithRandomRows(models, random, TODAY), TODAY);
  const question = writeQuestion({ random, schema: memory.schema, flat: models.flat, rows: memory });
  const scope = random.pick(CALLERS);
  if (isRefused(question)) continue;
  found.documents++;
  progress.add(1);
  found.differences += Number(await differs(question, scope));
}
progress.end();
await models[Symbol.asyncDispose]();
await server.stop();
await discardPostgres(dataDir);
const isRight = found.differences === 0 && found.compiled >= 0.95 * found.documents;
process.stdout.write(`${JSON.stringify({ ...found, seed })}\n`);
process.exit(isRight ? 0 : 1);

/** Too expensive, or not to be asked at all: nobody executes it. */
function isRefused(question: Question): boolean {
  try {
    prepare(compiling, question);
    return false;
  } catch {
    return true;
  }
}

function prepare(deployment: Deployment, { query, variables }: Question) {
  return deployment.prepare({ query, documentId: undefined, operationName: undefined, variables }, developer);
}

/** Asks all three; says on stderr how they differ. */
async function differs(question: Question, scope: AccessScope): Promise<boolean> {
  const before = models.statements.length;
  const compiled = await execute(compiling, question, scope);
  const statements = models.statements.length - before;
  const isCompiled = wayOf(compiled) === 'compiled';
  const rootFields = Object.keys(compiled.data ?? {}).filter((key) => key !== '__typename').length;
  found.compiled += Number(isCompiled);
  found.rootFields += rootFields;
  found.statements += statements;

  const answers = {
    compiled: told(compiled),
    federated: told(await execute(federating, question, scope)),
    inMemory: told(await memory.answer(question, scope)),
  };
  const differ = new Set(Object.values(answers).map((answer) => JSON.stringify(answer))).size > 1;
  const tooMany = isCompiled && statements > rootFields;
  if ((differ || tooMany) && found.differences < MOST_SHOWN) {
    process.stderr.write(
      `\n${JSON.stringify({ ...question, scope, statements, rootFields }, null, 1)}\n${question.query}\n`,
    );
    for (const [who, { data, errors }] of Object.entries(answers)) {
      process.stderr.write(`${who}: ${data} ${errors.join('; ')}\n`);
    }
  }
  return differ || tooMany;
}

function execute(deployment: Deployment, question: Question, scope: AccessScope): Promise<ExecutionResult> {
  return prepare(deployment, question).execute({
    requestId: 'difftest',
    principal: developer,
    subgraph: subgraphContext(models.open, models.served, TODAY, scope),
    signal: new AbortController().signal,
    wishes: noWishes,
    arrivedAt: performance.now(),
    deadlineAt: Number.POSITIVE_INFINITY,
  });
}

function wayOf({ extensions }: ExecutionResult): unknown {
  const explain = extensions?.explain;
  return typeof explain === 'object' && explain !== null && 'way' in explain ? explain.way : undefined;
}

function told({ data = null, errors = [] }: ExecutionResult): Told {
  const codes = errors.map((error: AnswerError) => {
    const { path, extensions } = clientError(error).error;
    return `${path?.join('.')} ${extensions?.code}`;
  });
  return { data: JSON.stringify(data), errors: codes.toSorted() };
}
