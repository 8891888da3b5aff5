/**
 * Random interleavings of what six people do with proposals while the facts these rest on change, judged against what the
 * test itself knows. `SKIFF_TEST_FUZZ=10000 npx vitest run --project house test/commands/approval-fuzz` for many.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Random } from '../../erp/sandbox/random.ts';
import type { AccessScope } from '../../replica/access-scope.ts';
import { ALL_SCOPES, type CommandOffice, commandOffice, order, PLANT, PRODUCT } from './commands.ts';

const STEPS = Number(process.env.SKIFF_TEST_FUZZ ?? 400);
const AT_ONCE = 4;
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

let office: CommandOffice;
beforeAll(async () => {
  office = await commandOffice();
});
afterAll(() => office[Symbol.asyncDispose]());

/** A command as its proposer last left it: the stock they saw. */
interface Known {
  readonly id: string;
  contentHash: string;
  stock: number;
}

test('no interleaving of proposals, edits, approvals and changes breaks a rule of approval', async () => {
  const seed = Number(process.env.SKIFF_TEST_SEED ?? Date.now() % 1_000_000);
  const random = new Random(seed);
  const any = <One>(list: readonly One[]): One => list[Math.floor(random.next() * list.length)] ?? expect.unreachable();
  const desk = (name: string) => office.desk(name, people[name]?.scopes, people[name]?.plants);
  const known: Known[] = [];
  const faults: string[] = [];
  let stock = 100;
  let unrelated = 0;
  let applied = 0;
  /** What an edit under way makes of a premise is judged by the audit below. */
  let isEdited = false;
  let keys = 0;
  const setStock = (quantity: number) =>
    office.models.query(`update read.stock_level set quantity = ${quantity} where product_id = ${PRODUCT}`);
  await setStock(stock);

  const steps: Readonly<Record<string, (name: string) => Promise<void>>> = {
    async propose(name) {
      const quantity = String(any([101, 500, 5_000]));
      const { id, contentHash } = await desk(name).create(order({ quantity }), `fuzz-${keys++}`);
      known.push({ id, contentHash, stock });
    },
    async edit(name) {
      const one = any(known);
      const { userErrors, commands } = await desk(name).edit(one, order({ quantity: String(any([102, 600, 6_000])) }));
      if (userErrors.length > 0) return;
      one.contentHash = commands[0]?.contentHash ?? '';
      one.stock = stock;
    },
    async approve(name) {
      const one = any(known);
      const holds = Math.abs(stock - one.stock) <= TOLERANCE * one.stock;
      const contentHash = random.happens(0.9) ? one.contentHash : 'another';
      const { userErrors, commands } = await desk(name).approve({ id: one.id, contentHash });
      if (userErrors.length === 0 && !holds && !isEdited) faults.push(`${one.id} was approved on a stale premise`);
      if (userErrors.some(({ code }) => code === 'STALE_PREMISE') && holds && !isEdited)
        faults.push(`${one.id} was refused for nothing`);
      if (userErrors.length === 0 && commands[0]?.state === 'QUEUED') applied++;
    },
    async reject(name) {
      if (random.happens(0.2)) await desk(name).reject(any(known).id, 'no');
    },
    async expire() {
      if (random.happens(0.2)) {
        await office.models.query(
          `update skiff.command set expires_at = now() where id = '${any(known).id}' and state = 'PROPOSED'`,
        );
      }
    },
  };

  for (let at = 0; at < STEPS; at += AT_ONCE) {
    // The facts change between the steps that run at once, so that it is known what each of them sees.
    if (random.happens(0.15)) {
      stock = any([80, 100, 115, 150, 300]);
      await setStock(stock);
    }
    await office.models.query(`update read.product set name = 'renamed ${unrelated++}' where id = ${PRODUCT}`);
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

  const { rows } = await office.db.query<{ fault: string }>(/* sql */ `
    with counted as (
      select c.*, array_agg(a.approver) filter (where a.voided_at is null) as approvers
      from skiff.command c left join skiff.command_approval a on a.command = c.id group by c.id)
    select id || ': four eyes' as fault from counted where proposer = any(approvers) or author = any(approvers)
    union all
    select id || ': too few approvals' from counted
    where state = 'QUEUED' and coalesce(cardinality(approvers), 0) < cardinality(approvals_needed)
    union all
    select id || ': an approval of another content' from counted join skiff.command_approval a on a.command = id
    where a.voided_at is null and a.content_hash <> counted.content_hash
    union all
    select e.command || ': stale premise' from skiff.command_event e cross join lateral (
      select (p.detail #>> '{premise,stockAtPlant}')::numeric as seen from skiff.command_event p
      where p.command = e.command and p.id < e.id and p.action in ('propose', 'edit') order by p.id desc limit 1) p
    where e.action = 'approve'
      and abs((e.detail #>> '{premise,stockAtPlant}')::numeric - p.seen) > ${TOLERANCE} * p.seen
    union all
    select e.command || ': wrong person' from skiff.command_event e
    where e.action = 'approve' and e.actor in ('dan', 'eve') or e.action = 'edit' and e.actor in ('dan', 'fay')`);
  expect([...faults, ...rows.map(({ fault }) => fault)], `seed ${seed}`).toEqual([]);
  expect(applied, `seed ${seed}`).toBeGreaterThan(0);
});
