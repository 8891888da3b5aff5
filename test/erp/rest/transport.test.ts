/** A REST API's answers, good and bad, as the transport hands them on. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { MirrorTable } from '../../../erp/connector.ts';
import { columnText } from '../../../erp/rest/column-text.ts';
import { RestTransport } from '../../../erp/rest/rest-transport.ts';
import { ErpCallFailed } from '../../../erp/transport.ts';
import { OperatorFault } from '../../../runtime/errors.ts';

const item: MirrorTable = {
  name: 'item',
  key: ['doc', 'pos'],
  columns: { doc: 'text', pos: 'integer', at: 'timestamp with time zone' },
};
const never = new AbortController().signal;

interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Answers each request for rows as the test says, tokens by counting. */
async function api(answer: (request: IncomingMessage, url: URL) => Answer, paging: 'keys' | 'pages' = 'pages') {
  let tokens = 0;
  const asked: string[] = [];
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '', 'http://erp.test');
    const {
      status = 200,
      headers = {},
      body,
    } = url.pathname === '/token'
      ? { body: JSON.stringify({ access_token: `token ${++tokens}`, expires_in: 3_600 }) }
      : answer(request, url);
    if (url.pathname !== '/token') asked.push(url.search);
    response.writeHead(status, headers).end(body);
  };
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const resource = {
    table: 'item',
    path: '/item',
    updatedField: 'changed',
    versionField: 'v',
    rowsPerPage: 4,
    keysPerPage: 9,
    paging,
  };
  return {
    transport: new RestTransport({
      url,
      tokenPath: '/token',
      credentials: { user: 'skiff', password: 'secret' },
      keysPerCall: 10,
      resources: [resource],
      tables: [item],
    }),
    asked,
    tokens: () => tokens,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const row = (pos: number, second: number) => ({
  doc: 'A:1',
  pos,
  at: null,
  v: '7',
  changed: `2026-01-01T00:00:0${second}Z`,
});
const page = (rows: readonly object[], hasMore: boolean): Answer => ({
  body: JSON.stringify({ data: rows, hasMore, serverTime: '2026-01-01T00:01:00.000001Z' }),
});

test('counted pages go on by the time of the last row, and by their number only within rows of one time', async () => {
  const pages = [
    page([row(1, 1), row(2, 1), row(3, 2), row(4, 3)], true),
    page([row(4, 3), row(5, 3), row(6, 3), row(7, 3)], true),
    page([row(8, 3), row(9, 4)], false),
  ];
  await using erp = await api(() => pages.shift() ?? page([], false));

  const first = await erp.transport.walk('item', null, null, never);
  const second = await erp.transport.walk('item', null, first.next, never);
  const third = await erp.transport.walk('item', null, second.next, never);

  expect(erp.asked).toEqual([
    '?limit=4&page=1',
    '?limit=4&page=1&updated_since=2026-01-01T00%3A00%3A03.000Z',
    '?limit=4&page=2&updated_since=2026-01-01T00%3A00%3A03.000Z',
  ]);
  expect([first, second, third].map(({ mayHaveSkipped }) => mayHaveSkipped)).toEqual([false, false, true]);
  expect(third.next).toBeNull();
  expect(first.erpTimeMs).toBeLessThanOrEqual(Date.parse('2026-01-01T00:01:00Z'));
});

test('an ERP that refuses pages by key is walked by counted pages from then on', async () => {
  const refuse = (_: IncomingMessage, url: URL) =>
    url.searchParams.has('after') ? { status: 400, body: '{}' } : page([row(1, 1)], false);
  await using erp = await api(refuse, 'keys');

  await erp.transport.walk('item', 0, null, never);
  await erp.transport.walk('item', 0, null, never);

  expect(erp.asked.filter((query) => query.includes('after='))).toHaveLength(1);
});

test('a key is asked for in a form that no key can break, and comes back as the columns of its row', async () => {
  await using erp = await api(() => page([row(5, 1)], false));

  const rows = await erp.transport.byKeys(
    'item',
    [
      ['A:1', '5'],
      ['b,c', '6'],
    ],
    never,
  );

  expect(new URLSearchParams(erp.asked[0]).get('ids')).toBe('A%3A1:5,b%2Cc:6');
  expect(rows).toEqual([
    { row: { doc: 'A:1', pos: '5', at: null }, version: 7n, updatedAtMs: Date.parse('2026-01-01T00:00:01Z') },
  ]);
});

test('a token that ends on the way is asked for anew, once', async () => {
  const lastWord = (request: IncomingMessage): Answer =>
    request.headers.authorization === 'Bearer token 2' ? page([], false) : { status: 401, body: '{}' };
  await using erp = await api(lastWord);
  await erp.transport.walk('item', null, null, never);
  expect(erp.tokens()).toBe(2);

  await using deaf = await api(() => ({ status: 401, body: '{}' }));
  await expect(deaf.transport.walk('item', null, null, never)).rejects.toMatchObject({ status: 401, mayPass: false });
  expect(deaf.tokens()).toBe(2);
});

test.each([
  [
    '429 with seconds to wait',
    { status: 429, headers: { 'retry-after': '7' }, body: '{}' },
    { status: 429, retryAfterMs: 7_000, mayPass: true },
  ],
  ['429 without', { status: 429, body: '{}' }, { status: 429, retryAfterMs: null, mayPass: true }],
  ['an HTML page of a proxy', { status: 502, body: '<html>' }, { status: 502, mayPass: true }],
  ['HTML that claims to be an answer', { body: '<html>' }, { status: 502, mayPass: true }],
  ['a refusal', { status: 404, body: '{}' }, { status: 404, mayPass: false }],
])('%s is told apart', async (_, answer, said) => {
  await using erp = await api(() => answer);
  const failed = erp.transport.walk('item', null, null, never);
  await expect(failed).rejects.toBeInstanceOf(ErpCallFailed);
  await expect(failed).rejects.toMatchObject(said);
});

test('a row without a version is a fault of the connector, said by name', async () => {
  await using erp = await api(() => page([{ ...row(1, 1), v: null }], false));
  await expect(erp.transport.walk('item', null, null, never)).rejects.toThrow(/"v" \(an integer\)/);
  await expect(erp.transport.walk('item', null, null, never)).rejects.toBeInstanceOf(OperatorFault);
});

describe('values are the text that PostgreSQL prints', () => {
  test.each([
    ['2026-11-22T18:35:00.120000Z', 'timestamp with time zone', '2026-11-22 18:35:00.12+00'],
    ['2026-11-22T18:35:00Z', 'timestamp with time zone', '2026-11-22 18:35:00+00'],
    ['2026-11-22T18:35:00.000001', 'timestamp', '2026-11-22 18:35:00.000001'],
    ['2026-11-22', 'date', '2026-11-22'],
    ['12.50', 'numeric', '12.50'],
    [10, 'smallint', '10'],
    [true, 'boolean', 't'],
    [null, 'text', null],
    [{ a: 1 }, 'jsonb', '{"a":1}'],
  ])('%j as %s', (value, type, text) => {
    expect(columnText(value, type, 'item.x')).toBe(text);
  });

  test('a time with another offset is refused', () => {
    expect(() => columnText('2026-11-22T18:35:00+02:00', 'timestamptz', 'item.at')).toThrow(/item.at/);
  });
});
