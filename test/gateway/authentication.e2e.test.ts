/** Who may ask: tokens of an issuer, API keys, and every way of pretending to have one. */
import { createHmac, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import { exportJWK, exportSPKI, generateKeyPair, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { authentication } from '../../gateway/authentication.ts';
import { tokenVerifier } from '../../gateway/tokens.ts';
import { apiKeys, createApiKey, revokeApiKey, rotateApiKey } from '../../replica/api-keys.ts';
import { pool } from '../../replica/connect.ts';
import { developer } from '../../subgraphs/principal.ts';
import { type ReadModels, readModels } from '../read-models.ts';
import { type TestGateway, testGateway } from './test-gateway.ts';

const ISSUER = 'https://issuer.example';
const AUDIENCE = 'skiff';
const QUERY = '{ locations(first: 500) { nodes { plantCode } } }';

type Keys = Awaited<ReturnType<typeof generateKeyPair>>;

/** Publishes its keys; what stands in `published` can be changed, and `isAway` ends every connection. */
interface Issuer extends AsyncDisposable {
  readonly url: string;
  readonly published: { keys: object[] };
  isAway: boolean;
}

async function issuer(): Promise<Issuer> {
  const published: Issuer['published'] = { keys: [] };
  const server: Server = createServer((asked, response) => {
    if (lent.isAway) asked.socket.destroy();
    else response.setHeader('content-type', 'application/json').end(JSON.stringify(published));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const lent: Issuer = {
    url: `http://127.0.0.1:${port}/jwks`,
    published,
    isAway: false,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
  return lent;
}

const jwk = async ({ publicKey }: Keys, kid: string) => ({
  ...(await exportJWK(publicKey)),
  kid,
  alg: 'RS256',
  use: 'sig',
});

const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1_000) + seconds;

let models: ReadModels;
/** Of who may do everything. */
let owners: pg.Pool;
let keys: Keys;
let lent: Issuer;
let gateway: TestGateway;

beforeAll(async () => {
  models = await readModels();
  owners = pool(models.url, 2);
  keys = await generateKeyPair('RS256', { extractable: true });
  lent = await issuer();
  lent.published.keys = [await jwk(keys, 'first')];
  gateway = await gatewayFor(lent);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await lent[Symbol.asyncDispose]();
  await owners.end();
  await models[Symbol.asyncDispose]();
});

const gatewayFor = ({ url }: Issuer, isLocal = false) =>
  testGateway({
    models,
    authenticate: authentication({
      findApiKey: apiKeys((statement) => owners.query(statement)),
      verifyToken: tokenVerifier({ issuer: ISSUER, audience: AUDIENCE, jwksUrl: url }),
      localPrincipal: isLocal ? developer : null,
    }),
  });

const CLAIMS = { scope: 'read:inventory read:shipping', plants: ['P2'] };

function token(
  claims: JWTPayload = {},
  header: Partial<JWTHeaderParameters> = {},
  key: KeyObject | CryptoKey = keys.privateKey,
): Promise<string> {
  const payload = { iss: ISSUER, aud: AUDIENCE, sub: 'ann', exp: inSeconds(60), ...CLAIMS, ...claims };
  return new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: 'first', ...header }).sign(key);
}

const ask = (headers: Record<string, string>) => gateway.post({ query: QUERY }, headers);
const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

async function plantsOf(answer: ReturnType<typeof ask>): Promise<unknown[]> {
  const { status, body } = await answer;
  expect(status).toBe(200);
  return [...new Set(body.data.locations.nodes.map((node: { plantCode: unknown }) => node.plantCode))];
}

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a token', () => {
  test('says what its bearer may see', async () => {
    expect(await plantsOf(ask(bearer(await token())))).toEqual(['P2']);
    expect(await plantsOf(ask(bearer(await token({ plants: [] }))))).toEqual([]);
    expect(await plantsOf(ask(bearer(await token({ plants: ['*'] }))))).toEqual([]);
    expect(await plantsOf(ask(bearer(await token({ plants: undefined }))))).toEqual([]);
    expect(await plantsOf(ask(bearer(await token({ plants: '*' }))))).toContain(null);
  });

  test('that is twenty seconds late by our clock is still good', async () => {
    expect(await plantsOf(ask(bearer(await token({ exp: inSeconds(-20) }))))).toEqual(['P2']);
  });

  const hmac = async (alg: string) => {
    const pem = await exportSPKI(keys.publicKey);
    const payload = { iss: ISSUER, aud: AUDIENCE, sub: 'eve', exp: inSeconds(60), ...CLAIMS, plants: '*' };
    const said = `${encoded({ alg, kid: 'first' })}.${encoded(payload)}`;
    return `${said}.${createHmac('sha256', pem).update(said).digest('base64url')}`;
  };
  const unsigned = async (alg: string) =>
    `${encoded({ alg })}.${encoded({ iss: ISSUER, aud: AUDIENCE, sub: 'eve', exp: inSeconds(60), plants: '*' })}.`;

  test.each<[string, () => Promise<string>]>([
    ['without a signature', () => unsigned('none')],
    ['without a signature, said otherwise', () => unsigned('nOnE')],
    ['signed with the public key as a secret', () => hmac('HS256')],
    ['signed with the public key as a secret, said to be RS256', () => hmac('RS256')],
    ['that has expired', () => token({ exp: inSeconds(-120) })],
    ['that never expires', () => token({ exp: undefined })],
    ['that is not yet good', () => token({ nbf: inSeconds(120) })],
    ['of another issuer', () => token({ iss: 'https://other.example' })],
    ['of no issuer', () => token({ iss: undefined })],
    ['for another audience', () => token({ aud: 'payroll' })],
    ['for no audience', () => token({ aud: undefined })],
    ['of nobody', () => token({ sub: undefined })],
    ['whose key is a path', () => token({}, { kid: '../../dev/null' })],
    ['whose key nobody published', () => token({}, { kid: 'other' })],
    ['signed by somebody else', async () => token({}, {}, (await generateKeyPair('RS256')).privateKey)],
    [
      'that brings its own key',
      async () => {
        const own = await generateKeyPair('RS256');
        return token({}, { kid: 'mine', jwk: await exportJWK(own.publicKey) }, own.privateKey);
      },
    ],
    [
      'that names an address of its own keys',
      async () => token({}, { kid: 'mine', jku: lent.url }, (await generateKeyPair('RS256')).privateKey),
    ],
    [
      'with an extension we do not know',
      async () => {
        const [, payload] = (await token()).split('.');
        return `${encoded({ alg: 'RS256', kid: 'first', crit: ['x'], x: 1 })}.${payload}.AAAA`;
      },
    ],
    [
      'whose plants were changed',
      async () => {
        const [head, , signed] = (await token()).split('.');
        return `${head}.${encoded({ iss: ISSUER, aud: AUDIENCE, sub: 'ann', exp: inSeconds(60), ...CLAIMS, plants: '*' })}.${signed}`;
      },
    ],
    ['whose plants are no plants', () => token({ plants: { all: true } })],
    ['that is no token', async () => 'eyJ.x.y'],
    ['of a megabyte', async () => 'x'.repeat(9_000)],
  ])('%s is refused, and not told why', async (_what, forged) => {
    const { status, headers, body } = await ask(bearer(await forged()));
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toBe('Bearer realm="skiff", error="invalid_token"');
    expect(body.data).toBeUndefined();
    expect(body.errors).toMatchObject([
      { message: 'The credential is not known, or no longer good.', extensions: { code: 'UNAUTHENTICATED' } },
    ]);
  });
});

describe('the issuer', () => {
  test('may change its keys while tokens are about', async () => {
    await using turning = await issuer();
    const next = await generateKeyPair('RS256');
    turning.published.keys = [await jwk(keys, 'first'), await jwk(next, 'next')];
    await using other = await gatewayFor(turning);
    const status = async (secret: string) => (await other.post({ query: QUERY }, bearer(secret))).status;
    expect(await status(await token())).toBe(200);
    expect(await status(await token({}, { kid: 'next' }, next.privateKey))).toBe(200);
    // Away for a while: what is known goes on being good.
    turning.isAway = true;
    expect(await status(await token({ sub: 'bob' }))).toBe(200);
  });

  test('that is away is no open door, and no fault of the token', async () => {
    await using away = await issuer();
    away.isAway = true;
    await using other = await gatewayFor(away);
    const { status, body } = await other.post({ query: QUERY }, bearer(await token()));
    expect(status).toBe(503);
    expect(body.errors).toMatchObject([{ extensions: { code: 'SUBGRAPH_UNAVAILABLE', retryAfterMs: 5_000 } }]);
    away.isAway = false;
    away.published.keys = [await jwk(keys, 'first')];
    expect((await other.post({ query: QUERY }, bearer(await token()))).status).toBe(200);
  });
});

describe('an API key', () => {
  const made = async (name: string, expiresAt: string | null = null) => {
    const access = { plants: ['P3'] };
    return (await createApiKey(owners, { name, scopes: ['read:inventory'], access, expiresAt })) ?? '';
  };

  test('is good as bearer, as X-API-Key and as Basic password', async () => {
    const key = await made('three ways');
    for (const headers of [
      bearer(key),
      { 'x-api-key': key },
      { authorization: `Basic ${Buffer.from(`anybody:${key}`).toString('base64')}` },
    ]) {
      expect(await plantsOf(ask(headers))).toEqual(['P3']);
    }
    expect(
      await createApiKey(owners, { name: 'three ways', scopes: [], access: { plants: '*' }, expiresAt: null }),
    ).toBeNull();
  });

  test('is nowhere in the database', async () => {
    const key = await made('hidden');
    const { rows } = await owners.query<{ row: string }>(`select k::text as row from skiff.api_key k`);
    expect(rows.length).toBeGreaterThan(0);
    for (const { row } of rows) expect(row).not.toContain(key.slice(6));
  });

  test('that expired, was revoked or never was is refused', async () => {
    const gone = await made('gone');
    await revokeApiKey(owners, 'gone');
    const past = await made('past', '2020-01-01');
    for (const secret of [gone, past, 'skiff_nobody', 'nobody']) {
      expect((await ask({ 'x-api-key': secret })).status).toBe(401);
    }
  });

  test('that was rotated is good beside the new one; the one before it is not', async () => {
    const [first, second] = [await made('turning'), await rotateApiKey(owners, 'turning')];
    const third = await rotateApiKey(owners, 'turning');
    expect((await ask({ 'x-api-key': first })).status).toBe(401);
    expect((await ask({ 'x-api-key': second ?? '' })).status).toBe(200);
    expect((await ask({ 'x-api-key': third ?? '' })).status).toBe(200);
    await revokeApiKey(owners, 'turning');
    expect(await rotateApiKey(owners, 'turning')).toBeNull();
  });
});

test('what is no credential, or more than one, is refused', async () => {
  const good = await token();
  expect((await ask({})).status).toBe(401);
  for (const authorization of ['Digest x', 'Bearer', 'Bearer a b']) {
    expect((await ask({ authorization })).status).toBe(401);
  }
  expect((await ask({ ...bearer(good), 'x-api-key': 'x' })).status).toBe(401);
  const twice = request(`${gateway.url}/graphql`, { method: 'POST' });
  twice.setHeader('content-type', 'application/json');
  twice.setHeader('authorization', [`Bearer ${good}`, 'Bearer x']);
  twice.end(JSON.stringify({ query: QUERY }));
  const [response] = await once(twice, 'response');
  expect(response.statusCode).toBe(401);
  response.resume();
});

test('identity in other headers than these is no identity', async () => {
  const claims = { 'skiff-identity': 'x', 'x-skiff-user': 'admin', 'x-forwarded-user': 'admin', cookie: 'token=x' };
  expect((await ask(claims)).status).toBe(401);
  expect(await plantsOf(ask({ ...claims, ...bearer(await token()) }))).toEqual(['P2']);
});

describe('who has no scope for a subgraph', () => {
  const refused = async (query: string, scope: string) => gateway.post({ query }, bearer(await token({ scope })));

  test.each([
    ['a root field', '{ customers { totalCount } }'],
    ['a row by id', '{ customer(id: "1") { name } }'],
    ['a reference', '{ products { nodes { id } } salesOrderLines { nodes { order { __typename } } } }'],
    ['a fragment', 'query { ...F } fragment F on Query { customers { nodes { __typename } } }'],
    ['a field that is left out', '{ customers @skip(if: true) { totalCount } products { totalCount } }'],
  ])('is refused a document that names it in %s', async (_where, query) => {
    const { status, body } = await refused(query, 'read:inventory');
    expect(status).toBe(403);
    expect(body.data).toBeUndefined();
    expect(body.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    expect(body.errors[0].message).toContain('read:shipping');
  });

  test('is answered a document that does not name it', async () => {
    expect((await refused('{ products { totalCount } }', 'read:inventory')).status).toBe(200);
    expect((await refused('{ products { totalCount } }', 'read:shipping')).status).toBe(403);
    expect((await refused('{ products { totalCount } }', '')).status).toBe(403);
  });
});

test('metrics and the console’s figures are for operators; health and the pages are for all', async () => {
  const get = (path: string, headers: Record<string, string> = {}) => gateway.fetch(path, { headers });
  for (const path of ['/metrics', '/console/status.json']) {
    const nobody = await get(path);
    expect([nobody.status, nobody.headers.get('www-authenticate')]).toEqual([
      401,
      'Basic realm="skiff", Bearer realm="skiff"',
    ]);
    expect((await get(path, bearer(await token()))).status).toBe(403);
    expect((await get(path, bearer(await token({ scope: 'operate' })))).status).toBe(200);
  }
  expect((await get('/health/live')).status).toBe(200);
  expect((await get('/health/ready')).status).toBe(200);
});

test('a demo knows its developer by the address asked for: not under a name that a site gave this machine', async () => {
  await using demo = await gatewayFor(lent, true);
  const status = async (host: string) => {
    const asked = request(`${demo.url}/graphql`, {
      method: 'POST',
      headers: { host, 'content-type': 'application/json' },
    });
    asked.end(JSON.stringify({ query: QUERY }));
    const [response] = await once(asked, 'response');
    response.resume();
    return response.statusCode;
  };
  expect(await status(`localhost:${new URL(demo.url).port}`)).toBe(200);
  expect(await status('127.0.0.1')).toBe(200);
  expect(await status('rebound.example')).toBe(401);
  expect((await demo.post({ query: QUERY }, bearer('x'))).status).toBe(401);
});
