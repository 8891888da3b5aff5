/** A planning assistant that proposes plans of production orders, and the person who approves them. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ALL_PLANTS } from '../../replica/access-scope.ts';
import { createApiKey } from '../../replica/api-keys.ts';
import type { Database } from '../databases.ts';

export interface Line {
  readonly productId: string;
  readonly plantCode: string;
  readonly quantity: string;
}

export interface Planner {
  /** Asks until it is answered, with one key. Resolves with the number of its commands. */
  plan(lines: readonly Line[], key: string): Promise<number>;
}

const PLAN = `mutation ($input: ProposeProductionPlanInput!) {
  proposeProductionPlan(input: $input) { plan { id commands { id state contentHash } } }
}`;
const APPROVE = `mutation ($input: ApprovePlanInput!) {
  approvePlan(input: $input) { userErrors { code message } }
}`;
const Proposed = z.object({
  proposeProductionPlan: z.object({
    plan: z.object({
      id: z.string(),
      commands: z.array(z.object({ id: z.string(), state: z.string(), contentHash: z.string() })),
    }),
  }),
});
const Approved = z.object({
  approvePlan: z.object({ userErrors: z.array(z.object({ code: z.string(), message: z.string() })) }),
});

/** What who asks again is told whose first answer was lost. */
const APPROVED = new Set(['WRONG_STATE', 'ALREADY_APPROVED']);

const days = { plannedStartDate: '2027-01-11', plannedEndDate: '2027-01-12' };

/** `address` may change: a gateway that is killed is followed by another. */
export async function planner(replica: Database, address: () => string): Promise<Planner> {
  const [assistant, person] = [await asks(replica, address, 'propose'), await asks(replica, address, 'approve')];
  return {
    async plan(lines, idempotencyKey) {
      const input = { idempotencyKey, lines: lines.map((line) => ({ ...line, ...days })) };
      const { plan } = (await assistant(PLAN, input, Proposed)).proposeProductionPlan;
      const { userErrors } = (await person(APPROVE, approvalOf(plan), Approved)).approvePlan;
      if (userErrors.every(({ code }) => APPROVED.has(code))) return plan.commands.length;
      throw new Error(`A plan is not approved: ${JSON.stringify(userErrors)}`);
    },
  };
}

const approvalOf = ({ id, commands }: z.output<typeof Proposed>['proposeProductionPlan']['plan']) => ({
  id,
  commands: commands.map(({ id: command, contentHash }) => ({ id: command, contentHash })),
});

async function asks({ pool }: Database, address: () => string, what: 'propose' | 'approve') {
  const name = `bench-${what}-${randomUUID()}`;
  const scopes = ['read:*', `${what}:*`];
  const secret = await createApiKey(pool, { name, scopes, access: ALL_PLANTS, expiresAt: null });
  const headers = { 'content-type': 'application/json', 'x-api-key': secret ?? '' };
  return async <Data>(query: string, input: object, shape: z.ZodType<Data>): Promise<Data> => {
    const body = JSON.stringify({ query, variables: { input } });
    for (;;) {
      const answer = await fetch(address(), { method: 'POST', headers, body, signal: AbortSignal.timeout(15_000) })
        .then(async (response): Promise<unknown> => response.json())
        .catch(() => null);
      const data = z.object({ data: shape }).safeParse(answer);
      if (data.success) return data.data.data;
      const said = JSON.stringify(answer);
      if (answer !== null && !/INTERNAL_SERVER_ERROR|STALE_DATA|TIMEOUT|UNAVAILABLE/.test(said)) throw new Error(said);
      await sleep(100);
    }
  };
}
