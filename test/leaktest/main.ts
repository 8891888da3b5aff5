/**
 * `npm run leaktest -- --rounds 18 --seed 1`: does anything an answer says depend on rows its caller may not see?
 *
 * Every way in that the schema offers is tried twice: with all rows there, and after the rows of other plants were
 * deleted. Forbidden then is missing, so both answers must be the same, byte for byte, errors included, and come of the
 * same statements. A row of another plant in any of them would be a difference; so would a count, a page's end, a code.
 *
 * Rounds go through callers, both ways of answering, and both barriers: with either of them off the other one holds.
 * So that a probe which would notice nothing is noticed, the first round is asked by a caller with all plants as well:
 * a way in on which that one is told the same is blind, and a fault of this test.
 *
 * The last line on stdout is one JSON object; what leaks goes to stderr.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'graphql';
import pg from 'pg';
import { parseFlags } from '../../bench/flags.ts';
import { type AccessScope, ALL_PLANTS } from '../../replica/access-scope.ts';
import { type FlatType, plantField } from '../../replica/flat-type.ts';
import { type FlatRow, flatReads, type OpenReads } from '../../replica/read.ts';
import { discardPostgres, startPostgres } from '../../runtime/embedded-postgres.ts';
import { showProgress } from '../../runtime/progress.ts';
import { readDatasets } from '../../schema/datasets.ts';
import { deployedSchema } from '../../schema/deployed.ts';
import { rootFields } from '../../schema/names.ts';
import { DOCUMENTS } from '../../schema/registry.ts';
import { subgraphContext } from '../../subgraphs/context.ts';
import { flatSubgraph } from '../../subgraphs/flat-subgraph.ts';
import { localSubgraph } from '../../subgraphs/in-process.ts';
import { developer } from '../../subgraphs/principal.ts';
import { Random } from '../difftest/random.ts';
import { fillWithRandomRows } from '../difftest/rows.ts';
import { type TestGateway, testGateway } from '../gateway/test-gateway.ts';
import { readModels, TODAY } from '../read-models.ts';
import { datasetProbes, type Probe, probesOf } from './probes.ts';

const CALLERS: readonly AccessScope[] = [{ plants: ['P1'] }, { plants: ['P2', 'P4'] }, { plants: [] }];
const BARRIERS = ['both', 'statements', 'database'] as const;
const WAYS = ['compiled', 'federated'] as const;
const ALL_ROUNDS = CALLERS.length * BARRIERS.length * WAYS.length;
/** The plants that random rows are of. */
const ALL_OF_THEM = ['P1', 'P2', 'P3', 'P4', 'P5'];
/** Probes asked at the same time. */
const LANES = 4;
const MOST_SHOWN = 5;

const flags = parseFlags(process.argv.slice(2));
const rounds = flags.number('rounds', ALL_ROUNDS, BARRIERS.length);
const seed = flags.number('seed', Date.now() % 1_000_000);
flags.refuseOthers();

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => process.exit(128 + constants.signals[signal]));
}
const folder = mkdtempSync(join(tmpdir(), 'skiff-leaktest-'));
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
// The same for all answers, and not to be old before the end.
const asOf = new Date(Date.now() + 3_600_000);
for (const { name } of models.flat.types)
  models.freshness.set(name, { asOf, deletionsAsOf: asOf, incomplete: false, stopped: false });

/** The barriers that are up: statements are written, or run, as if the caller had all plants where one is down. */
const reads: Readonly<Record<(typeof BARRIERS)[number], OpenReads>> = {
  both: models.open,
  statements: flatReads(models.flat, models.served, {
    query: (statement) => models.rows.query(statement, ALL_PLANTS),
  }),
  database: (today, scope) =>
    flatReads(models.flat, models.served, { query: (statement) => models.rows.query(statement, scope) })(
      today,
      ALL_PLANTS,
    ),
};

let caller: AccessScope = ALL_PLANTS;
let barriers: (typeof BARRIERS)[number] = 'both';
const context = () => subgraphContext(reads[barriers], models.served, TODAY, caller);
const gatewayBy = (isCompiling: boolean): Promise<TestGateway> =>
  testGateway({
    models,
    isCompiling,
    newContext: context,
    authenticate: async () => ({ ...developer, access: caller }),
  });
const gateways = { compiled: await gatewayBy(true), federated: await gatewayBy(false) };
const subgraphs = new Map(
  deployedSchema().subgraphs.map(({ name, sdl }) => [name, localSubgraph(flatSubgraph(name, sdl, models.flat))]),
);

const datasets = readDatasets([DOCUMENTS]).described;
const random = new Random(seed);
const paths = new Set<string>();
const found = { probes: 0, leaks: 0, blind: 0 };
const progress = showProgress({ label: `Rounds of seed ${seed}`, total: rounds, unit: 'rounds' });
for (let round = 0; round < rounds; round++) {
  await playRound(round);
  progress.add(1);
}
progress.end();
for (const gateway of Object.values(gateways)) await gateway[Symbol.asyncDispose]();
await models[Symbol.asyncDispose]();
await server.stop();
await discardPostgres(dataDir);
process.stdout.write(`${JSON.stringify({ paths: paths.size, ...found, seed })}\n`);
process.exit(found.leaks + found.blind === 0 ? 0 : 1);

async function playRound(round: number): Promise<void> {
  const scope = CALLERS[(round + Math.floor(round / 6)) % CALLERS.length] ?? ALL_PLANTS;
  const way = WAYS[round % WAYS.length] ?? 'compiled';
  const up = BARRIERS[round % BARRIERS.length] ?? 'both';

  const filled = await fillWithRandomRows(models, random, TODAY);
  const there = await idsThere(gateways[way]);
  const rowsProbes = probesOf(models.flat, (type) => {
    const rows = (filled.get(type.name)?.rows ?? []).filter(({ id }) => there.get(type.name)?.has(id));
    const isForeign = foreignTo(scope, type);
    return { foreign: rows.filter(isForeign), own: rows.filter((row) => !isForeign(row)) };
  });
  const foreignPlants = ALL_OF_THEM.filter((plant) => scope.plants !== '*' && !scope.plants.includes(plant));
  const probes = [...rowsProbes, ...datasetProbes(datasets, foreignPlants)];
  const ask = async (who: AccessScope, held: typeof barriers) => {
    [caller, barriers] = [who, held];
    const answers: string[] = [];
    for (let at = 0; at < probes.length; at += LANES) {
      const first = models.statements.length;
      const told = await Promise.all(probes.slice(at, at + LANES).map((probe) => answerTo(probe, way)));
      // Whichever of them they belong to.
      const statements = models.statements.splice(first).map(({ text }) => text);
      answers.push(...told.map((one) => JSON.stringify([one, statements.toSorted()])));
    }
    return answers;
  };
  const isFirst = round === 0;
  const before = await ask(scope, up);
  const beforeForAll = isFirst ? await ask(ALL_PLANTS, 'both') : [];
  for (const type of models.flat.types) await deleteForeign(scope, type);
  const after = await ask(scope, up);
  const afterForAll = isFirst ? await ask(ALL_PLANTS, 'both') : [];

  found.probes += probes.length;
  for (const [at, probe] of probes.entries()) {
    paths.add(probe.path);
    if (before[at] !== after[at]) leaked({ ...probe, scope, way, up }, before[at], after[at]);
  }
  if (isFirst) findBlind(probes, (at) => beforeForAll[at] !== afterForAll[at]);
}

function foreignTo({ plants }: AccessScope, type: FlatType): (row: FlatRow) => boolean {
  const field = plantField(type);
  return (row) => field !== undefined && plants !== '*' && !plants.includes(String(row[field.name] ?? ''));
}

async function deleteForeign({ plants }: AccessScope, type: FlatType): Promise<void> {
  const field = plantField(type);
  if (!field || plants === '*') return;
  const own = plants.map((plant) => `'${plant}'`).join(', ');
  const { table } = models.served.get(type.name);
  await models.query(`delete from ${table} where (${field.column} = any(array[${own}]::text[])) is not true`);
}

/** Rows outside of a type's `where` are for nobody. */
async function idsThere(gateway: TestGateway): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  [caller, barriers] = [ALL_PLANTS, 'both'];
  const ids = new Map<string, ReadonlySet<string>>();
  for (const { name } of models.flat.types) {
    const { many } = rootFields(name);
    const { body } = await gateway.ask(`{ ${many}(first: 500) { nodes { id } } }`);
    ids.set(name, new Set(body.data[many].nodes.map(({ id }: { id: string }) => id)));
  }
  return ids;
}

/** All that can be told from an answer. */
function answerTo({ query, variables, subgraph, address }: Probe, way: (typeof WAYS)[number]): Promise<unknown> {
  if (address !== undefined) return byAddress(address);
  return subgraph === undefined ? byGateway(query, variables, way) : bySubgraph(subgraph, query, variables);
}

async function byGateway(query: string, variables: Probe['variables'], way: (typeof WAYS)[number]) {
  const { status, headers, text } = await gateways[way].post({ query, variables }, { 'x-request-id': 'leaktest' });
  return [status, [...headers].filter(([name]) => name !== 'date'), text];
}

/** Datasets are compiled, or not served. */
async function byAddress(address: string) {
  const { status, headers, text } = await gateways.compiled.fetch(address, { headers: { 'x-request-id': 'leaktest' } });
  // Of how long was waited nothing can be learned but the machine's load.
  return [status, [...headers].filter(([name]) => name !== 'date' && name !== 'server-timing'), text];
}

async function bySubgraph(name: string, query: string, variables: Probe['variables']) {
  const run = subgraphs.get(name);
  if (!run) throw new TypeError(`There is no subgraph ${name}`);
  return run({ document: parse(query), variables }, context());
}

function leaked(probe: object, before: string | undefined, after: string | undefined): void {
  if (found.leaks++ < MOST_SHOWN) {
    process.stderr.write(`\n${JSON.stringify(probe, null, 1)}\nwith the rows: ${before}\nwithout them: ${after}\n`);
  }
}

/** Ways in that are told apart by nobody, not even by who may see everything. */
function findBlind(probes: readonly Probe[], differs: (at: number) => boolean): void {
  const sighted = new Set(probes.filter((_, at) => differs(at)).map(({ path }) => path));
  for (const path of new Set(probes.filter(({ isClosed }) => !isClosed).map((probe) => probe.path))) {
    if (sighted.has(path)) continue;
    found.blind++;
    process.stderr.write(`\nNo probe of ${path} would notice a leak\n`);
  }
}
