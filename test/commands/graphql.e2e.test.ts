/** Commands through the gateway: the subgraph's resolvers, its place among the others, and what clients see of refusals. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDesk } from '../../commands/desk.ts';
import { callInProcess } from '../../gateway/subgraph-calls.ts';
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

beforeAll(async () => {
  office = await commandOffice();
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
    authenticate: async ({ headers }) => ({
      name: String(headers['x-name'] ?? 'ann'),
      scopes: new Set(String(headers['x-scopes'] ?? 'read:* propose:* approve:*').split(' ')),
      access: { plants: '*' },
    }),
    newContext: (principal, origin) =>
      subgraphContext(models.open, models.served, TODAY, principal.access, () => open(callerOf(principal, origin))),
  });
});
afterAll(async () => {
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
