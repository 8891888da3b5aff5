/** Documents asked by id: every form of the request, who may send texts, and what never happens to the registry. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OperatorFault } from '../../runtime/errors.ts';
import { deployedSchema } from '../../schema/deployed.ts';
import { type RegisteredDocument, readRegistry } from '../../schema/registry.ts';
import { developer } from '../../subgraphs/principal.ts';
import { type ReadModels, readModels } from '../read-models.ts';
import { supergraphOf, type TestGateway, testGateway } from './test-gateway.ts';

const registered = (id: string, text: string): RegisteredDocument => ({
  name: `${id}.graphql`,
  ids: [id],
  text,
  maxStalenessMs: null,
});
const HASH = 'f00d'.repeat(16);
const TEXT = 'query Name($id: ID!) { product(id: $id) { name } }';
const NAME = { product: { name: 'name 0007' } };

let models: ReadModels;
let gateway: TestGateway;
beforeAll(async () => {
  models = await readModels();
  gateway = await testGateway({
    models,
    registered: [registered('name', TEXT), registered(HASH, TEXT), registered('here', '{ __typename }')],
    authenticate: async ({ headers }) => ({
      ...developer,
      scopes: new Set(['read:*', ...(headers['x-test-developer'] === 'yes' ? ['develop'] : [])]),
    }),
    maySendText: ({ scopes }) => scopes.has('develop'),
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await models[Symbol.asyncDispose]();
});

const variables = { id: '7' };
const persistedQuery = { version: 1, sha256Hash: HASH };
const asDeveloper = { 'x-test-developer': 'yes' };

describe('a document is asked', () => {
  test.each<[string, object]>([
    ['as GraphQL over HTTP has it', { documentId: `sha256:${HASH}` }],
    ['by a bare hash', { documentId: HASH }],
    ['by its name', { documentId: 'name' }],
    ['as Relay has it', { doc_id: HASH }],
    ['as Relay had it', { id: HASH, query: null }],
    ['as Apollo has it', { extensions: { clientLibrary: { name: 'x' }, persistedQuery } }],
    ['in two forms at once', { documentId: HASH, extensions: { persistedQuery } }],
  ])('%s, by POST', async (_what, parameters) => {
    const { status, body } = await gateway.post({ ...parameters, operationName: 'Name', variables });
    expect([status, body.data]).toEqual([200, NAME]);
  });

  test.each<[string, Record<string, string>]>([
    ['as GraphQL over HTTP has it', { documentId: `sha256:${HASH}` }],
    ['by its name', { documentId: 'name', operationName: 'Name' }],
    ['as Relay has it', { doc_id: HASH }],
    ['as Apollo has it', { extensions: JSON.stringify({ persistedQuery }) }],
  ])('%s, by a GET that has no header of ours', async (_what, parameters) => {
    const search = new URLSearchParams({ ...parameters, variables: JSON.stringify(variables) });
    const { status, body } = await gateway.fetch(`/graphql?${search}`);
    expect([status, body.data]).toEqual([200, NAME]);
  });

  test('by a browser that opens its address', async () => {
    const { status, headers, body } = await gateway.fetch('/graphql?documentId=here', {
      headers: { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' },
    });
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    expect(body.data).toEqual({ __typename: 'Query' });
  });
});

describe('a request is refused', () => {
  const get = (search: string) => (): [string, RequestInit] => [`/graphql?${search}`, {}];
  const post =
    (body: object, headers: Record<string, string> = {}) =>
    (): [string, RequestInit] => [
      '/graphql',
      { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) },
    ];

  test.each<[string, number, string, () => [string, RequestInit]]>([
    ['of an unknown id', 404, 'PERSISTED_DOCUMENT_NOT_FOUND', post({ documentId: 'f'.repeat(64) })],
    ['of an unknown id by GET', 404, 'PERSISTED_DOCUMENT_NOT_FOUND', get('documentId=other')],
    ['of an id that every object has', 404, 'PERSISTED_DOCUMENT_NOT_FOUND', post({ documentId: '__proto__' })],
    ['of a path', 404, 'PERSISTED_DOCUMENT_NOT_FOUND', get('documentId=..%2Fname.graphql')],
    ['of an id of a hundred thousand letters', 404, 'PERSISTED_DOCUMENT_NOT_FOUND', post({ id: 'x'.repeat(100_000) })],
    ['of a hash that is another algorithm', 404, 'PERSISTED_DOCUMENT_NOT_FOUND', post({ documentId: `md5:${HASH}` })],
    ['of a text by who may only ask by id', 403, 'PERSISTED_DOCUMENT_ONLY', post({ query: TEXT, variables })],
    ['of a text that is registered, all the same', 403, 'PERSISTED_DOCUMENT_ONLY', post({ query: '{ __typename }' })],
    ['of id and text', 403, 'PERSISTED_DOCUMENT_ONLY', post({ documentId: HASH, query: TEXT, variables })],
    [
      "that adds a text to the store, as Apollo's automatic queries do",
      403,
      'PERSISTED_DOCUMENT_ONLY',
      post({ query: '{ __typename }', extensions: { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } } }),
    ],
    [
      'of id and text, by a developer too',
      403,
      'PERSISTED_DOCUMENT_ONLY',
      post({ documentId: HASH, query: TEXT, variables }, asDeveloper),
    ],
    ['of two ids', 400, 'BAD_USER_INPUT', post({ documentId: HASH, id: 'name' })],
    ['of no document', 400, 'BAD_USER_INPUT', post({ variables })],
    ['whose id is a number', 400, 'BAD_USER_INPUT', post({ documentId: 7 })],
    ['whose variables do not fit', 400, 'BAD_USER_INPUT', post({ documentId: HASH, variables: { id: null } })],
    ['of another operation', 400, 'BAD_USER_INPUT', post({ documentId: HASH, operationName: 'Other', variables })],
  ])('%s', async (_what, expected, code, request) => {
    const { status, body, headers } = await gateway.fetch(...request());
    expect(status).toBe(expected);
    expect(body).not.toHaveProperty('data');
    expect(body.errors).toHaveLength(1);
    expect(body.errors[0].extensions).toEqual({ code, requestId: headers.get('x-request-id') });
  });

  test('of an id by GET with an odd content type, which browsers once sent for others', async () => {
    const { status } = await gateway.fetch('/graphql?documentId=name', { headers: { 'content-type': 'message/x' } });
    expect(status).toBe(415);
  });
});

test('developers ask in words of their own', async () => {
  const { status, body } = await gateway.post({ query: TEXT, variables }, asDeveloper);
  expect([status, body.data]).toEqual([200, NAME]);
});

test('what was refused is as unknown as before', async () => {
  const id = 'b'.repeat(64);
  const extensions = { persistedQuery: { version: 1, sha256Hash: id } };
  await gateway.post({ query: '{ __typename }', extensions }, asDeveloper);
  expect((await gateway.post({ extensions })).status).toBe(404);
});

test('a registered mutation is not run by a GET', async () => {
  const documents = [registered('write', 'mutation Write { __typename }')];
  await using writing = await testGateway({ models, registered: documents });
  const { status, headers, body } = await writing.fetch('/graphql?documentId=write');
  expect([status, headers.get('allow')]).toEqual([405, 'POST']);
  expect(body.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
});

describe('a registered document that does not fit the schema', () => {
  const misfits = [
    registered('good', '{ __typename }'),
    registered('bad', 'query Bad {\n  product(id: 1) { nmae }\n}'),
  ];

  test('stops the start, by name and place', async () => {
    const started = testGateway({ models, registered: misfits });
    await expect(started).rejects.toThrow(OperatorFault);
    await expect(started).rejects.toThrow(/bad\.graphql: line 2: Cannot query field "nmae" on type "Product"/);
  });

  test('stops a new supergraph, and the one before goes on', async () => {
    await using running = await testGateway({ models });
    const next = { ...supergraphOf(deployedSchema()), documents: misfits };
    await expect(running.gateway.reload(next)).rejects.toThrow('bad.graphql');
    expect((await running.ask('{ __typename }')).status).toBe(200);
  });

  test.each([
    [
      'nests too deeply',
      `{ salesOrder(id: 1) { ${'lines { order { '.repeat(9)} id ${'} }'.repeat(9)} } }`,
      'too deeply',
    ],
    ['has no root type', 'subscription S { x }', 'The schema has no subscription'],
  ])('is one that %s, too', async (_what, text, said) => {
    // An ERP that takes no commands has none to follow.
    const schema = deployedSchema({ missingSubgraphs: ['commands'] });
    const supergraph = {
      ...supergraphOf(schema),
      documents: [registered('bad', text)],
      datasets: { described: [], problems: [] },
    };
    await expect(testGateway({ models, supergraph })).rejects.toThrow(said);
  });
});

test('who asks is told which documents may be asked, and with which scopes none', async () => {
  const scopesOf = (header: unknown) => new Set(String(header ?? '').split(' '));
  await using scoped = await testGateway({
    models,
    registered: [registered('name', TEXT), registered('late', '{ delayedShipments { nodes { id } } }')],
    authenticate: async ({ headers }) => ({ ...developer, scopes: scopesOf(headers['x-test-scopes']) }),
  });
  const idsFor = async (scopes: string) => {
    const { status, body } = await scoped.fetch('/graphql/documents', { headers: { 'x-test-scopes': scopes } });
    expect(status).toBe(200);
    return body.documents.map(({ ids }: RegisteredDocument) => ids[0]);
  };

  expect(await idsFor('read:*')).toEqual(['name', 'late']);
  expect(await idsFor('read:inventory')).toEqual(['name']);
  expect(await idsFor('operate')).toEqual([]);
  const { body } = await scoped.fetch('/graphql/documents', { headers: { 'x-test-scopes': 'read:inventory' } });
  expect(body).toEqual({ documents: [{ ids: ['name'], text: TEXT }] });
});

test('every document of the repository is answered', async () => {
  await using whole = await testGateway({ models });
  for (const { name, ids } of readRegistry()) {
    const { status, body } = await whole.post({ documentId: ids[0], variables: { productId: '7', orderId: '7' } });
    expect([name, status, body.errors]).toEqual([name, 200, undefined]);
    expect([name, Object.values(body.data)]).not.toEqual([name, [null]]);
  }
});
