/**
 * Accepts what a mutation asks: the commands, the key they were asked under and the audit's first line, in one statement,
 * which is a transaction by itself: one round trip.
 *
 * ```
 * same key ─┬─ same request ──► what was accepted then, as it stands now
 *           └─ another one ───► IDEMPOTENCY_CONFLICT
 * ```
 *
 * The key is inserted first. Whoever comes with the same key meanwhile, in this process or another, waits for that
 * transaction and then finds what it made.
 */
import type pg from 'pg';
import { z } from 'zod';
import { ErrorCode, SkiffError } from '../../runtime/errors.ts';
import type { Caller } from '../caller.ts';
import { Command, type Premise } from '../command.ts';
import { type Content, hashOf } from '../content.ts';
import { businessKeyOf, documentChanged, documentOf } from '../kinds.ts';
import { lockOf, NEXT_IN_QUEUE, query } from './database.ts';

export interface NewCommand {
  readonly id: string;
  readonly content: Content;
  readonly plant: string;
  readonly approvalsNeeded: readonly string[];
  readonly premise: { readonly facts: Premise; readonly asOf: Date } | null;
  readonly expiresAfterHours: number;
}

export interface Acceptance {
  readonly key: string;
  /** What was asked, as the client put it: what came of it may have been edited since. */
  readonly asked: unknown;
  readonly plan: { readonly id: string; readonly note: string | null } | null;
  readonly commands: readonly NewCommand[];
}

/** Null where the key was there already. */
const Made = z.array(Command).nullable();
const Before = z.object({ hash: z.string(), plan: z.string().nullable(), commands: z.array(Command) });

export interface Accepted {
  readonly planId: string | null;
  readonly commands: readonly Command[];
  /** False when the key had been used before, for the same. */
  readonly isNew: boolean;
}

export async function accept(
  db: pg.Pool,
  { name, traceId, address }: Caller,
  { key, asked, plan, commands }: Acceptance,
): Promise<Accepted> {
  const hash = hashOf(asked);
  const records = commands.map((command) => ({ ...recordOf(command), trace_id: traceId }));
  const locked = records.filter(({ state }) => state === 'QUEUED').map(({ business_key }) => business_key);
  const single = plan ? null : (commands[0]?.id ?? null);
  const keys = [...new Set(locked)].toSorted();
  const values = [
    name,
    key,
    hash,
    single,
    plan?.id ?? null,
    plan?.note ?? null,
    JSON.stringify(records),
    address,
    keys,
  ];
  const [row] = await query(db, { name: 'accept_commands', text: insert, values });
  const made = Made.parse(row);
  if (made) return { planId: plan?.id ?? null, commands: made, isNew: true };
  const [found] = await query(db, { name: 'accepted_before', text: select, values: [name, key] });
  const before = Before.parse(found);
  if (before.hash !== hash) {
    throw new SkiffError(ErrorCode.IdempotencyConflict, 'This idempotencyKey was used before, for something else.');
  }
  return { planId: before.plan, commands: before.commands, isNew: false };
}

function recordOf({ id, content, plant, approvalsNeeded, premise, expiresAfterHours }: NewCommand) {
  const waits = approvalsNeeded.length > 0;
  const changed = documentChanged(content);
  return {
    id,
    type: content.type,
    state: waits ? 'PROPOSED' : 'QUEUED',
    plant,
    business_key: businessKeyOf(content),
    content,
    content_hash: hashOf(content),
    // Who looks at the document sees what is asked of it, before anything is done.
    document_type: changed === null ? null : documentOf(content),
    document_id: changed,
    approvals_needed: approvalsNeeded,
    premise: premise?.facts ?? null,
    premise_as_of: premise?.asOf ?? null,
    expires_after: waits ? `${expiresAfterHours} hours` : null,
  };
}

/** The locks are taken before anything is numbered: what comes later waits for them. */
const insert = /* sql */ `
  with locked as materialized (
    select count(${lockOf('business_key')}::text) as keys from unnest($9::text[]) business_key
  ), request as (
    insert into skiff.command_request (principal, key, hash, command, plan)
    select $1, $2, $3, $4::uuid, $5::uuid from locked where keys >= 0
    on conflict (principal, key) do nothing
    returning true
  ), plan as (
    insert into skiff.plan (id, proposer, note) select $5::uuid, $1, $6 from request where $5::uuid is not null
  ), made as (
    insert into skiff.command (id, type, state, plan, proposer, author, plant, business_key, content, content_hash,
      approvals_needed, premise, premise_as_of, expires_at, trace_id, document_type, document_id, queue_number, queued_at, due_at)
    select c.id, c.type, c.state, $5::uuid, $1, $1, c.plant, c.business_key, c.content, c.content_hash,
      c.approvals_needed, c.premise, c.premise_as_of, clock_timestamp() + c.expires_after, c.trace_id, c.document_type, c.document_id,
      case when c.state = 'QUEUED' then ${NEXT_IN_QUEUE} end,
      case when c.state = 'QUEUED' then clock_timestamp() end,
      case when c.state = 'QUEUED' then clock_timestamp() end
    from request, json_to_recordset($7) as c(id uuid, type text, state text, plant text, business_key text, content json,
      content_hash text, approvals_needed text[], premise json, premise_as_of timestamptz, expires_after interval,
      trace_id text, document_type text, document_id text)
    returning *
  ), event as (
    insert into skiff.command_event (command, version, actor, action, to_state, detail, trace_id, address)
    select id, version, $1, 'propose', state,
      json_build_object('content', content, 'premise', premise, 'approvalsNeeded', approvals_needed), trace_id, $8
    from made
  )
  select coalesce(json_agg(row_to_json(made) order by number)::text, 'null') as row from made`;

const select = /* sql */ `
  select json_build_object('hash', r.hash, 'plan', r.plan, 'commands', json_agg(row_to_json(c) order by c.number))::text as row
  from skiff.command_request r join skiff.command c on c.id = r.command or c.plan = r.plan
  where r.principal = $1 and r.key = $2
  group by r.principal, r.key`;
