/**
 * What became of an attempt, written down. Each statement names the attempt, or the claim, that it speaks for: whoever was
 * overtaken meanwhile writes nothing.
 */
import type pg from 'pg';
import { z } from 'zod';
import { type Acknowledged, CommandNeedsPerson, type CommandRefused, type Settling } from '../../erp/command.ts';
import { Command } from '../command.ts';
import { documentOf } from '../kinds.ts';
import { changeCommand, itself, NOW, Sql } from '../outbox/change.ts';
import { query, together } from '../outbox/database.ts';
import { changed, tellChanged } from '../outbox/told.ts';
import type { Claim } from './claim.ts';

const BACKOFF_FIRST_MS = 200;
const BACKOFF_LAST_MS = 300_000;
const MOST_DOUBLINGS = 12;
/** In a row. With the pauses between them it is the better part of a day. */
const MOST_FAILURES = 200;
/** The ERP that refuses a second request of a key needs no time to settle; a search at once would find nothing yet. */
const LOOK_UP_AFTER_MS = 200;

/** Full jitter: whoever failed together does not come back together. */
function backoff(failures: number, retryAfterMs: number | null): Sql {
  const most = Math.min(BACKOFF_LAST_MS, BACKOFF_FIRST_MS * 2 ** Math.min(failures, MOST_DOUBLINGS));
  return later((retryAfterMs ?? 0) + Math.random() * most + 1);
}

const later = (ms: number): Sql => new Sql(`clock_timestamp() + interval '${Math.ceil(ms)} milliseconds'`);

const released = { lease_holder: null, lease_until: null } as const;

const held = ({ token }: Claim) => ({
  sql: 'lease_holder = $8 and lease_until > clock_timestamp()',
  values: [token],
});
const ofAttempt = (attempt: number) => ({ sql: 'attempts = $8', values: [attempt] });

/** Resolves with the number of this attempt; null when the command is no longer this claim's. */
export async function sent(db: pg.Pool, claim: Claim): Promise<number | null> {
  const step = { ids: [claim.command.id], to: 'SENT', actor: itself, action: 'send', onlyIf: held(claim) } as const;
  const columns = { attempts: new Sql('attempts + 1'), sent_at: NOW, fault: null };
  const [command] = z.array(Command).parse(await changed(db, changeCommand(step, columns)));
  return command?.attempts ?? null;
}

export async function acknowledged(
  db: pg.Pool,
  { id, content }: Command,
  attempt: number,
  { documentId, version, answer }: Acknowledged,
): Promise<void> {
  const step = {
    ids: [id],
    to: 'ACKNOWLEDGED',
    from: ['SENT', 'UNKNOWN'],
    actor: itself,
    action: 'acknowledge',
    detail: { documentId, version, answer },
    onlyIf: ofAttempt(attempt),
  } as const;
  const columns = {
    ...released,
    fault: null,
    failures: 0,
    reason: null,
    erp_answer: answer,
    document_type: documentOf(content),
    document_id: documentId,
    document_version: version,
    acknowledged_at: NOW,
    due_at: NOW,
  };
  await changed(db, changeCommand(step, columns));
}

/** Nothing was begun: it keeps its place, and is looked at again later. */
export async function notSent(db: pg.Pool, { token, command }: Claim, reason: string): Promise<void> {
  const due = backoff(command.failures, null).text;
  const text = /* sql */ `
    update skiff.command set lease_holder = null, lease_until = null, failures = failures + 1, reason = $3, due_at = ${due}
    where id = $1 and lease_holder = $2`;
  await db.query({ text, values: [command.id, token, reason] });
}

/** The ERP has said, or it is certain without it, that nothing was done; another time it may be. */
export async function notDone(
  db: pg.Pool,
  { command: { id, failures } }: Claim,
  attempt: number,
  reason: string,
  retryAfterMs: number | null,
): Promise<void> {
  const step = { ids: [id], actor: itself, detail: { reason }, onlyIf: ofAttempt(attempt) };
  const failed = changeCommand(
    { ...step, to: 'FAILED', action: 'fail' },
    {
      ...released,
      fault: 'RETRY',
      reason,
      failures: new Sql('failures + 1'),
      due_at: backoff(failures, retryAfterMs),
    },
  );
  const given = changeCommand({ ...step, to: 'DEAD_LETTER', action: 'give up' });
  await changed(db, ...(failures + 1 < MOST_FAILURES ? [failed] : [failed, given]));
}

/** The ERP does not want it: as it is, or not before somebody has seen to it there. Trying again would not help. */
export async function refused(
  db: pg.Pool,
  { command: { id } }: Claim,
  attempt: number,
  refusal: Pick<CommandRefused, 'code' | 'message' | 'path'>,
): Promise<void> {
  const { code, message, path } = refusal;
  const step = { ids: [id], actor: itself, detail: { code, message }, onlyIf: ofAttempt(attempt) };
  const userErrors = JSON.stringify([{ code: code.toUpperCase(), message, path }]);
  const fault = refusal instanceof CommandNeedsPerson ? 'NEEDS_PERSON' : 'REJECTED';
  await changed(
    db,
    changeCommand(
      { ...step, to: 'FAILED', action: 'refuse' },
      { ...released, fault, reason: message, erp_answer: message, user_errors: userErrors },
    ),
    changeCommand({ ...step, to: 'DEAD_LETTER', action: 'give up' }),
  );
}

/** It may have been applied, and may still be. */
export async function unknown(
  db: pg.Pool,
  { id }: Command,
  attempt: number,
  settling: Settling,
  reason: string,
): Promise<void> {
  const step = { ids: [id], actor: itself, detail: { reason }, onlyIf: ofAttempt(attempt) };
  const lost = changeCommand(
    { ...step, to: 'UNKNOWN', action: 'lose' },
    { ...released, fault: 'UNKNOWN', reason, due_at: later(settlesInMs(settling)) },
  );
  const waiting = changeCommand({ ...step, to: 'DEAD_LETTER', action: 'ask a person' });
  await changed(db, ...(settling.way === 'none' ? [lost, waiting] : [lost]));
}

const settlesInMs = (settling: Settling): number =>
  settling.way === 'reference' ? settling.settlesWithinMs : LOOK_UP_AFTER_MS;

/** Nobody can find out but a person. */
export async function needsPerson(db: pg.Pool, id: string): Promise<void> {
  const step = { ids: [id], to: 'DEAD_LETTER', from: ['UNKNOWN'], actor: itself, action: 'ask a person' } as const;
  await changed(db, changeCommand(step, released));
}

/** What it rested on holds no more: it is a proposal again, without approvals. */
export async function sentBack(db: pg.Pool, claim: Claim, reason: string): Promise<void> {
  const { id } = claim.command;
  const step = {
    ids: [id],
    to: 'PROPOSED',
    from: ['QUEUED'],
    actor: itself,
    action: 'stale premise',
    detail: { reason },
    onlyIf: held(claim),
  } as const;
  const expires = new Sql(`greatest(expires_at, clock_timestamp() + interval '1 day')`);
  await together(db, [
    changeCommand(step, { ...released, reason, queue_number: null, due_at: null, expires_at: expires }),
    {
      text: /* sql */ `
        update skiff.command_approval set voided_at = clock_timestamp() where command = $1 and voided_at is null
          and exists (select from skiff.command where id = $1 and state = 'PROPOSED')`,
      values: [id],
    },
  ]);
  tellChanged(db, [id]);
}

const Ids = z.array(z.string());

/** Who sent these was stopped, or is gone: what became of them nobody here knows. */
export async function leasesEnded(db: pg.Pool, type: string, settling: Settling): Promise<number> {
  const condition = `state = 'SENT' and lease_until < clock_timestamp()`;
  const text = `select to_json(id)::text as row from skiff.command where ${condition} and type = $1`;
  const ids = Ids.parse(await query(db, { name: 'leases_ended', text, values: [type] }));
  if (ids.length === 0) return 0;
  const onlyIf = { sql: `lease_until < clock_timestamp()`, values: [] };
  const due = new Sql(`lease_until + interval '${settlesInMs(settling)} milliseconds'`);
  const reason = 'Whoever sent it has not said what became of it.';
  await changed(
    db,
    changeCommand(
      { ids, to: 'UNKNOWN', from: ['SENT'], actor: itself, action: 'lease ended', onlyIf },
      { ...released, fault: 'UNKNOWN', reason, due_at: due },
    ),
  );
  return ids.length;
}

/** Proposals that nobody approved in time. */
export async function expire(db: pg.Pool): Promise<void> {
  const text = `select to_json(id)::text as row from skiff.command where state = 'PROPOSED' and expires_at < clock_timestamp()`;
  const ids = Ids.parse(await query(db, { name: 'expired', text }));
  if (ids.length === 0) return;
  const onlyIf = { sql: 'expires_at < clock_timestamp()', values: [] };
  const reason = 'Nobody approved it in time.';
  await changed(db, changeCommand({ ids, to: 'EXPIRED', actor: itself, action: 'expire', onlyIf }, { reason }));
}
