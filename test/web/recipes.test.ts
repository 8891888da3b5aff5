/** What GraphiQL offers to copy, run by what it is written for where that is at hand. */
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { type AskedOperation, askedOperation } from '../../web/graphiql/asked-operation.ts';
import {
  asCurl,
  asDatasetUrl,
  asDocumentCurl,
  asDocumentUrl,
  asFetch,
  asPowerQuery,
  hasAddress,
} from '../../web/graphiql/recipes.ts';
import { registeredId } from '../../web/graphiql/registered.ts';

const ORIGIN = 'https://skiff.example';
const NASTY = `it's "quoted" \`\${here}\` \\n #(lf) 100 %`;
const QUERY = `
  # the lines of one name
  query Lines($name: String!) {
    lines: salesOrderLines(filter: { customerName: { startsWith: $name } }) { nodes { id ...Quantity } }
  }
  fragment Quantity on SalesOrderLine { quantity }
  query Other { products { nodes { id } } }
`;

function asked(change: { query?: string; variables?: object; headers?: object; hasCredential?: boolean } = {}) {
  const { query = QUERY, variables = { name: NASTY }, headers = {}, hasCredential = false } = change;
  const editors = { query, variables: JSON.stringify(variables), headers: JSON.stringify(headers) };
  return askedOperation({ ...editors, operationName: 'Lines' }, ORIGIN, hasCredential);
}

/** The arguments a shell gives curl, which is not asked. */
const curlArguments = (command: string, env: Record<string, string> = {}): string[] =>
  execFileSync('sh', ['-c', `curl() { printf '%s\\0' "$@"; }\n${command}`], { env, encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);

type Sent = [url: string, init: { method: string; headers: Record<string, string>; body: string }];

async function sentBy(program: string, token = ''): Promise<Sent> {
  const sent: Sent[] = [];
  const fetch = async (...request: Sent) => {
    sent.push(request);
    return { json: async () => ({ data: 'read' }) };
  };
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
  expect(await new AsyncFunction('fetch', 'token', `${program}\nreturn data;`)(fetch, token)).toBe('read');
  const [first] = sent;
  if (!first) throw new Error('Nothing was fetched');
  return first;
}

test('what is copied is the operation to run, with the fragments it needs and no other', () => {
  const { text, operation } = asked();
  expect(operation.name?.value).toBe('Lines');
  expect(text).toContain('fragment Quantity');
  expect(text).not.toContain('Other');
});

describe('curl', () => {
  test('sends the document and its variables, whatever they hold', () => {
    const [url, ...rest] = curlArguments(asCurl(asked({ headers: { 'Skiff-Max-Staleness': '5s' } })));
    expect(url).toBe(`${ORIGIN}/graphql`);
    expect(rest.slice(0, -1)).toEqual([
      ...['-H', 'content-type: application/json'],
      ...['-H', 'Skiff-Max-Staleness: 5s'],
      '--data-binary',
    ]);
    const { query, variables } = JSON.parse(rest.at(-1) ?? '');
    expect(variables).toEqual({ name: NASTY });
    expect(registeredId(query, [{ ids: ['same'], text: asked().text }])).toBe('same');
  });

  test('takes the credential from the environment', () => {
    const secret = { SKIFF_TOKEN: 'sk_secret' };
    expect(curlArguments(asCurl(asked({ hasCredential: true })), secret)).toContain('authorization: Bearer sk_secret');
    expect(curlArguments(asDocumentCurl(asked({ hasCredential: true }), 'lines'), secret)).toEqual([
      asDocumentUrl(asked(), 'lines'),
      '-H',
      'authorization: Bearer sk_secret',
    ]);
  });
});

test('fetch sends the document, its variables and the reader’s own token', async () => {
  const [url, { method, headers, body }] = await sentBy(asFetch(asked({ hasCredential: true })), 'sk_secret');
  expect([url, method, headers]).toEqual([
    `${ORIGIN}/graphql`,
    'POST',
    { 'content-type': 'application/json', authorization: 'Bearer sk_secret' },
  ]);
  const { query, variables } = JSON.parse(body);
  expect(variables).toEqual({ name: NASTY });
  expect(registeredId(query, [{ ids: ['same'], text: asked().text }])).toBe('same');
});

test('a document with a template’s own characters in it survives fetch', async () => {
  const query = `query Lines { products(filter: { name: { contains: "\`\${1}\\\\" } }) { nodes { id } } }`;
  const [, { body }] = await sentBy(asFetch(asked({ query, variables: {} })));
  expect(registeredId(JSON.parse(body).query, [{ ids: ['same'], text: query }])).toBe('same');
});

test('the address of a document holds its id and variables', () => {
  const url = new URL(asDocumentUrl(asked(), 'open lines'));
  expect([url.origin, url.pathname]).toEqual([ORIGIN, '/graphql']);
  expect(Object.fromEntries(url.searchParams)).toEqual({
    documentId: 'open lines',
    variables: JSON.stringify({ name: NASTY }),
  });
  expect(asDocumentUrl(asked({ variables: {} }), 'lines')).toBe(`${ORIGIN}/graphql?documentId=lines`);
});

test('the address of a dataset holds those variables that are its parameters', () => {
  const parameters = ['plants', 'customerId', 'from'].map((name) => ({ name }));
  const dataset = { name: 'open-orders', version: 2, documentId: 'open-orders', parameters };
  const variables = { plants: ['1010', '10&20'], customerId: null, from: '2026-11-01', first: 50, after: 'x' };
  expect(asDatasetUrl(asked({ variables }), dataset)).toBe(
    `${ORIGIN}/data/open-orders@2.csv?plants=1010&plants=10%2620&from=2026-11-01`,
  );
  expect(asDatasetUrl(asked({ variables: {} }), dataset)).toBe(`${ORIGIN}/data/open-orders@2.csv`);
});

describe('Power Query', () => {
  test('asks a registered document by its address: a constant host, so that a refresh is allowed', () => {
    expect(asPowerQuery(asked({ variables: { name: 'a "b" #(lf)' } }), 'lines')).toBe(
      `let
  Answer = Json.Document(
    Web.Contents(
      "https://skiff.example",
      [
        RelativePath = "graphql",
        Query = [documentId = "lines", variables = "{""name"":""a \\""b\\"" #(#)(lf)""}"]
      ]
    )
  ),
  Rows = Table.FromRecords(List.RemoveNulls(Answer[data][lines][nodes]), null, MissingField.UseNull)
in
  Rows`,
    );
  });

  test('posts any other', () => {
    const text = asPowerQuery(asked({ query: '{ product(id: "1") { name } }', variables: {} }), null);
    expect(text).toContain('Content = Json.FromValue([\n          query = "{\n  product(id: ""1"") {');
    expect(text).toContain('List.RemoveNulls({Answer[data][product]})');
  });
});

test('no secret gets into what is copied', () => {
  const headers = { Authorization: 'Bearer sk_secret', 'X-API-Key': 'sk_secret', cookie: 'sk_secret' };
  const one: AskedOperation = asked({ headers });
  for (const text of [asCurl(one), asFetch(one), asDocumentCurl(one, 'a'), asPowerQuery(one, null)]) {
    expect(text).not.toContain('sk_secret');
  }
  expect(asCurl(one)).toContain('$SKIFF_TOKEN');
});

test('a mutation has no address', () => {
  expect(hasAddress(asked())).toBe(true);
  expect(hasAddress(asked({ query: 'mutation { release }', variables: {} }))).toBe(false);
});

test.each([
  ['a document that cannot be read', { query: '{ products', variables: '', headers: '' }, /Syntax Error/],
  ['no operation', { query: 'fragment A on Product { id }', variables: '', headers: '' }, /no operation/],
  ['variables that are none', { query: '{ a }', variables: '[1]', headers: '' }, /variables are not a JSON object/],
  ['headers that are none', { query: '{ a }', variables: '', headers: '{"a": 1}' }, /headers are not/],
])('%s is told instead of a recipe', (_what, editors, told) => {
  expect(() => askedOperation({ ...editors, operationName: null }, ORIGIN, false)).toThrow(told);
});

test('a registered document is known whatever its spaces and comments', () => {
  const registered = [{ ids: ['lines', 'f00d'], text: '# kept\nquery Lines { products { nodes { id } } }' }];
  expect(registeredId('query Lines {\n  products { nodes { id # here\n } } }', registered)).toBe('lines');
  expect(registeredId('query Lines { products { nodes { id code } } }', registered)).toBeNull();
});
