/** Commands through the gateway: the subgraph's resolvers, its place among the others, and what clients see of refusals. */
import { createClient } from 'graphql-sse';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDesk } from '../../commands/desk.ts';
import { type CommandWatch, commandWatch } from '../../commands/watch.ts';
import { callInProcess } from '../../gateway/subgraph-calls.ts';
import { connect } from '../../replica/connect.ts';
import { ErrorCode, SkiffError } from '../../runtime/errors.ts';
import { deployedSchema } from '../../schema/deployed.ts';
import { callerOf, subgraphContext } from '../../subgraphs/context.ts';
import { freshEnough } from '../../subgraphs/fresh-enough.ts';
import { localSubgraph } from '../../subgraphs/in-process.ts';
import { subgraphSchema } from '../../subgraphs/subgraph-schema.ts';
import { type TestGateway, testGateway } from '../gateway/test-gateway.ts';
import { TODAY } from '../read-models.ts';
import { type CommandOffice, commandOffice, order, PLANT, PRODUCT } from './commands.ts';

let office: CommandOffice;
let gateway: TestGateway;
let watching: CommandWatch;
/** Connections that hear of changes. */
let listening = 0;
/** Keys that are good no more. */
const revoked = new Set<string>();

beforeAll(async () => {
  office = await commandOffice();
  watching = commandWatch(office.db, async () => {
    listening += 1;
    const client = await connect(office.models.url, 'commands');
    return {
      client,
      close: () =>
        void client
          .end()
          .catch(() => {})
          .then(() => (listening -= 1)),
    };
  });
  const { models } = office;
  const { subgraphs, flat } = deployedSchema();
  const sdl = subgraphs.find(({ name }) => name === 'commands')?.sdl ?? '';
  const open = openDesk(office.settings);
  gateway = await testGateway({
    models,
    requestDeadlineMs: 3_000,
    makeFresh: freshEnough(office.settings.source),
    calls: new Map([['commands', callInProcess(localSubgraph(subgraphSchema('commands', sdl, flat)))]]),
    // Who asks says so in a header: authentication has tests of its own.
    watch: watching.watch,
    authenticate: async ({ headers }) => ({
      name: notRevoked(String(headers['x-name'] ?? 'ann')),
      scopes: new Set(String(headers['x-scopes'] ?? 'read:* propose:* approve:*').split(' ')),
      access: { plants: '*' },
    }),
    newContext: (principal, origin) =>
      subgraphContext(models.open, models.served, TODAY, principal.access, () => open(callerOf(principal, origin))),
  });
});
function notRevoked(name: string): string {
  if (revoked.has(name)) throw new SkiffError(ErrorCode.Unauthenticated, 'The credential is no longer good.');
  return name;
}
afterAll(async () => {
  watching.close();
  await gateway[Symbol.asyncDispose]();
  await office[Symbol.asyncDispose]();
});

const { type: _type, ...input } = order();
const CREATE = /* GraphQL */ `
  mutation ($input: CreateProductionOrderInput!) {
    createProductionOrder(input: $input) {
      command { id state contentHash proposer content { ... on ProductionOrderContent { quantity productId } } }
      userErrors { code }
    }
  }`;

test('a mutation is answered with the command and its typed content, and with its position', async () => {
  const { body, headers } = await gateway.ask(CREATE, { input: { ...input, idempotencyKey: 'graphql' } });
  expect(body.errors).toBeUndefined();
  expect(body.data.createProductionOrder).toMatchObject({
    command: { state: 'PROPOSED', proposer: 'ann', content: { quantity: '500', productId: PRODUCT } },
    userErrors: [],
  });
  expect(headers.get('skiff-position')).toMatch(/^[0-9a-f]{8}-\d+/);
});

test('mutations of one document are done one after the other', async () => {
  const [a, b] = ['one', 'two'].map(
    (key) =>
      `{ ${Object.entries({ ...input, quantity: '3', idempotencyKey: key })
        .map(([name, value]) => `${name}: "${value}"`)
        .join(', ')} }`,
  );
  const { body } = await gateway.ask(
    `mutation { b: createProductionOrder(input: ${a}) { command { proposedAt } } a: createProductionOrder(input: ${b}) { command { proposedAt } } }`,
  );
  expect(body.errors).toBeUndefined();
  expect(body.data.b.command.proposedAt < body.data.a.command.proposedAt).toBe(true);
});

test('a plan goes over the desk of another person, who sees what waits for them', async () => {
  const { body } = await gateway.ask(
    `mutation ($input: ProposeProductionPlanInput!) {
      proposeProductionPlan(input: $input) { plan { id note commands { id state contentHash } } }
    }`,
    { input: { idempotencyKey: 'plan', note: 'week 49', lines: [{ ...input, quantity: '1' }] } },
  );
  const { plan } = body.data.proposeProductionPlan;
  const [{ id, contentHash }] = plan.commands;
  const bob = { 'x-name': 'bob' };
  const desk = await gateway.post(
    {
      query: `{ commands(filter: { waitingForMe: true, planId: "${plan.id}" }) { nodes { id plan { note } premise { name } } pageInfo { hasNextPage } } }`,
    },
    bob,
  );
  expect(desk.body.data.commands).toMatchObject({
    nodes: [{ id, plan: { note: 'week 49' }, premise: [{ name: 'billOfMaterial' }, { name: 'stockAtPlant' }] }],
    pageInfo: { hasNextPage: false },
  });
  const approved = await gateway.post(
    {
      query: `mutation ($input: ApprovePlanInput!) { approvePlan(input: $input) { plan { commands { state approvals { approver } } } userErrors { code } } }`,
      variables: { input: { id: plan.id, commands: [{ id, contentHash }] } },
    },
    bob,
  );
  expect(approved.body.data.approvePlan).toEqual({
    plan: { commands: [{ state: 'QUEUED', approvals: [{ approver: 'bob' }] }] },
    userErrors: [],
  });
});

test('what the business refuses is no error, what is wrong with the request is one, with its code', async () => {
  const { body } = await gateway.ask(CREATE, { input: { ...input, idempotencyKey: 'refused' } });
  const { id, contentHash } = body.data.createProductionOrder.command;
  const own = await gateway.ask(
    `mutation ($input: ApproveCommandInput!) { approveCommand(input: $input) { command { state } userErrors { code } } }`,
    { input: { id, contentHash } },
  );
  expect(own.body).toMatchObject({
    data: { approveCommand: { command: { state: 'PROPOSED' }, userErrors: [{ code: 'FOUR_EYES' }] } },
  });
  const conflict = await gateway.ask(CREATE, { input: { ...input, quantity: '501', idempotencyKey: 'refused' } });
  expect(conflict.body.errors).toMatchObject([{ extensions: { code: 'IDEMPOTENCY_CONFLICT' } }]);
  const bad = await gateway.ask(CREATE, { input: { ...input, quantity: 'many', idempotencyKey: 'bad' } });
  expect(bad.body.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
});

test('who has asked for something sees it in what they read next, or is told that it cannot be there yet', async () => {
  const { headers, body } = await gateway.ask(CREATE, { input: { ...input, quantity: '4', idempotencyKey: 'seen' } });
  const { id } = body.data.createProductionOrder.command;
  const after = { 'skiff-after': headers.get('skiff-position') ?? '' };
  expect(after['skiff-after']).toContain(id);
  const orders = { query: '{ productionOrders(first: 1) { nodes { id } } }' };
  const early = await gateway.post(orders, after);
  expect(early.body.errors).toMatchObject([{ extensions: { code: 'NOT_YET_VISIBLE' } }]);
  // The command itself is there at once.
  const own = await gateway.post({ query: `{ command(id: "${id}") { state } }` }, after);
  expect(own.body.data).toEqual({ command: { state: 'QUEUED' } });
  // An answer that is taken as it is still owes it.
  const served = await gateway.post(orders, { ...after, 'skiff-on-stale': 'serve' });
  expect(served.body.extensions.freshness.stale).toBe(true);
  expect(served.headers.get('skiff-position')).toContain(id);

  const acknowledged = `state = 'ACKNOWLEDGED', acknowledged_at = now() - interval '1 s'`;
  await office.models.query(`update skiff.command set ${acknowledged} where id = '${id}'`);
  const late = await gateway.post(orders, after);
  expect(late.body.errors).toBeUndefined();
  expect(late.headers.get('skiff-position')).not.toContain(id);
});

test('commands are read by who may read them', async () => {
  const headers = { 'x-scopes': 'read:inventory' };
  const { body } = await gateway.post({ query: '{ commands { nodes { id } } }' }, headers);
  expect(body.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
});

test('a document leads to the commands that made it, and who approved them', async () => {
  const { body } = await gateway.ask(CREATE, { input: { ...input, quantity: '2', idempotencyKey: 'linked' } });
  const { id } = body.data.createProductionOrder.command;
  const linked = `update skiff.command set document_type = 'ProductionOrder', document_id = '7' where id = '${id}'`;
  await office.models.query(linked);
  const { body: found } = await gateway.ask(
    `{ productionOrder(id: "7") { plantCode commands { id productionOrder { number } history { actor action } } } }`,
  );
  expect(found.data.productionOrder).toEqual({
    plantCode: PLANT,
    commands: [{ id, productionOrder: { number: 'number 0007' }, history: [{ actor: 'ann', action: 'propose' }] }],
  });
});

const FOLLOW = 'subscription ($id: ID!) { commandChanged(id: $id) { state attempts } }';
const proposed = async (idempotencyKey: string) =>
  (await gateway.ask(CREATE, { input: { ...input, idempotencyKey } })).body.data.createProductionOrder.command;

/** The events as a client of the protocol has them. */
const followed = (id: string, headers: Record<string, string> = {}) =>
  createClient({ url: `${gateway.url}/graphql`, headers, retryAttempts: 0 }).iterate<
    { commandChanged: { state: string } | null },
    { freshness: object }
  >({ query: FOLLOW, variables: { id } });

/** The stream as it comes. */
const streamed = (
  id: string,
  headers: Record<string, string> = {},
  signal: AbortSignal = AbortSignal.timeout(20_000),
) =>
  fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
    body: JSON.stringify({ query: FOLLOW, variables: { id } }),
    signal,
  });

test('who follows a command is told its state at once and after every change, until nothing can come of it', async () => {
  const { id } = await proposed('followed');
  const states: unknown[] = [];
  for await (const { data, extensions } of followed(id)) {
    expect(extensions?.freshness).toBeDefined();
    states.push(data?.commandChanged?.state);
    if (states.length === 1) {
      await office.desk('bob').reject(id, 'Not this week.');
    }
  }
  expect(states).toEqual(['PROPOSED', 'REJECTED']);
  await expect.poll(() => listening).toBe(0);
});

test('many who follow share one connection, which goes with the last; what is lost on it is found all the same', async () => {
  const { id } = await proposed('shared');
  const all = Array.from({ length: 20 }, () => followed(id));
  for (const one of all)
    expect((await one.next()).value?.data).toEqual({ commandChanged: { state: 'PROPOSED', attempts: 0 } });
  expect(listening).toBe(1);
  // By somebody who tells nobody.
  await office.models.query(`update skiff.command set state = 'CANCELLED', version = version + 1 where id = '${id}'`);
  for (const one of all) {
    expect((await one.next()).value?.data).toMatchObject({ commandChanged: { state: 'CANCELLED' } });
    expect((await one.next()).done).toBe(true);
  }
  await expect.poll(() => listening).toBe(0);
});

test('who comes back with the last event they had is told of that state again only when there is another', async () => {
  const { id, contentHash } = await proposed('resumed');
  const leaving = new AbortController();
  const first = await streamed(id, {}, leaving.signal);
  expect(first.headers.get('content-type')).toContain('text/event-stream');
  const [, version = ''] = /^id: (\d+)$/m.exec(await read(first, /^id: /m)) ?? [];
  leaving.abort();

  const again = read(await streamed(id, { 'last-event-id': version }), /event: complete/);
  await office.desk('bob').approve({ id, contentHash });
  await office.desk('bob').cancel(id);
  const text = await again;
  expect(text).not.toContain('PROPOSED');
  expect(text).toMatch(/event: next\nid: \d+\ndata: \{"data":\{"commandChanged":\{"state":"CANCELLED"/);
});

/** What comes until it matches. */
async function read(response: Response, until: RegExp): Promise<string> {
  let text = '';
  for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += part;
    if (until.test(text)) break;
  }
  return text;
}

test('a command that I may not see is none, and who may read none follows none', async () => {
  const told: unknown[] = [];
  for await (const { data } of followed('00000000-0000-4000-8000-000000000000')) told.push(data);
  expect(told).toEqual([{ commandChanged: null }]);
  const { id } = await proposed('not-mine');
  const refused = await streamed(id, { 'x-scopes': 'read:inventory' });
  expect([refused.status, (await refused.json()).errors[0].extensions.code]).toEqual([403, 'FORBIDDEN']);
});

test('a credential that is revoked ends what it follows at the next change', async () => {
  const { id } = await proposed('revoked');
  const events = followed(id, { 'x-name': 'carol' });
  await events.next();
  revoked.add('carol');
  await office.desk('bob').reject(id, 'No.');
  expect((await events.next()).value).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  expect((await events.next()).done).toBe(true);
});

test('a subscription is answered as events alone; a query to who reads nothing but events, too', async () => {
  const { id } = await proposed('as-events');
  const json = await gateway.ask(FOLLOW, { id });
  expect([json.status, json.body.errors[0].message]).toEqual([406, expect.stringContaining('text/event-stream')]);
  const query = { query: `{ command(id: "${id}") { state } }` };
  const { text } = await gateway.post(query, { accept: 'text/event-stream' });
  expect(text).toMatch(
    /^event: next\ndata: \{"data":\{"command":\{"state":"PROPOSED"\}\}.*\n\nevent: complete\ndata: \n\n$/,
  );
});

// The last: it ends the gateway.
test('a gateway that ends lets go of who follows, whole and without a last word, so that they come again', async () => {
  const { id } = await proposed('closing');
  const response = await streamed(id);
  const text = read(response, /event: complete/);
  await office.desk('ann').command(id);
  await gateway.gateway.close();
  expect(await text).toMatch(/PROPOSED/);
  expect(await text).not.toContain('complete');
  await expect.poll(() => listening).toBe(0);
});
