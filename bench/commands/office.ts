/** Clients of the commands' mutations, and what stands in the outbox and in the ERP in the end. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ALL_PLANTS } from '../../replica/access-scope.ts';
import { createApiKey } from '../../replica/api-keys.ts';
import type { Database } from '../databases.ts';

const CREATE = `mutation ($input: CreateProductionOrderInput!) {
  createProductionOrder(input: $input) { command { id } }
}`;
const SETTLE = `mutation ($input: SettleCommandInput!) {
  settleCommand(input: $input) { userErrors { code } }
}`;
const Created = z.object({ createProductionOrder: z.object({ command: z.object({ id: z.string() }) }) });
const Settled = z.object({ settleCommand: z.object({ userErrors: z.array(z.unknown()) }) });

/** What is asked: of its key the next, known in the ERP by a quantity that no other has. */
export interface Asked {
  readonly productId: string;
  readonly plantCode: string;
  readonly quantity: string;
}

export interface Client {
  /** Asks until it is answered, with one key. Resolves with the command's id. */
  create(asked: Asked, key: string): Promise<string>;
  settle(id: string, documentId: string | null): Promise<void>;
}

/** `address` may change: a gateway that is killed is followed by another. */
export async function client({ pool }: Database, address: () => string): Promise<Client> {
  const name = `bench-${randomUUID()}`;
  const scopes = ['read:*', 'propose:*', 'approve:*'];
  const secret = await createApiKey(pool, { name, scopes, access: ALL_PLANTS, expiresAt: null });
  const ask = async <Data>(query: string, input: object, shape: z.ZodType<Data>): Promise<Data> => {
    const headers = { 'content-type': 'application/json', 'x-api-key': secret ?? '' };
    const body = JSON.stringify({ query, variables: { input } });
    for (;;) {
      try {
        const response = await fetch(address(), { method: 'POST', headers, body, signal: AbortSignal.timeout(5_000) });
        const { data, errors } = await response.json();
        if (!errors) return shape.parse(data);
        if (response.status < 500 && errors[0]?.extensions?.code !== 'INTERNAL_SERVER_ERROR') {
          throw new TypeError(`Refused: ${JSON.stringify(errors)}`);
        }
      } catch (error) {
        if (error instanceof TypeError && error.message.startsWith('Refused')) throw error;
      }
      await sleep(50);
    }
  };
  const days = { plannedStartDate: '2027-01-11', plannedEndDate: '2027-01-12' };
  return {
    async create(asked, idempotencyKey) {
      const { createProductionOrder } = await ask(CREATE, { idempotencyKey, ...asked, ...days }, Created);
      return createProductionOrder.command.id;
    },
    async settle(id, documentId) {
      await ask(SETTLE, { id, documentId }, Settled);
    },
  };
}

const Row = z.object({
  id: z.string(),
  number: z.coerce.number(),
  state: z.string(),
  fault: z.string().nullable(),
  quantity: z.string(),
  businessKey: z.string(),
  pickupMs: z.coerce.number().nullable(),
  /** Until the ERP had said that it is done. */
  doneMs: z.coerce.number().nullable(),
  restedMs: z.coerce.number(),
});
export type OutboxRow = z.output<typeof Row>;

/** Commands accepted after this number, in their order. */
export async function outbox({ pool }: Database, after: number): Promise<readonly OutboxRow[]> {
  const { rows } = await pool.query(
    /* sql */ `
    select id, number, state, fault, content ->> 'quantity' as quantity, business_key as "businessKey",
      extract(epoch from sent_at - queued_at) * 1000 as "pickupMs",
      extract(epoch from acknowledged_at - queued_at) * 1000 as "doneMs",
      extract(epoch from clock_timestamp() - changed_at) * 1000 as "restedMs"
    from skiff.command where number > $1 order by number`,
    [after],
  );
  return z.array(Row).parse(rows);
}

/** Numbers of the ERP's documents by the quantity they are known by, in the ERP's order. */
export async function inErp({ pool }: Database): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rows } = await pool.query<{ quantity: string; number: string }>(
    `select trim_scale(order_qty)::text as quantity, production_no as number from production_header
    where planner = 'API' order by production_no`,
  );
  return new Map(
    [...Map.groupBy(rows, ({ quantity }) => quantity)].map(([quantity, of]) => [
      quantity,
      of.map(({ number }) => number),
    ]),
  );
}
