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

/**
 * The first of each key's line, key by key and only as far as it takes: a key whose line is long costs no more than another
 * one. A walk begins behind the key where the last one had enough, so that keys take turns.
 */
const next = (after: string): string => /* sql */ `
  select business_key, id from skiff.command
  where holds_key and business_key > ${after} order by business_key, queue_number limit 1`;

const FREE = 'c.due_at <= clock_timestamp() and (c.lease_until is null or c.lease_until < clock_timestamp())';

/** What is unknown goes first: its key waits for it. That a claim is kept is not waited for: nothing is sent on it alone. */
const claiming = /* sql */ `
  with recursive not_waiting as (
    select set_config('synchronous_commit', 'off', true) as is_set
  ), line as (
    (${next('$4')}) union all (select following.* from line cross join lateral (${next('line.business_key')}) following)
  ), unsettled as (
    select c.id, c.state as before from skiff.command c
    where c.state = 'UNKNOWN' and ${FREE} and exists (select from ${OPEN_GATE})
    order by c.due_at limit $3 for update skip locked
  ), due as (
    select first.* from line cross join lateral (
      select c.id, c.state as before from skiff.command c
      where c.id = line.id and c.state in ('QUEUED', 'FAILED') and ${FREE} for update skip locked) first
    where exists (select from ${OPEN_GATE})
    limit $3 - (select count(*) from unsettled)
  ), claimed as (
    update skiff.command c set lease_holder = $1, lease_until = clock_timestamp() + $2 * interval '1 millisecond',
      state = case c.state when 'FAILED' then 'QUEUED' else c.state end,
      version = c.version + (c.state = 'FAILED')::int
    from (select * from unsettled union all select * from due) found, not_waiting where c.id = found.id and is_set = 'off'
    returning c.*, found.before
  ), event as (
    insert into skiff.command_event (command, version, actor, action, from_state, to_state, detail, trace_id)
    select id, version, 'skiff', 'try again', before, state, '{}', trace_id from claimed where before = 'FAILED'
  )
  select json_build_object('command', row_to_json(claimed), 'isDoubtful', ${IS_DOUBTFUL})::text as row
  from claimed cross join skiff.command_gate gate order by before = 'UNKNOWN' desc, business_key`;

/** Before every key. */
const FIRST = '';

const Claimed = z.object({ command: Command, isDoubtful: z.boolean() });

export class Leases {
  readonly #db: pg.Pool;
  readonly #leaseMs: number;
  readonly #held = new Set<Claim>();
  /** The business key behind which the next walk begins. */
  #after = FIRST;
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

  /** Resolves with whether there may be more, too: where it is full, or has not yet looked at every key. */
  async claim(most: number): Promise<{ readonly claims: readonly Claim[]; readonly hasMore: boolean }> {
    const token = randomUUID();
    const leasedUntil = performance.now() + this.#leaseMs;
    const after = this.#after;
    const rows = await query(this.#db, {
      name: 'claim_commands',
      text: claiming,
      values: [token, this.#leaseMs, most, after],
    });
    const claims = z
      .array(Claimed)
      .parse(rows)
      .map((claimed) => ({ ...claimed, token, leasedUntil }));
    for (const claim of claims) this.#held.add(claim);
    const isFull = claims.length === most;
    const last = claims.findLast(({ command }) => command.state !== 'UNKNOWN');
    this.#after = isFull ? (last?.command.businessKey ?? after) : FIRST;
    return { claims, hasMore: isFull || after !== FIRST };
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
