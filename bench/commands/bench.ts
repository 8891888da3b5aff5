/**
 * Commands through an ERP's API that breaks in every way, with the ERP's three ways of knowing what it was asked: how many
 * are accepted, and whether each is in the ERP exactly once, those of a key in their order.
 *
 * `--commands 5000 --kills 50 --seed 1`: dispatchers and gateway are killed, dispatchers frozen, answers cut off after the
 * write; clients ask again with their keys, and some twice at once. Where the ERP keeps nothing, a person looks.
 * `--erp tryton`: the same with a Tryton (`tryton.ts`).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { prepareApi } from '../../erp/sandbox/api/prepare.ts';
import { Random } from '../../erp/sandbox/random.ts';
import { benchDatabases, type Databases } from '../databases.ts';
import { round, say } from '../figures.ts';
import type { Flags } from '../flags.ts';
import { type RunningSkiff, startGateway, startReplica } from '../roles.ts';
import { type Asked, type Client, client, inErp, outbox } from './office.ts';
import { paced } from './pace.ts';
import { benchTryton } from './tryton.ts';
import { type Way, writtenErp } from './ways.ts';

const WAYS: readonly Way[] = ['key', 'reference', 'none'];
const CLIENTS = 16;
const PLANTS = ['1010', '1020'];
/** No such plant is in the ERP: it refuses. */
const NO_PLANT = 'NONE';
const REFUSED_SHARE = 0.02;
const TWICE_SHARE = 0.1;
/** So long a request may still be under way when its line is dead; then a person can look. */
const PERSON_WAITS_MS = 3_000;
/** A dispatcher more is stopped that often between the check of its lease and the first byte. */
const STOP_SHARE = 0.05;
const DRAIN_MS = 120_000;

export async function bench(flags: Flags): Promise<Readonly<Record<string, unknown>>> {
  if (flags.word('erp', ['sandbox', 'tryton']) === 'tryton') return benchTryton(flags);
  const commands = flags.number('commands', 5_000, 45);
  const kills = flags.number('kills', 50, 3);
  const seed = flags.number('seed', 1);
  const rounds = flags.number('rounds', 200, 10);
  flags.refuseOthers();

  const random = new Random(seed);
  await using databases = await benchDatabases({ lines: 1_000 });
  const erp = await databases.erp.pool.connect();
  await prepareApi(erp);
  const { rows: products } = await erp.query<{ id: string }>(
    `select distinct material_no as id from bom_header join routing_header using (material_no) order by 1 limit 12`,
  );
  erp.release();
  await using replica = startReplica(databases);
  await replica.ready;
  let gateway = await startGateway(databases);
  await using _gateway = { [Symbol.asyncDispose]: () => gateway.stop() };
  const one = await client(databases.replica, () => gateway.address);
  const person = await client(databases.replica, () => gateway.address);
  let lastQuantity = 0;
  const next = (): Asked => {
    lastQuantity += 1;
    const { id = '' } = products[lastQuantity % products.length] ?? {};
    const isRefused = random.happens(REFUSED_SHARE);
    const plantCode = isRefused ? NO_PLANT : (PLANTS[lastQuantity % PLANTS.length] ?? '');
    return { productId: id, plantCode, quantity: String(lastQuantity / 1_000) };
  };

  say('How many are accepted in a second');
  const many = Math.ceil(commands / 5);
  const began = performance.now();
  await all(many, CLIENTS, () => one.create(next(), `accept-${lastQuantity}`));
  const acceptedPerSecond = (many * 1_000) / (performance.now() - began);

  const waited = new Set<string>();
  const restart = async (): Promise<RunningSkiff> => {
    await gateway.kill();
    gateway = await startGateway(databases);
    return gateway;
  };
  let figures = { pickupP50Ms: 0, sickKeyDelay: 0 };
  let failpointHits = 0;
  for (const way of WAYS) {
    // Where the ERP refuses a second request of a key, a pause there does no harm; elsewhere nobody can help it.
    await using written = await writtenErp(databases, way, way === 'key' ? STOP_SHARE : 0);
    await using settling = looking(databases, person, waited);
    if (way === 'key') {
      const { sickKey } = written;
      const ofKey = (isSick: boolean): Asked => {
        const asked = next();
        const others = products.slice(1);
        const product = isSick ? products[0] : others[lastQuantity % others.length];
        return { ...asked, productId: product?.id ?? '', plantCode: PLANTS[0] ?? '' };
      };
      const settings = { databases, client: one, rounds, sickKey, next: ofKey, drained: () => drained(databases) };
      figures = await paced(settings);
    }
    say(
      `${Math.ceil(commands / WAYS.length)} commands to an ERP that keeps ${way === 'none' ? 'nothing' : `a ${way}`}`,
    );
    written.storm();
    const striking = strikes(Math.ceil(kills / WAYS.length), async () => {
      if (random.happens(0.2)) await restart();
      else await written.strike(random);
    });
    await all(Math.ceil(commands / WAYS.length), CLIENTS, async () => {
      const asked = next();
      const key = `${way}-${asked.quantity}`;
      const ids = await Promise.all(
        Array.from({ length: random.happens(TWICE_SHARE) ? 2 : 1 }, () => one.create(asked, key)),
      );
      if (new Set(ids).size > 1) throw new Error(`The key ${key} gave two commands`);
    });
    await striking;
    written.calm();
    await drained(databases);
    await settling.stop();
    failpointHits += written.stops();
  }
  return {
    ...(await judged(databases, lastQuantity, waited.size)),
    acceptedPerSecond: round(acceptedPerSecond),
    pickupP50Ms: round(figures.pickupP50Ms),
    sickKeyDelay: round(figures.sickKeyDelay),
    failpointHits,
  };
}

/** So many times, by so many at once. */
async function all(times: number, atOnce: number, work: () => Promise<unknown>): Promise<void> {
  let left = times;
  const one = async () => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}

async function strikes(count: number, strike: () => Promise<void>): Promise<void> {
  for (let at = 0; at < count; at++) await strike();
}

/** A person who looks in the ERP for what nobody else can know, and says what they found. */
function looking(databases: Databases, person: Client, waited: Set<string>) {
  let isOver = false;
  const work = (async () => {
    while (!isOver) {
      await sleep(200);
      const unknown = (await outbox(databases.replica, 0)).filter(
        ({ state, fault, restedMs }) => state === 'DEAD_LETTER' && fault === 'UNKNOWN' && restedMs > PERSON_WAITS_MS,
      );
      if (unknown.length === 0) continue;
      const documents = await inErp(databases.erp);
      for (const { id, quantity } of unknown) {
        waited.add(id);
        await person.settle(id, documents.get(quantity)?.[0] ?? null);
      }
    }
  })();
  const stop = async () => {
    isOver = true;
    await work;
  };
  // When another part has failed, that fault is the one to be told of.
  work.catch(() => undefined);
  return { stop, [Symbol.asyncDispose]: () => stop().catch(() => undefined) };
}

const FINAL = new Set(['CONFIRMED', 'REJECTED', 'EXPIRED', 'CANCELLED']);

/** Nothing is on its way any more, and nobody is waited for. */
async function drained({ replica }: Databases): Promise<void> {
  let until = performance.now() + DRAIN_MS;
  let fewest = Number.POSITIVE_INFINITY;
  for (;;) {
    const left = (await outbox(replica, 0)).filter(
      ({ state, fault }) => !FINAL.has(state) && !(state === 'DEAD_LETTER' && fault !== 'UNKNOWN'),
    );
    if (left.length === 0) return;
    // As long as they become fewer, they end.
    if (left.length < fewest) {
      fewest = left.length;
      until = performance.now() + DRAIN_MS;
    }
    if (performance.now() > until)
      throw new Error(`${left.length} commands do not end, for instance ${JSON.stringify(left[0])}`);
    await sleep(100);
  }
}

/** Against the ERP itself: throws when a command is there twice, or out of its key's order, or is not. */
async function judged(databases: Databases, accepted: number, deadLetters: number) {
  const rows = await outbox(databases.replica, 0);
  const documents = await inErp(databases.erp);
  const counted = (states: readonly string[]) => rows.filter(({ state }) => states.includes(state)).length;
  const times = ({ quantity }: { readonly quantity: string }) => documents.get(quantity)?.length ?? 0;
  const duplicates = rows.filter((row) => times(row) > 1).length;
  const lost = rows.filter((row) => row.state === 'CONFIRMED' && times(row) === 0).length + accepted - rows.length;
  const unasked = rows.filter((row) => row.state !== 'CONFIRMED' && times(row) > 0).length;
  const outOfOrder = [...Map.groupBy(rows, ({ businessKey }) => businessKey).values()].filter((ofKey) => {
    const numbers = ofKey.flatMap(({ quantity }) => documents.get(quantity) ?? []);
    return numbers.some((number, at) => at > 0 && number < (numbers[at - 1] ?? ''));
  }).length;
  const [confirmed, rejected, cancelled] = [counted(['CONFIRMED']), counted(['DEAD_LETTER']), counted(['CANCELLED'])];
  const figures = {
    accepted: rows.length,
    confirmed,
    rejected,
    deadLetters,
    cancelled,
    duplicates,
    lost,
    unasked,
    outOfOrder,
  };
  const isWhole = confirmed + rejected + cancelled === rows.length;
  if (duplicates + lost + unasked + outOfOrder > 0 || !isWhole)
    throw new Error(`Not as it must be: ${JSON.stringify(figures)}`);
  return figures;
}
