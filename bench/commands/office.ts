/** Clients of the commands' mutations, and what stands in the outbox and in the ERP in the end. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ALL_PLANTS } from '../../replica/access-scope.ts';
import { createApiKey } from '../../replica/api-keys.ts';
import type { Database } from '../databases.ts';

export const CREATE = `mutation ($input: CreateProductionOrderInput!) {
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

const days = { plannedStartDate: '2027-01-11', plannedEndDate: '2027-01-12' };

/** Of `CREATE`. */
export const inputOf = (asked: Asked, idempotencyKey: string) => ({ idempotencyKey, ...asked, ...days });

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
  return {
    async create(asked, idempotencyKey) {
      const { createProductionOrder } = await ask(CREATE, inputOf(asked, idempotencyKey), Created);
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
  queuedAtMs: z.coerce.number().nullable(),
  /** Until the ERP had said that it is done. */
  doneMs: z.coerce.number().nullable(),
});
export type OutboxRow = z.output<typeof Row>;

/** Commands accepted after this number, in their order. */
export async function outbox({ pool }: Database, after: number): Promise<readonly OutboxRow[]> {
  const { rows } = await pool.query(
    /* sql */ `
    select id, number, state, fault, content ->> 'quantity' as quantity, business_key as "businessKey",
      extract(epoch from queued_at) * 1000 as "queuedAtMs",
      extract(epoch from acknowledged_at - queued_at) * 1000 as "doneMs"
    from skiff.command where number > $1 order by number`,
    [after],
  );
  return z.array(Row).parse(rows);
}

const FINAL = `('CONFIRMED', 'REJECTED', 'EXPIRED', 'CANCELLED')`;

/** How many commands something is yet to come of, a person's verdict included; and one of them. */
export async function underWay({ pool }: Database): Promise<{ readonly count: number; readonly one: string | null }> {
  const { rows } = await pool.query<{ count: string; one: string | null }>(/* sql */ `
    select count(*)::text as count, max(concat_ws(' ', id, state, fault, reason)) as one from skiff.command
    where state not in ${FINAL} and not (state = 'DEAD_LETTER' and fault <> 'UNKNOWN')`);
  return { count: Number(rows[0]?.count), one: rows[0]?.one ?? null };
}

/** Those that a person is to look at, for so long already: their ids, and the quantities they are known by. */
export async function forPerson(
  { pool }: Database,
  sinceMs: number,
): Promise<readonly Pick<OutboxRow, 'id' | 'quantity'>[]> {
  const { rows } = await pool.query(
    /* sql */ `
    select id, content ->> 'quantity' as quantity from skiff.command
    where state = 'DEAD_LETTER' and fault = 'UNKNOWN' and changed_at < clock_timestamp() - $1 * interval '1 millisecond'`,
    [sinceMs],
  );
  return z.array(Row.pick({ id: true, quantity: true })).parse(rows);
}

/** Numbers of the ERP's documents by the quantity they are known by, in the ERP's order: of all, or of these. */
export async function inErp(
  { pool }: Database,
  quantities: readonly string[] | null = null,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rows } = await pool.query<{ quantity: string; number: string }>(
    /* sql */ `
    select trim_scale(order_qty)::text as quantity, production_no as number from production_header
    where planner = 'API' and ($1::numeric[] is null or order_qty = any($1)) order by production_no`,
    [quantities],
  );
  return new Map(
    [...Map.groupBy(rows, ({ quantity }) => quantity)].map(([quantity, of]) => [
      quantity,
      of.map(({ number }) => number),
    ]),
  );
}
