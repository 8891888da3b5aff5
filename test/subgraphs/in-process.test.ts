/** A subgraph in the gateway's process answers as GraphQL says, whether its document is compiled or interpreted. */
import { buildSchema, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import type { subgraphContext } from '../../subgraphs/context.ts';
import { localSubgraph } from '../../subgraphs/in-process.ts';

const NAMES = Array.from({ length: 5 }, (_, at) => `f${at}`);
const schema = buildSchema(`
  type Query { echo(filter: Filter): String }
  input Filter { inner: Inner ${NAMES.map((name) => `${name}: Int`).join(' ')} }
  input Inner { a: [Int], b: Int = 7 }
`);
const echo = schema.getQueryType()?.getFields().echo;
if (echo) echo.resolve = (_root, { filter }) => JSON.stringify(filter);

const ask = localSubgraph(schema);
const context: ReturnType<typeof subgraphContext> = Object.create(null);

describe('a variable in an object', () => {
  const document = parse('query ($a: [Int], $b: Int) { echo(filter: { inner: { a: $a, b: $b } }) }');

  test.each<[string, Record<string, unknown>, string]>([
    ['that is left out takes its field along', {}, '{"inner":{"b":7}}'],
    ['that is null is null', { a: null, b: null }, '{"inner":{"a":null,"b":null}}'],
    ['that has a value has it', { a: [1], b: 2 }, '{"inner":{"a":[1],"b":2}}'],
    ['is left out beside one that is not', { a: [1] }, '{"inner":{"a":[1],"b":7}}'],
    ['is left out as before', {}, '{"inner":{"b":7}}'],
  ])('%s', async (_what, variables, said) => {
    const answer = await ask({ document, variables }, context);
    expect(JSON.parse(String(answer.data?.echo))).toEqual(JSON.parse(said));
  });

  test('that has a default is that when it is left out', async () => {
    const withDefault = parse('query ($a: [Int] = [3]) { echo(filter: { inner: { a: $a } }) }');
    const answer = await ask({ document: withDefault, variables: {} }, context);
    expect(JSON.parse(String(answer.data?.echo))).toEqual({ inner: { a: [3], b: 7 } });
  });
});

test('a document that can be asked in more ways than are compiled is answered in each of them', async () => {
  const fields = NAMES.map((name) => `${name}: $${name}`).join(' ');
  const document = parse(`query (${NAMES.map((name) => `$${name}: Int`).join(' ')}) { echo(filter: { ${fields} }) }`);
  for (let ways = 0; ways < 2 ** NAMES.length; ways++) {
    const variables = Object.fromEntries(NAMES.flatMap((name, at) => (ways & (1 << at) ? [[name, at]] : [])));
    const answer = await ask({ document, variables }, context);
    expect(JSON.parse(String(answer.data?.echo))).toEqual(variables);
  }
});
