/**
 * The same questions as two callers, one with all plants and one with some: what row-level access costs. One by one in
 * turns, so that whatever else happens on the machine happens to both.
 *
 * The search is one that few rows answer. The range is a page further down an order by a Decimal: a comparison of
 * numeric, as the search is an ILIKE, are what PostgreSQL keeps from an index under a policy unless it is told better.
 */
import { z } from 'zod';
import { type AccessScope, ALL_PLANTS } from '../../replica/access-scope.ts';
import type { Database } from '../databases.ts';
import { percentile, round, say } from '../figures.ts';
import { bodyOf, type GraphqlClient, graphqlClient } from '../graphql-client.ts';
import { type RunningSkiff, withReader } from '../roles.ts';

export interface Question {
  readonly name: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

const Rows = z.object({
  rows: z.object({ nodes: z.array(z.object({ id: z.string(), plantCode: z.string().nullable() })) }),
});
const Sample = z.object({
  rows: z.object({
    nodes: z.array(z.object({ productName: z.string() })),
    pageInfo: z.object({ endCursor: z.string() }),
  }),
});

export async function timeByPlants(
  skiff: RunningSkiff,
  replica: Database,
  plants: readonly string[],
  delayed: Question,
  samples: number,
): Promise<Readonly<Record<string, number>>> {
  using all = graphqlClient(await withReader(skiff.address, replica, ALL_PLANTS));
  using some = graphqlClient(await withReader(skiff.address, replica, { plants }));
  const ratios: Record<string, number> = {};
  for (const question of [delayed, ...(await questions(all))]) {
    await checkRows(some, all, question, { plants });
    const ms = { all: [] as number[], some: [] as number[] };
    const body = bodyOf(question.query, question.variables);
    const warmUp = Math.ceil(samples / 10);
    for (let at = 0; at < warmUp + samples; at++) {
      for (const [whose, client] of [
        ['all', all],
        ['some', some],
      ] as const) {
        const began = performance.now();
        await client.post(body);
        if (at >= warmUp) ms[whose].push(performance.now() - began);
      }
    }
    const [ofAll, ofSome] = [percentile(ms.all, 0.5), percentile(ms.some, 0.5)];
    say(`${question.name}: p50 ${round(ofSome)} ms with ${plants.length} plants, ${round(ofAll)} ms with all`);
    ratios[question.name] = round(ofSome / ofAll);
  }
  return ratios;
}

async function questions(all: GraphqlClient): Promise<Question[]> {
  const sorted = 'rows: stockLevels(orderBy: { field: AVAILABLE, direction: ASC }, first: 50';
  const { data } = await all.ask(`{ ${sorted}) { nodes { productName } pageInfo { endCursor } } }`, {}, Sample);
  const { nodes, pageInfo } = data.rows;
  return [
    { name: 'list', query: '{ rows: shipmentLines(first: 50) { nodes { id plantCode } } }', variables: {} },
    {
      name: 'search',
      query: `query ($name: String!) {
        rows: stockLevels(filter: { productName: { contains: $name } }) { nodes { id plantCode } }
      }`,
      variables: { name: nodes[0]?.productName },
    },
    {
      name: 'range',
      query: `query ($after: String!) { ${sorted}, after: $after) { nodes { id plantCode } } }`,
      variables: { after: pageInfo.endCursor },
    },
  ];
}

/** Rows of the caller's plants, as many as asked for, and none that is not there for who sees all. */
async function checkRows(
  some: GraphqlClient,
  all: GraphqlClient,
  { name, query, variables }: Question,
  { plants }: AccessScope,
): Promise<void> {
  const mine = (await some.ask(query, variables, Rows)).data.rows.nodes;
  const theirs = (await all.ask(query, variables, Rows)).data.rows.nodes;
  const foreign = mine.filter(({ plantCode }) => !plants.includes(plantCode ?? ''));
  const ids = new Set(mine.map(({ id }) => id));
  const missing = theirs.filter(({ id, plantCode }) => plants.includes(plantCode ?? '') && !ids.has(id));
  if (mine.length === 0 || foreign.length > 0 || missing.length > 0) {
    throw new Error(`${name}: ${mine.length} rows, ${foreign.length} of them foreign, ${missing.length} missing`);
  }
}
