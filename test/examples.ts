/** Runs the documents of schema/examples against a Skiff, each with ids that it has. */
import { readdirSync, readFileSync } from 'node:fs';
import {
  buildClientSchema,
  getIntrospectionQuery,
  getOperationAST,
  type IntrospectionQuery,
  OperationTypeNode,
  parse,
} from 'graphql';
import { createClient } from 'graphql-sse';
import { z } from 'zod';
import { exampleOf } from '../web/graphiql/example.ts';
import { fits } from '../web/graphiql/runnable.ts';

const folder = new URL('../schema/examples/', import.meta.url);

export const examples = readdirSync(folder).map((file) =>
  exampleOf(file.replace('.graphql', ''), readFileSync(new URL(file, folder), 'utf8')),
);

/** To be sent before: until somebody has proposed something there is no command to show. */
export const PROPOSAL = {
  query: `mutation ($input: ProposeProductionPlanInput!) { proposeProductionPlan(input: $input) { plan { id } } }`,
  variables: {
    input: {
      idempotencyKey: 'examples',
      lines: [
        {
          productId: '1',
          plantCode: '1010',
          quantity: '5',
          plannedStartDate: '2027-01-11',
          plannedEndDate: '2027-01-12',
        },
      ],
    },
  },
};

export interface ExampleRun {
  readonly name: string;
  /** Null where it asks for a type that the deployment does not have. */
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly errors: readonly string[];
}

const Answer = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z.array(z.object({ message: z.string() })).optional(),
});
const FirstRow = z.object({ first: z.object({ nodes: z.array(z.object({ id: z.string() })) }) });

export async function runExamples(
  url: string,
  credential: Readonly<Record<string, string>> = {},
): Promise<readonly ExampleRun[]> {
  const ask = async (query: string, variables: object = {}) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...credential },
      body: JSON.stringify({ query, variables }),
    });
    return Answer.parse(await response.json());
  };
  const firstId = async (list: string) => {
    const { data } = await ask(`{ first: ${list}(first: 1) { nodes { id } } }`);
    return FirstRow.parse(data).first.nodes[0]?.id;
  };

  const introspected = await ask(getIntrospectionQuery());
  const schema = buildClientSchema(z.custom<IntrospectionQuery>(Boolean).parse(introspected.data));
  const runs: ExampleRun[] = [];
  for (const example of examples) {
    if (!fits(schema, example)) {
      runs.push({ name: example.name, data: null, errors: [] });
      continue;
    }
    const variables: Record<string, string | undefined> = {};
    for (const [variable, list] of Object.entries(example.idsFrom)) variables[variable] = await firstId(list);
    const { data, errors = [] } = isSubscription(example.text)
      ? await firstOf(`${url}/graphql`, credential, example.text, variables)
      : await ask(example.text, variables);
    runs.push({ name: example.name, data: data ?? null, errors: errors.map(({ message }) => message) });
  }
  return runs;
}

const isSubscription = (text: string): boolean =>
  getOperationAST(parse(text))?.operation === OperationTypeNode.SUBSCRIPTION;

/** The first event's answer. */
async function firstOf(
  url: string,
  headers: Readonly<Record<string, string>>,
  query: string,
  variables: Readonly<Record<string, unknown>>,
) {
  for await (const answer of createClient({ url, headers, retryAttempts: 0 }).iterate({ query, variables })) {
    return Answer.parse(answer);
  }
  throw new Error('A subscription ended before it told anything');
}

/** Root fields of an answer that hold nothing: no row, or an empty page. */
export const emptyFields = ({ data }: ExampleRun): readonly string[] =>
  Object.entries(data ?? {}).flatMap(([field, value]) => {
    const page = z.object({ nodes: z.array(z.unknown()) }).safeParse(value);
    return value === null || (page.success && page.data.nodes.length === 0) ? [field] : [];
  });
