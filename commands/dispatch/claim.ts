/**
 * Leases: which dispatcher is at work on which command, by the database's clock.
 *
 * Why a table of our own and no job library: graphile-worker (weighed at 0.18) knows neither an order among jobs of one
 * key that survives retries, nor an outcome that is unknown, frees what a dead worker held after four hours, and would
 * make a second truth beside the command's state. What it does well, `for update skip locked` and a
 * notification, is the statement below.
 *
 * A claim has a token of its own. Whoever was stopped for longer than its lease finds that its token is no longer the
 * command's, even where it is itself the next to claim it.
 */
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { z } from 'zod';
import { Command } from '../command.ts';
import { query } from '../outbox/database.ts';
import { IS_DOUBTFUL, OPEN_GATE } from './gate.ts';

export interface Claim {
  readonly token: string;
  readonly command: Command;
  /** The outbox was restored since it was proposed: the ERP is asked first. */
  readonly isDoubtful: boolean;
  /** On this process's monotonic clock. */
  leasedUntil: number;
}

/** The first of each key's line that is due: to be sent, or to be looked up where nobody knows what became of it. */
const DUE = /* sql */ `
  c.state in ('QUEUED', 'FAILED') and c.due_at <= clock_timestamp()
  and (c.lease_until is null or c.lease_until < clock_timestamp())
  and not exists (
    select from skiff.command earlier
    where earlier.holds_key and earlier.business_key = c.business_key and earlier.queue_number < c.queue_number)`;

const UNSETTLED = /* sql */ `
  c.state = 'UNKNOWN' and c.due_at <= clock_timestamp() and (c.lease_until is null or c.lease_until < clock_timestamp())`;

const claiming = (due: string, order: string): string => /* sql */ `
  with due as (
    select c.id, c.state as before from skiff.command c
    where ${due} and exists (select from ${OPEN_GATE}) order by ${order} limit $3 for update skip locked
  ), claimed as (
    update skiff.command c set lease_holder = $1, lease_until = clock_timestamp() + $2 * interval '1 millisecond',
      state = case c.state when 'FAILED' then 'QUEUED' else c.state end,
      version = c.version + (c.state = 'FAILED')::int
    from due where c.id = due.id returning c.*, due.before
  ), event as (
    insert into skiff.command_event (command, version, actor, action, from_state, to_state, detail, trace_id)
    select id, version, 'skiff', 'try again', before, state, '{}', trace_id from claimed where before = 'FAILED'
  )
  select json_build_object('command', row_to_json(claimed), 'isDoubtful', ${IS_DOUBTFUL})::text as row
  from claimed cross join skiff.command_gate gate order by queue_number`;

const statements = {
  toSend: { name: 'claim_to_send', text: claiming(DUE, 'c.queue_number') },
  toSettle: { name: 'claim_to_settle', text: claiming(UNSETTLED, 'c.due_at') },
} as const;

const Claimed = z.object({ command: Command, isDoubtful: z.boolean() });

export class Leases {
  readonly #db: pg.Pool;
  readonly #leaseMs: number;
  readonly #held = new Set<Claim>();
  readonly #timer: NodeJS.Timeout;

  constructor(db: pg.Pool, leaseMs: number) {
    this.#db = db;
    this.#leaseMs = leaseMs;
    // What fails is tried again before the lease ends; if it ends, nothing is sent.
    this.#timer = setInterval(() => void this.#renew().catch(() => undefined), leaseMs / 3);
  }

  get size(): number {
    return this.#held.size;
  }

  async claim(what: keyof typeof statements, most: number): Promise<readonly Claim[]> {
    const token = randomUUID();
    const leasedUntil = performance.now() + this.#leaseMs;
    const rows = await query(this.#db, { ...statements[what], values: [token, this.#leaseMs, most] });
    const claims = z
      .array(Claimed)
      .parse(rows)
      .map((claimed) => ({ ...claimed, token, leasedUntil }));
    for (const claim of claims) this.#held.add(claim);
    return claims;
  }

  /** The command has been given another state, or another dispatcher may have it. */
  end(claim: Claim): void {
    this.#held.delete(claim);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #renew(): Promise<void> {
    const claims = [...this.#held];
    if (claims.length === 0) return;
    const leasedUntil = performance.now() + this.#leaseMs;
    const rows = await query(this.#db, {
      name: 'renew_leases',
      text: /* sql */ `
        update skiff.command c set lease_until = clock_timestamp() + $3 * interval '1 millisecond'
        from unnest($1::uuid[], $2::uuid[]) as held(id, token)
        where c.id = held.id and c.lease_holder = held.token and c.lease_until > clock_timestamp()
        returning json_build_array(c.id, held.token)::text as row`,
      values: [claims.map(({ command }) => command.id), claims.map(({ token }) => token), this.#leaseMs],
    });
    const renewed = new Set(
      z
        .array(z.array(z.string()))
        .parse(rows)
        .map((pair) => pair.join()),
    );
    for (const claim of claims) {
      if (renewed.has([claim.command.id, claim.token].join())) claim.leasedUntil = leasedUntil;
    }
  }
}
