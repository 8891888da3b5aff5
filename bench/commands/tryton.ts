/**
 * Production proposals for a real Tryton that is killed in the middle: whether each that was approved is there exactly
 * once, waiting, and those of a key in their order. Tryton's own database is the judge.
 *
 * `--commands 500 --restarts 2 --strikes 20 --seed 1`: half of them while Tryton finds by our reference alone, half while
 * an index refuses a second. Tryton is killed with `kill -9` and started again so often in each half; dispatchers and
 * gateway are killed, dispatchers frozen beyond their lease, answers cut off after Tryton has done what they tell of.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { Random } from '../../erp/sandbox/random.ts';
import { onceSql } from '../../erp/tryton/commands/indexes.ts';
import { type Line, openLine } from '../../test/erp/tryton/line.ts';
import { startTryton, type TrytonServer } from '../../test/erp/tryton/server.ts';
import { type Databases, databasesBeside } from '../databases.ts';
import { round, say } from '../figures.ts';
import type { Flags } from '../flags.ts';
import { type RunningRole, startCommands, startGateway, startReplica } from '../roles.ts';
import { outbox } from './office.ts';
import { planner } from './planner.ts';

const WAYS = ['reference', 'key'] as const;
const PLANTS = ['WH', 'WH2', 'WH3'];
const LINES_PER_PLAN = 5;
const REFUSED_SHARE = 0.02;
const MOST_PIECES = 90;
const DISPATCHERS = 2;
const LEASE_MS = 3_000;
/** Nobody plans by night in this Tryton: nothing it does takes longer, however busy the machine is. */
const SETTLES_MS = 15_000;
const DRAIN_MS = 900_000;
const STEPS = ['model.production.create', 'model.production.wait'];

interface Counts {
  restarts: number;
  dispatcherKills: number;
  freezes: number;
  gatewayKills: number;
}

export async function benchTryton(flags: Flags): Promise<Readonly<Record<string, unknown>>> {
  const commands = flags.number('commands', 500, 20);
  const restarts = flags.number('restarts', 2, 1);
  const strikes = flags.number('strikes', 20, 2);
  const random = new Random(flags.number('seed', 1));
  flags.refuseOthers();

  await using server = await startTryton();
  await using line = await openLine(server.apiUrl);
  await using databases = await databasesBeside(server.superuserUrl);
  const env = {
    SKIFF_CONNECTOR: 'tryton',
    SKIFF_ERP_DATABASE_URL: server.captureUrl,
    SKIFF_ERP_URL: line.url,
    SKIFF_ERP_USER: 'skiff',
    SKIFF_ERP_PASSWORD: 'skiff-erp-1',
    SKIFF_ERP_DATABASE: 'erp',
    SKIFF_ERP_SETTLES_MS: String(SETTLES_MS),
    SKIFF_ERP_REQUESTS: '1000000',
    SKIFF_ERP_CONCURRENCY: '4',
    SKIFF_ERP_TIMEOUT_MS: '5000',
    SKIFF_COMMAND_LEASE_MS: String(LEASE_MS),
    SKIFF_LOG_LEVEL: 'fatal',
  };
  await using replica = startReplica(databases, { ...env, SKIFF_ERP_URL: '' });
  await replica.ready;
  let gateway = await startGateway(databases, env);
  await using _gateway = { [Symbol.asyncDispose]: () => gateway.stop() };
  const office = await planner(databases.replica, () => gateway.address);
  const next = lines(random, await producible(databases));

  const began = performance.now();
  const counts: Counts = { restarts: 0, dispatcherKills: 0, freezes: 0, gatewayKills: 0 };
  let accepted = 0;
  for (const way of WAYS) {
    const some = Math.ceil(commands / WAYS.length);
    say(`${some} proposals to a Tryton that ${way === 'key' ? 'refuses a second one' : 'finds by our reference'}`);
    if (way === 'key') for (const statement of onceSql) await databases.erp.pool.query(statement);
    const dispatchers = await Promise.all(
      Array.from({ length: DISPATCHERS }, () => startCommands(databases, { ...env, SKIFF_ERP_WRITES: way })),
    );
    const before = accepted;
    const proposing = async () => {
      for (let plan = 0; accepted < before + some; plan++) {
        const asked = Array.from({ length: Math.min(LINES_PER_PLAN, before + some - accepted) }, next);
        accepted += await office.plan(asked, `${way}-${plan}`);
      }
    };
    const striking = async () => {
      const start = () => startCommands(databases, { ...env, SKIFF_ERP_WRITES: way });
      for (let at = 0; at < Math.ceil(strikes / WAYS.length); at++) {
        await sleep(random.integer(500, 4_000));
        if (random.happens(0.2)) {
          await gateway.kill();
          gateway = await startGateway(databases, env);
          counts.gatewayKills += 1;
        } else await strike(dispatchers, line, random, counts, start);
      }
    };
    await Promise.all([proposing(), striking(), killTryton(server, databases, counts, restarts, before, some)]);
    line.mend();
    await drained(databases);
    await Promise.all(dispatchers.map((one) => one.stop()));
  }
  const seconds = round((performance.now() - began) / 1_000);
  return { ...(await judged(databases, accepted)), ...counts, cutAnswers: line.cuts, seconds };
}

async function producible({ erp }: Databases): Promise<readonly string[]> {
  const { rows } = await erp.pool.query<{ id: string }>(
    `select distinct product::text as id from "product_product-production_bom" order by 1 limit 12`,
  );
  return rows.map(({ id }) => id);
}

/** Of several keys, so that some go at once and all have an order. Some ask for what is not produced. */
function lines(random: Random, products: readonly string[]) {
  let count = 0;
  return () => {
    count += 1;
    const isRefused = random.happens(REFUSED_SHARE);
    return {
      productId: isRefused ? '23' : (products[count % products.length] ?? ''),
      plantCode: PLANTS[count % PLANTS.length] ?? '',
      quantity: String(1 + (count % MOST_PIECES)),
    };
  };
}

/** At even distances of what is in Tryton. */
async function killTryton(
  server: TrytonServer,
  databases: Databases,
  counts: Counts,
  times: number,
  before: number,
  some: number,
): Promise<void> {
  for (let at = 1; at <= times; at++) {
    const due = before + (some * at) / (times + 1);
    while ((await made(databases)).length < due * (1 - REFUSED_SHARE)) await sleep(100);
    say(`Tryton is killed, and started again (${at} of ${times})`);
    await server.kill();
    await sleep(1_000);
    await server.start();
    counts.restarts += 1;
  }
}

async function strike(
  dispatchers: RunningRole[],
  line: Line,
  random: Random,
  counts: Counts,
  start: () => Promise<RunningRole>,
): Promise<void> {
  const at = random.integer(0, dispatchers.length - 1);
  const struck = dispatchers[at];
  if (!struck) return;
  for (const step of STEPS) if (random.happens(0.5)) line.cutAnswersTo(step, 1);
  if (random.happens(0.3)) {
    struck.freeze();
    await sleep(LEASE_MS * 1.5);
    struck.thaw();
    counts.freezes += 1;
  } else {
    await struck.kill();
    dispatchers[at] = await start();
    counts.dispatcherKills += 1;
  }
}

const FINAL = new Set(['CONFIRMED', 'REJECTED', 'EXPIRED', 'CANCELLED', 'DEAD_LETTER']);

async function drained({ replica }: Databases): Promise<void> {
  const until = performance.now() + DRAIN_MS;
  for (;;) {
    const left = (await outbox(replica, 0)).filter(({ state }) => !FINAL.has(state));
    if (left.length === 0) return;
    if (performance.now() > until) {
      throw new Error(`${left.length} commands do not end, for instance ${JSON.stringify(left[0])}`);
    }
    await sleep(500);
  }
}

const Made = z.array(z.object({ id: z.number(), command: z.string(), state: z.string() }));

/** What Tryton's own database holds of commands, in the order in which it was made. */
async function made({ erp }: Databases): Promise<z.output<typeof Made>> {
  const { rows } = await erp.pool.query(
    `select id, substr(reference, 7) as command, state from production where reference like 'skiff:%' order by id`,
  );
  return Made.parse(rows);
}

/** Throws when a command is there twice, by half, out of its key's order, unasked, or not at all. */
async function judged(databases: Databases, accepted: number) {
  const rows = await outbox(databases.replica, 0);
  const documents = await made(databases);
  const byCommand = Map.groupBy(documents, ({ command }) => command);
  const times = ({ id }: { readonly id: string }) => byCommand.get(id)?.length ?? 0;
  const known = new Set(rows.map(({ id }) => id));
  const confirmed = rows.filter(({ state }) => state === 'CONFIRMED');
  const rejected = rows.filter(({ state, fault }) => state === 'DEAD_LETTER' && fault === 'REJECTED');
  const outOfOrder = [...Map.groupBy(rows, ({ businessKey }) => businessKey).values()].filter((ofKey) => {
    const ids = ofKey.flatMap(({ id }) => byCommand.get(id)?.map((document) => document.id) ?? []);
    return ids.some((id, at) => at > 0 && id < (ids[at - 1] ?? 0));
  });
  const figures = {
    accepted: rows.length,
    confirmed: confirmed.length,
    rejected: rejected.length,
    deadLetters: rows.length - confirmed.length - rejected.length,
    duplicates: rows.filter((row) => times(row) > 1).length,
    lost: confirmed.filter((row) => times(row) === 0).length + accepted - rows.length,
    unasked:
      rows.filter((row) => row.state !== 'CONFIRMED' && times(row) > 0).length +
      documents.filter(({ command }) => !known.has(command)).length,
    halfDone: documents.filter(({ state }) => state !== 'waiting').length,
    outOfOrder: outOfOrder.length,
  };
  const { deadLetters, duplicates, lost, unasked, halfDone } = figures;
  if (deadLetters + duplicates + lost + unasked + halfDone + outOfOrder.length > 0) {
    throw new Error(`Not as it must be: ${JSON.stringify(figures)}`);
  }
  return figures;
}
