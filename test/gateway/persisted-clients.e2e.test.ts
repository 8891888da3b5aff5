/**
 * The clients people use, each with the registry file its own tools make, reading by id alone from a gateway
 * that answers nothing else.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { Client, fetchExchange } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';
import { parse } from 'graphql';
import {
  type ConcreteRequest,
  Environment,
  type FetchFunction,
  fetchQuery,
  Network,
  RecordSource,
  Store,
} from 'relay-runtime';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readRegistry } from '../../schema/registry.ts';
import { scratchDir } from '../scratch-dir.ts';
import { type TestGateway, testGateway } from './test-gateway.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const variables = { id: '7' };

/** As Apollo's manifest generator writes it: with the `__typename`s its cache will ask for. */
const manifest = {
  format: 'apollo-persisted-query-manifest',
  version: 1,
  operations: [
    {
      id: sha256('what the generator hashed'),
      name: 'ApolloProduct',
      type: 'query',
      body: 'query ApolloProduct($id: ID!) {\n  product(id: $id) {\n    id\n    name\n    __typename\n  }\n}',
    },
  ],
};

/** As codegen's client preset writes it with `persistedDocuments`; a document's hash is in its `__meta__`. */
const codegenText = 'query UrqlProduct($id: ID!) { product(id: $id) { id name } }';
const codegenHash = `sha256:${sha256(codegenText)}`;
const codegenMap = { [codegenHash]: codegenText };

const RELAY_ID = '0cc175b9c0f1b6a831c399e269772661';
const relayMap = {
  [RELAY_ID]: 'query RelayProductQuery(\n  $id: ID!\n) {\n  product(id: $id) {\n    name\n    id\n  }\n}\n',
};

/** As relay-compiler writes it with `persistConfig`: the text is gone. */
const relayRequest = (): ConcreteRequest => {
  const argumentDefinitions = [{ defaultValue: null, kind: 'LocalArgument' as const, name: 'id' }];
  const scalar = (name: string) => ({ alias: null, args: null, kind: 'ScalarField' as const, name, storageKey: null });
  const selections = [
    {
      alias: null,
      args: [{ kind: 'Variable' as const, name: 'id', variableName: 'id' }],
      concreteType: 'Product',
      kind: 'LinkedField' as const,
      name: 'product',
      plural: false,
      selections: [scalar('name'), scalar('id')],
      storageKey: null,
    },
  ];
  const name = 'RelayProductQuery';
  return {
    kind: 'Request',
    fragment: { argumentDefinitions, kind: 'Fragment', metadata: null, name, selections, type: 'Query' },
    operation: { argumentDefinitions, kind: 'Operation', name, selections },
    params: { id: RELAY_ID, metadata: {}, name, operationKind: 'query', text: null },
  };
};

/** What the clients sent. */
let sent: { method: string; url: URL; body: Record<string, unknown> }[] = [];
const spied: typeof fetch = (input, init) => {
  sent.push({
    method: init?.method ?? 'GET',
    url: new URL(String(input)),
    body: typeof init?.body === 'string' ? JSON.parse(init.body) : {},
  });
  // Without its signal: urql aborts what it has its answer of, and leaves the rejection of that to nobody.
  return fetch(input, { ...init, signal: null });
};

const folder = scratchDir();
let gateway: TestGateway;
let url = '';
beforeAll(async () => {
  const files = {
    'apollo.json': manifest,
    'codegen.json': codegenMap,
    'relay.json': relayMap,
  };
  for (const [file, content] of Object.entries(files)) writeFileSync(join(folder.path, file), JSON.stringify(content));
  gateway = await testGateway({ registered: readRegistry([folder.path]), maySendText: () => false });
  url = `${gateway.url}/graphql`;
});
beforeEach(() => {
  sent = [];
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** One request, of this method, without a text. */
function expectOneById(method: string): void {
  expect(sent.map((request) => request.method)).toEqual([method]);
  for (const { url, body } of sent) {
    expect(url.searchParams.has('query')).toBe(false);
    expect(body.query ?? null).toBe(null);
  }
}

test.each([
  ['POST', false],
  ['GET', true],
])('Apollo Client reads by %s', async (method, useGETForHashedQueries) => {
  const idOf = new Map(manifest.operations.map(({ name, id }) => [name, id]));
  const persisted = new PersistedQueryLink({
    generateHash: (document) => {
      const [definition] = document.definitions;
      return idOf.get(definition && 'name' in definition ? (definition.name?.value ?? '') : '') ?? '';
    },
    useGETForHashedQueries,
  });
  const client = new ApolloClient({
    link: ApolloLink.from([persisted, new HttpLink({ uri: url, fetch: spied })]),
    cache: new InMemoryCache(),
  });
  const query = parse('query ApolloProduct($id: ID!) { product(id: $id) { id name } }');
  const { data, error } = await client.query({ query, variables });
  expect(error).toBeUndefined();
  expect(data).toEqual({ product: { __typename: 'Product', id: '7', name: 'name 0007' } });
  expectOneById(method);
  client.stop();
});

test.each([
  ['POST', false],
  ['GET', true],
])('urql reads by %s', async (method, preferGet) => {
  const client = new Client({
    url,
    fetch: spied,
    preferGetMethod: false,
    exchanges: [
      persistedExchange({
        enforcePersistedQueries: true,
        preferGetForPersistedQueries: preferGet,
        generateHash: async () => codegenHash,
      }),
      fetchExchange,
    ],
  });
  const { data, error } = await client.query(codegenText, variables).toPromise();
  expect(error).toBeUndefined();
  expect(data).toEqual({ product: { id: '7', name: 'name 0007' } });
  expectOneById(method);
});

test.each(['doc_id', 'id', 'documentId'])('Relay reads, its network layer sending %s', async (parameter) => {
  const answered: FetchFunction = async ({ id, text }, variables) => {
    const response = await spied(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
      body: JSON.stringify({ [parameter]: id, query: text, variables }),
    });
    return response.json();
  };
  const environment = new Environment({ network: Network.create(answered), store: new Store(new RecordSource()) });
  const data = await fetchQuery(environment, relayRequest(), variables).toPromise();
  expect(data).toEqual({ product: { id: '7', name: 'name 0007' } });
  expectOneById('POST');
});

test("Apollo's automatic queries, which send a text to be kept, are refused and not sent again", async () => {
  const client = new ApolloClient({
    link: ApolloLink.from([new PersistedQueryLink({ sha256 }), new HttpLink({ uri: url, fetch: spied })]),
    cache: new InMemoryCache(),
  });
  const asked = client.query({ query: parse('query Other { products(first: 1) { nodes { id } } }') });
  await expect(asked).rejects.toMatchObject({
    errors: [{ extensions: { code: 'PERSISTED_DOCUMENT_NOT_FOUND' } }],
  });
  client.stop();
});
