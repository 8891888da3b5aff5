/**
 * Commands through an ERP's API that breaks in every way, with the ERP's three ways of knowing what it was asked: how many
 * are accepted, and whether each is in the ERP exactly once, those of a key in their order.
 *
 * `--commands 5000 --kills 50 --accepts 3000 --rounds 200 --seed 1`: dispatchers and gateway are killed, dispatchers frozen,
 * answers cut off after the write, the ERP answers 429; clients ask again with their keys, and some twice at once. Where the
 * ERP keeps nothing, a person looks. `--erp tryton`: the same with a Tryton (`tryton.ts`).
 *
 *     accepted … lost     of all commands, as the outbox and the ERP have them in the end: `confirmed`, `rejected` by the ERP,
 *                         `cancelled` by a person who found nothing, and `deadLetters`, which waited for that person, are
 *                         by their states; `duplicates`, `lost`, `unasked` and `outOfOrder` by the ERP, and must be 0
 *     acceptedPerSecond   mutations answered after their commit, 32 clients without a pause (`throughput.ts`)
 *     pickupP50Ms         from a command's acceptance, by the outbox, to its request's head at an idle ERP (`pace.ts`)
 *     sickKeyDelay        time until done beside a key that never ends, as a multiple of the time without one, each by half
 *     failpointHits       by way, how often a dispatcher was stopped between the check of its lease and the first byte, for
 *                         longer than the lease; `failpointDuplicates`: what was in the ERP twice by that, of an ERP without keys
 *     kills, freezes, storms   kill -9 of dispatchers and gateway; dispatchers stopped beyond their lease; bursts of 429
 *     seconds             all of it, but for the start
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { prepareApi } from '../../erp/sandbox/api/prepare.ts';
import { Random } from '../../erp/sandbox/random.ts';
import { benchDatabases, type Databases } from '../databases.ts';
import { round, say } from '../figures.ts';
import type { Flags } from '../flags.ts';
import { startGateway, startReplica } from '../roles.ts';
import { type Asked, type Client, client, forPerson, inErp, type OutboxRow, outbox, underWay } from './office.ts';
import { paced } from './pace.ts';
import { acceptedPerSecond } from './throughput.ts';
import { benchTryton } from './tryton.ts';
import { type Way, writtenErp } from './ways.ts';

const WAYS: readonly Way[] = ['key', 'reference', 'none'];
const CLIENTS = 16;
const KEYS = 24;
const PLANTS = ['1010', '1020'];
/** No such plant is in the ERP: it refuses. */
const NO_PLANT = 'NONE';
const REFUSED_SHARE = 0.02;
const TWICE_SHARE = 0.1;
/** So long a request may still be under way when its line is dead; then a person can look. */
const PERSON_WAITS_MS = 3_000;
/** Of what one more dispatcher sends, it is stopped that often between the check of its lease and the first byte. */
const STOP_SHARE = 0.05;
const GATEWAY_SHARE = 0.2;
const DRAIN_MS = 120_000;

export async function bench(flags: Flags): Promise<Readonly<Record<string, unknown>>> {
  if (flags.word('erp', ['sandbox', 'tryton']) === 'tryton') return benchTryton(flags);
  const commands = flags.number('commands', 5_000, 45);
  const kills = flags.number('kills', 50, 3);
  const seed = flags.number('seed', 1);
  const rounds = flags.number('rounds', 200, 10);
  const accepts = flags.number('accepts', 3_000, 200);
  flags.refuseOthers();

  const random = new Random(seed);
  await using databases = await benchDatabases({ lines: 1_000 });
  const erp = await databases.erp.pool.connect();
  await prepareApi(erp);
  const { rows: products } = await erp.query<{ id: string }>(
    `select distinct material_no as id from bom_header join routing_header using (material_no) order by 1 limit ${KEYS / PLANTS.length}`,
  );
  erp.release();
  await using replica = startReplica(databases);
  await replica.ready;
  let gateway = await startGateway(databases);
  await using _gateway = { [Symbol.asyncDispose]: () => gateway.stop() };
  const one = await client(databases.replica, () => gateway.address);
  const person = await client(databases.replica, () => gateway.address);
  let lastQuantity = 0;
  const next = (refusedShare = 0): Asked => {
    lastQuantity += 1;
    const { id = '' } = products[lastQuantity % products.length] ?? {};
    const plant = Math.floor(lastQuantity / products.length) % PLANTS.length;
    const plantCode = random.happens(refusedShare) ? NO_PLANT : (PLANTS[plant] ?? '');
    return { productId: id, plantCode, quantity: String(lastQuantity / 1_000) };
  };

  const began = performance.now();
  say('How many are accepted in a second');
  const perSecond = await acceptedPerSecond({
    replica: databases.replica,
    address: gateway.address,
    warmUp: Math.ceil(accepts / 2),
    commands: accepts,
    next,
  });
  say(`${round(perSecond)} commands a second`);

  const waited = new Set<string>();
  const struck = { kills: 0, freezes: 0, storms: 0 };
  const failpointHits: Partial<Record<Way, number>> = {};
  const stopped = new Set<string>();
  let figures = { pickupP50Ms: 0, sickKeyDelay: 0 };
  for (const way of WAYS) {
    await using written = await writtenErp(databases, way, STOP_SHARE);
    await using settling = looking(databases, person, waited);
    if (way === 'key') {
      say('What was accepted is sent');
      const { sickKey } = written;
      const ofKey = (isSick: boolean): Asked => {
        const asked = next();
        const others = products.slice(1);
        const product = isSick ? products[0] : others[lastQuantity % others.length];
        return { ...asked, productId: product?.id ?? '', plantCode: PLANTS[0] ?? '' };
      };
      const settings = { databases, client: one, rounds, sickKey, next: ofKey, drained: () => drained(databases) };
      figures = await paced(settings);
      say(
        `Called after ${round(figures.pickupP50Ms)} ms, beside a sick key ${round(figures.sickKeyDelay)} times as long until done`,
      );
    }
    const some = Math.ceil(commands / WAYS.length);
    say(`${some} commands to an ERP that keeps ${way === 'none' ? 'nothing' : `a ${way}`}`);
    await written.storm();
    const strike = async () => {
      if (random.happens(GATEWAY_SHARE)) {
        await gateway.kill();
        gateway = await startGateway(databases);
        struck.kills += 1;
      } else struck[`${await written.strike(random)}s`] += 1;
    };
    const asking = all(some, CLIENTS, async () => {
      const asked = next(REFUSED_SHARE);
      const key = `${way}-${asked.quantity}`;
      const ids = await Promise.all(
        Array.from({ length: random.happens(TWICE_SHARE) ? 2 : 1 }, () => one.create(asked, key)),
      );
      if (new Set(ids).size > 1) throw new Error(`The key ${key} gave two commands`);
    });
    const due = struck.kills + Math.ceil(kills / WAYS.length);
    while (struck.kills < Math.min(due, kills)) await strike();
    await asking;
    written.calm();
    await drained(databases);
    await settling.stop();
    const hits = written.stops();
    failpointHits[way] = hits.length;
    // Where the ERP refuses a second request of a key, a pause there does no harm; elsewhere nobody can help it.
    if (way !== 'key') for (const id of hits) stopped.add(id);
  }
  return {
    ...(await judged(databases, lastQuantity, waited.size, stopped)),
    acceptedPerSecond: round(perSecond),
    pickupP50Ms: round(figures.pickupP50Ms),
    sickKeyDelay: round(figures.sickKeyDelay),
    failpointHits,
    ...struck,
    seconds: round((performance.now() - began) / 1_000),
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

/** A person who looks in the ERP for what nobody else can know, and says what they found. */
function looking(databases: Databases, person: Client, waited: Set<string>) {
  let isOver = false;
  const work = (async () => {
    while (!isOver) {
      await sleep(200);
      const unknown = await forPerson(databases.replica, PERSON_WAITS_MS);
      if (unknown.length === 0) continue;
      const documents = await inErp(
        databases.erp,
        unknown.map(({ quantity }) => quantity),
      );
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

/** Nothing is on its way any more, and nobody is waited for. */
async function drained({ replica }: Databases): Promise<void> {
  let until = performance.now() + DRAIN_MS;
  let fewest = Number.POSITIVE_INFINITY;
  for (;;) {
    const { count, one } = await underWay(replica);
    if (count === 0) return;
    // As long as they become fewer, they end.
    if (count < fewest) {
      fewest = count;
      until = performance.now() + DRAIN_MS;
    }
    if (performance.now() > until) throw new Error(`${count} commands do not end, for instance ${one}`);
    await sleep(100);
  }
}

/**
 * Against the ERP itself: throws when a command is there twice, or out of its key's order, or is not. What was written late
 * by a dispatcher that was stopped after the check of its lease is counted apart.
 */
async function judged(databases: Databases, accepted: number, deadLetters: number, stopped: ReadonlySet<string>) {
  const rows = await outbox(databases.replica, 0);
  const documents = await inErp(databases.erp);
  const counted = (states: readonly string[]) => rows.filter(({ state }) => states.includes(state)).length;
  const numbersOf = ({ id, quantity }: OutboxRow) => (stopped.has(id) ? [] : (documents.get(quantity) ?? []));
  const times = ({ quantity }: OutboxRow) => documents.get(quantity)?.length ?? 0;
  const isStopped = ({ id }: OutboxRow) => stopped.has(id);
  const twice = rows.filter((row) => times(row) > 1);
  const duplicates = twice.filter((row) => !isStopped(row)).length;
  const lost = rows.filter((row) => row.state === 'CONFIRMED' && times(row) === 0).length + accepted - rows.length;
  const late = rows.filter((row) => row.state !== 'CONFIRMED' && times(row) > 0);
  const unasked = late.filter((row) => !isStopped(row)).length;
  const outOfOrder = [...Map.groupBy(rows, ({ businessKey }) => businessKey).values()].filter((ofKey) => {
    const numbers = ofKey.flatMap(numbersOf);
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
    failpointDuplicates: new Set([...twice, ...late].filter(isStopped)).size,
  };
  const isWhole = confirmed + rejected + cancelled === rows.length;
  if (duplicates + lost + unasked + outOfOrder > 0 || !isWhole)
    throw new Error(`Not as it must be: ${JSON.stringify(figures)}`);
  return figures;
}
