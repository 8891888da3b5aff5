/**
 * Random interleavings of what six people do with proposals while the facts these rest on change, judged against what the
 * fuzzer itself knows, and in the end by the audit. The test runs a few rounds, `npm run bench -- approvals` many.
 *
 * Several worlds run beside each other: of each product its own facts, its own proposals and its own random numbers. What
 * is known of one is not disturbed by another; the desk, its database and the people are the same.
 */
import { Random } from '../../erp/sandbox/random.ts';
import type { AccessScope } from '../../replica/access-scope.ts';
import { ALL_SCOPES, type CommandOffice, order, PLANT } from './commands.ts';

const AT_ONCE = 4;
/** All have stock in the plant, by `read-models.ts`. */
const PRODUCTS = ['2', '7', '12', '17', '27', '32'];
/** Most is done with what was proposed last: of what is decided there is little left to decide. */
const OPEN = 12;
const OLD_SHARE = 0.1;
const TOLERANCE = 0.2;

const people: Readonly<Record<string, { scopes: readonly string[]; plants: AccessScope['plants'] }>> = {
  ann: { scopes: ALL_SCOPES, plants: '*' },
  bob: { scopes: ALL_SCOPES, plants: '*' },
  cid: { scopes: ALL_SCOPES, plants: [PLANT] },
  dan: { scopes: ALL_SCOPES, plants: ['P1'] },
  eve: { scopes: ['read:*', 'propose:*'], plants: '*' },
  fay: { scopes: ['read:*', 'approve:production'], plants: '*' },
};
const names = Object.keys(people);

/** A command as its proposer last left it: the stock they saw. */
interface Known {
  readonly id: string;
  contentHash: string;
  stock: number;
}

export interface FuzzedApprovals {
  /** Sets of steps that were taken at once. */
  readonly interleavings: number;
  readonly proposed: number;
  /** Proposals that were approved by all it takes. */
  readonly applied: number;
  readonly fourEyesBypasses: number;
  /** Approved with fewer approvals than it takes, or with one of another content. */
  readonly unapproved: number;
  readonly stalePremisesApplied: number;
  /** Approved or edited by somebody who has not the plant, or not the scope. */
  readonly wrongPlant: number;
  /** Sent back though nothing changed that it rests on. */
  readonly sentBackForNothing: number;
}

export async function fuzzApprovals(office: CommandOffice, rounds: number, seed: number): Promise<FuzzedApprovals> {
  const worlds = await Promise.all(
    PRODUCTS.map((product, at) => {
      const many = Math.floor((rounds + at) / PRODUCTS.length);
      return fuzzWorld(office, product, many, new Random(seed * PRODUCTS.length + at));
    }),
  );
  const sum = (value: (world: World) => number) => worlds.reduce((all, world) => all + value(world), 0);
  const seen = {
    applied: sum(({ applied }) => applied),
    stalePremisesApplied: sum(({ stalePremisesApplied }) => stalePremisesApplied),
    sentBackForNothing: sum(({ sentBackForNothing }) => sentBackForNothing),
  };
  return { interleavings: rounds, proposed: sum(({ proposed }) => proposed), ...(await judged(office, seen)) };
}

interface World extends Seen {
  readonly proposed: number;
}

async function fuzzWorld(office: CommandOffice, product: string, rounds: number, random: Random): Promise<World> {
  const any = <One>(list: readonly One[]): One => {
    const one = list[Math.floor(random.next() * list.length)];
    if (one === undefined) throw new TypeError('There is nothing to choose from');
    return one;
  };
  const desk = (name: string) => office.desk(name, people[name]?.scopes, people[name]?.plants);
  const known: Known[] = [];
  const anyKnown = (): Known => any(random.happens(OLD_SHARE) ? known : known.slice(-OPEN));
  const asked = (quantity: number) => order({ productId: product, quantity: String(quantity) });
  const seen = { stalePremisesApplied: 0, sentBackForNothing: 0, applied: 0 };
  let stock = 100;
  let unrelated = 0;
  /** What an edit under way makes of a premise is judged by the audit below. */
  let isEdited = false;
  let keys = 0;
  const setStock = (quantity: number) =>
    office.models.query(`update read.stock_level set quantity = ${quantity} where product_id = ${product}`);
  await setStock(stock);

  const steps: Readonly<Record<string, (name: string) => Promise<void>>> = {
    async propose(name) {
      const { id, contentHash } = await desk(name).create(asked(any([101, 500, 5_000])), `fuzz-${product}-${keys++}`);
      known.push({ id, contentHash, stock });
    },
    async edit(name) {
      const one = anyKnown();
      const { userErrors, commands } = await desk(name).edit(one, asked(any([102, 600, 6_000])));
      if (userErrors.length > 0) return;
      one.contentHash = commands[0]?.contentHash ?? '';
      one.stock = stock;
    },
    async approve(name) {
      const one = anyKnown();
      const holds = Math.abs(stock - one.stock) <= TOLERANCE * one.stock;
      const contentHash = random.happens(0.9) ? one.contentHash : 'another';
      const { userErrors, commands } = await desk(name).approve({ id: one.id, contentHash });
      if (userErrors.length === 0 && !holds && !isEdited) seen.stalePremisesApplied++;
      if (userErrors.some(({ code }) => code === 'STALE_PREMISE') && holds && !isEdited) seen.sentBackForNothing++;
      if (userErrors.length === 0 && commands[0]?.state === 'QUEUED') seen.applied++;
    },
    async reject(name) {
      if (random.happens(0.2)) await desk(name).reject(anyKnown().id, 'no');
    },
    async expire() {
      if (random.happens(0.2)) {
        await office.models.query(
          `update skiff.command set expires_at = now() where id = '${anyKnown().id}' and state = 'PROPOSED'`,
        );
      }
    },
  };

  for (let at = 0; at < rounds; at++) {
    // The facts change between the steps that run at once, so that it is known what each of them sees.
    if (random.happens(0.15)) {
      stock = any([80, 100, 115, 150, 300]);
      await setStock(stock);
    }
    await office.models.query(`update read.product set name = 'renamed ${unrelated++}' where id = ${product}`);
    const kinds =
      known.length === 0 ? ['propose'] : ['propose', 'edit', 'approve', 'approve', 'approve', 'reject', 'expire'];
    const chosen = Array.from({ length: AT_ONCE }, () => any(kinds));
    isEdited = chosen.includes('edit');
    await Promise.all(
      chosen.map(async (kind) => {
        await steps[kind]?.(any(names)).catch((error: unknown) => {
          // What the caller may not do at all is an error with a code; anything else is a bug.
          const code = error instanceof Error && 'extensions' in error ? Object(error.extensions).code : null;
          if (code !== 'FORBIDDEN' && code !== 'NOT_FOUND') throw error;
        });
      }),
    );
  }
  return { proposed: known.length, ...seen };
}

type Seen = Pick<FuzzedApprovals, 'stalePremisesApplied' | 'sentBackForNothing' | 'applied'>;

/** By the approvals and the audit as they stand in the end. */
async function judged({ db }: CommandOffice, { applied, ...seen }: Seen) {
  const { rows } = await db.query<Record<string, string>>(/* sql */ `
    with counted as (
      select c.*, array_agg(a.approver) filter (where a.voided_at is null) as approvers
      from skiff.command c left join skiff.command_approval a on a.command = c.id group by c.id)
    select
      (select count(*) from counted where proposer = any(approvers) or author = any(approvers)) as "fourEyesBypasses",
      (select count(*) from counted where state = 'QUEUED' and coalesce(cardinality(approvers), 0) < cardinality(approvals_needed))
      + (select count(*) from counted join skiff.command_approval a on a.command = id
        where a.voided_at is null and a.content_hash <> counted.content_hash) as unapproved,
      (select count(*) from skiff.command_event e cross join lateral (
        select (p.detail #>> '{premise,stockAtPlant}')::numeric as seen from skiff.command_event p
        where p.command = e.command and p.id < e.id and p.action in ('propose', 'edit') order by p.id desc limit 1) p
      where e.action = 'approve'
        and abs((e.detail #>> '{premise,stockAtPlant}')::numeric - p.seen) > ${TOLERANCE} * p.seen) as "stalePremisesApplied",
      (select count(*) from skiff.command_event e
      where e.action = 'approve' and e.actor in ('dan', 'eve') or e.action = 'edit' and e.actor in ('dan', 'fay')) as "wrongPlant"`);
  const [counted = {}] = rows;
  return {
    applied,
    fourEyesBypasses: Number(counted.fourEyesBypasses),
    unapproved: Number(counted.unapproved),
    stalePremisesApplied: seen.stalePremisesApplied + Number(counted.stalePremisesApplied),
    wrongPlant: Number(counted.wrongPlant),
    sentBackForNothing: seen.sentBackForNothing,
  };
}
