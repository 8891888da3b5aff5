/**
 * What is sent to whom: for each question some sets of variables, each as Skiff takes it and as PostGraphile does, with
 * the statements that the compiled document runs for it and its answer.
 */
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
import type { Database } from '../databases.ts';
import { readModels } from '../read-models.ts';
import { documents, QUESTIONS, type Question } from './questions.ts';

type Variables = Readonly<Record<string, unknown>>;

export interface AskedSet {
  readonly skiff: Variables;
  /** Without cursors, which are PostGraphile's own: this many rows in. */
  readonly postgraphile: Variables;
  readonly after: number | null;
  readonly statements: readonly Statement[];
  /** The answer's data. */
  readonly data: string;
}

export type Asked = Readonly<Record<Question, readonly AskedSet[]>>;

export const today = todayIn(connector({}).timeZone)();

export async function askedSets(replica: Database, most: number): Promise<Asked> {
  await using models = await readModels(replica);
  const rows = scopedRows(models.readers);
  let run: Statement[] = [];
  const open = flatReads(models.schema, models.served, {
    query(statement, scope) {
      run.push(statement);
      return rows.query(statement, scope);
    },
  });
  const { supergraph, subgraphs, flat } = deployedSchema();
  const deployment = await deploy(
    {
      sdl: supergraph,
      flat,
      documents: [],
      datasets: { described: [], problems: [] },
      inProcess: new Set(subgraphs.map(({ name }) => name)),
      calls: new Map(),
    },
    { limits: DEFAULT_LIMITS, introspection: false },
  );
  const ask = async (query: string, variables: Variables): Promise<{ data: unknown; statements: Statement[] }> => {
    run = [];
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
    return { data, statements: run };
  };

  const late = `delayedShipments(filter: { plantCode: { eq: $plant } }, orderBy: { field: PLANNED_DATE }, first: $most)`;
  const rowsSeen = async (query: string, variables: Variables): Promise<Edge[]> =>
    edgesIn((await ask(query, variables)).data);
  const anywhere = await rowsSeen(
    `query ($most: Int) { delayedShipments(first: $most) { edges { cursor node { id plantCode customerId customerCode customerName } } } }`,
    { most },
  );
  const plant = anywhere[0]?.node.plantCode;
  const inPlant = await rowsSeen(`query ($plant: String, $most: Int) { ${late} { edges { cursor node { id } } } }`, {
    plant,
    most,
  });
  const lines = await rowsSeen(
    'query ($most: Int) { invoiceLines(orderBy: { field: INVOICE_DATE }, first: $most) { edges { cursor node { id } } } }',
    { most },
  );
  const customers = [...new Map(anywhere.map(({ node }) => [node.customerId, node])).values()];
  const variables: Readonly<Record<Question, readonly Omit<AskedSet, 'statements' | 'data'>[]>> = {
    entity: anywhere.map(({ node }) => {
      const [shipment, item] = String(node.id).split(':');
      return { skiff: { id: node.id }, postgraphile: { shipment, item }, after: null };
    }),
    list: inPlant.map(({ cursor }, after) => ({
      skiff: { plant, after: cursor },
      postgraphile: { plant, today },
      after,
    })),
    federated: lines.map(({ cursor }, after) => ({ skiff: { after: cursor }, postgraphile: {}, after })),
    search: customers.map((node) => ({
      skiff: { text: node.customerName },
      postgraphile: { text: node.customerName, today },
      after: null,
    })),
    dashboard: customers.map((node) => {
      const skiff = { customer: node.customerId, code: node.customerCode };
      return { skiff, postgraphile: { ...skiff, today }, after: null };
    }),
  };
  const asked: Record<Question, AskedSet[]> = { entity: [], list: [], federated: [], search: [], dashboard: [] };
  for (const question of QUESTIONS) {
    for (const set of variables[question]) {
      const { data, statements } = await ask(documents[question], set.skiff);
      asked[question].push({ ...set, statements, data: JSON.stringify(data) });
    }
  }
  return asked;
}

interface Edge {
  readonly cursor: string;
  readonly node: Readonly<Record<string, unknown>>;
}

function edgesIn(data: unknown): Edge[] {
  const found: { edges: Edge[] }[] = Object.values(Object(data));
  return found[0]?.edges ?? [];
}
