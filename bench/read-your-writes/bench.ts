/**
 * Whether a client sees what it has just written: each mutation is followed at once by a query that says what it has seen
 * (`Skiff-After`), over an idle ERP and of commands that need nobody's approval.
 *
 * `--mutations 1000 --clients 2`. The client knows the order it asked for by its day alone, which no other order has, so that
 * an answer that lacks it is an answer that breaks the promise.
 *
 *     violations           answers without an error that lack the order, or show another quantity: must be 0
 *     shownWithin2sShare   of all mutations: the query's answer has the order, within 2 s of the mutation's answer
 *     notYetVisible        queries that were told NOT_YET_VISIBLE, or that the ERP could not be asked in time
 *     shownP50Ms           from the mutation's answer to the query's answer that has the order
 */
import { Agent, request } from 'node:http';
import { z } from 'zod';
import { profiles } from '../../erp/sandbox/api/profiles.ts';
import { ALL_PLANTS } from '../../replica/access-scope.ts';
import { benchDatabases } from '../databases.ts';
import { p50, round } from '../figures.ts';
import type { Flags } from '../flags.ts';
import { startCommands, startGateway, startReplica, withReader } from '../roles.ts';
import { benchApi, pollEnv } from '../sandbox-api.ts';

const SOON_MS = 2_000;
const DAY_MS = 86_400_000;
const FIRST_DAY = Date.parse('2031-01-01');
/** In its own words the gateway says that it cannot be there yet. */
const NOT_YET = new Set(['NOT_YET_VISIBLE', 'STALE_DATA']);

const WRITE = `mutation ($input: CreateProductionOrderInput!) {
  createProductionOrder(input: $input) { command { id state } userErrors { code } } }`;
const READ = `query ($day: Date!) {
  productionOrders(filter: { plannedEndDate: { eq: $day } }) { nodes { id quantity } } }`;

const Errors = z.array(z.object({ message: z.string(), extensions: z.object({ code: z.string() }) })).default([]);
const Written = z.object({
  data: z.object({ createProductionOrder: z.object({ command: z.object({ state: z.literal('QUEUED') }) }) }),
});
const Read = z.object({
  data: z
    .object({ productionOrders: z.object({ nodes: z.array(z.object({ id: z.string(), quantity: z.string() })) }) })
    .nullish(),
  errors: Errors,
});

export async function bench(flags: Flags): Promise<Readonly<Record<string, unknown>>> {
  const mutations = flags.number('mutations', 1_000, 40);
  const clients = flags.number('clients', 2);
  flags.refuseOthers();

  await using databases = await benchDatabases({ lines: 1_000 });
  await using api = await benchApi(databases, profiles.none);
  const { rows: products } = await databases.erp.pool.query<{ id: string }>(
    `select distinct material_no as id from bom_header join routing_header using (material_no) order by 1 limit 12`,
  );
  await using replica = startReplica(databases);
  await replica.ready;
  const { SKIFF_CAPTURE: _capture, ...erp } = pollEnv(api);
  await using _commands = await startCommands(databases, { ...erp, SKIFF_ERP_REQUESTS: '1000000' });
  await using gateway = await startGateway(databases);
  const url = await withReader(gateway.address, databases.replica, ALL_PLANTS, ['propose:*']);

  const shownMs: number[] = [];
  let [violations, notYetVisible, next] = [0, 0, 0];
  const work = async () => {
    using line = client(url);
    for (let at = next++; at < mutations; at = next++) {
      const day = new Date(FIRST_DAY + at * DAY_MS).toISOString().slice(0, 'YYYY-MM-DD'.length);
      const quantity = `${(at % 90) + 1}.${String(at % 1_000).padStart(3, '0')}`;
      const input = {
        idempotencyKey: `write-${at}`,
        productId: products[at % products.length]?.id,
        plantCode: '1010',
        quantity,
        plannedStartDate: day,
        plannedEndDate: day,
      };
      const written = await line({ query: WRITE, variables: { input } });
      Written.parse(written.body);
      const began = performance.now();
      const read = await line({ query: READ, variables: { day } }, { 'skiff-after': written.position });
      const tookMs = performance.now() - began;
      const { data, errors } = Read.parse(read.body);
      const codes = errors.map(({ extensions: { code } }) => code);
      const [order, other] = data?.productionOrders.nodes ?? [];
      if (codes.some((code) => NOT_YET.has(code))) notYetVisible += 1;
      else if (codes.length > 0) throw new Error(`The query failed: ${JSON.stringify(errors)}`);
      else if (order && !other && Number(order.quantity) === Number(quantity)) shownMs.push(tookMs);
      else violations += 1;
    }
  };
  await Promise.all(Array.from({ length: clients }, work));
  const soon = shownMs.filter((ms) => ms <= SOON_MS).length;
  const figures = {
    mutations,
    violations,
    shownWithin2sShare: round(soon / mutations, 4),
    notYetVisible,
    shownP50Ms: p50(shownMs),
  };
  if (violations > 0) throw new Error(`Not as it must be: ${JSON.stringify(figures)}`);
  return figures;
}

interface Answered {
  readonly body: unknown;
  /** What it showed. */
  readonly position: string;
}

/** One connection, one request after the other. */
function client(url: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = (asked: object, further: Readonly<Record<string, string>> = {}) =>
    new Promise<Answered>((resolve, reject) => {
      const body = JSON.stringify(asked);
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...further };
      const sent = request(url, { method: 'POST', agent, headers }, async (response) => {
        let text = '';
        for await (const part of response.setEncoding('utf8')) text += part;
        resolve({ body: JSON.parse(text), position: String(response.headers['skiff-position'] ?? '') });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  return Object.assign(ask, { [Symbol.dispose]: () => agent.destroy() });
}
