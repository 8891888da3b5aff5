/**
 * One attempt at one command: from its claim to what became of it.
 *
 * ```
 * premise still holds ─► turn at the ERP ─► SENT, committed ─► lease checked, first byte written ─► answer
 *        └─ no: PROPOSED                                                    │
 *                     said to be done: ACKNOWLEDGED ◄───────────────────────┤
 *                     said not to be done: FAILED, tried again              │
 *                     refused: FAILED, DEAD_LETTER                          │
 *                     anything else: UNKNOWN ◄──────────────────────────────┘
 * ```
 *
 * Until its first byte is written it is certain that nothing was done; from then on nothing is certain but what the
 * ERP says.
 */
import type pg from 'pg';
import type { CallBudget } from '../../erp/budget.ts';
import {
  type Acknowledged,
  type CommandChannel,
  CommandNotDone,
  CommandRefused,
  type OutgoingCommand,
  type Settling,
} from '../../erp/command.ts';
import { ErpCallFailed } from '../../erp/transport.ts';
import { differences, premiseNow, type Reading, sentenceOf } from '../approval/premise.ts';
import type { Command } from '../command.ts';
import type { Claim } from './claim.ts';
import * as record from './record.ts';

export interface AttemptSettings {
  readonly db: pg.Pool;
  readonly channel: CommandChannel;
  readonly budget: CallBudget;
  readonly reading: Reading;
  /** Aborts when this process gives up what it has begun. */
  readonly signal: AbortSignal;
  /** Stands between the check of the lease and the first byte, for whoever tests what a pause does there. */
  readonly failpoint?: (() => void) | undefined;
}

/** A premise that was looked at so long ago is looked at again. */
const PREMISE_GOOD_FOR_MS = 2_000;

/** The lease ended, or the command was taken back, before anything was written. */
class NotMine extends Error {}
class PremiseTooOld extends Error {}

export async function sendClaimed(settings: AttemptSettings, claim: Claim): Promise<void> {
  const { command } = claim;
  const settling = settings.channel.takes[command.type];
  if (!settling) return notOffered(settings, claim);
  if (claim.isDoubtful) return lookFirst(settings, claim, settling);
  for (;;) {
    const changed = await stalePremise(settings, command);
    if (changed !== null) return record.sentBack(settings.db, claim, changed);
    try {
      return await attempt(settings, claim, settling, performance.now());
    } catch (error) {
      if (error instanceof PremiseTooOld) continue;
      if (error instanceof NotMine) return;
      throw error;
    }
  }
}

/** It may have been sent after the backup that the outbox was restored from: as one whose sender has not said what became of it. */
async function lookFirst({ db }: AttemptSettings, claim: Claim, settling: Settling): Promise<void> {
  const attempt = await record.sent(db, claim);
  if (attempt === null) return;
  await record.unknown(db, claim.command, attempt, settling, 'The outbox was restored since it was proposed.');
}

async function notOffered({ db }: AttemptSettings, claim: Claim): Promise<void> {
  const attempt = await record.sent(db, claim);
  if (attempt === null) return;
  await record.refused(db, claim, attempt, {
    code: 'NOT_OFFERED',
    message: 'This ERP takes no such command.',
    path: null,
  });
}

/** What no longer holds, in words; null where all of it does, or nobody rested anything on it. */
async function stalePremise({ reading, signal }: AttemptSettings, { type, content, premise }: Command) {
  if (premise === null) return null;
  const [now] = await premiseNow(reading, [content], signal);
  const changed = differences(reading.policy[type].premise, content, premise, now?.facts ?? {});
  return changed.length === 0 ? null : sentenceOf(changed);
}

async function attempt(
  { db, channel, budget, signal, failpoint }: AttemptSettings,
  claim: Claim,
  settling: Settling,
  checkedAt: number,
  /** Some of it is in the ERP already. */
  isBegun = false,
): Promise<void> {
  const { command } = claim;
  let sent: number | null = null;
  let isWritten = false;
  const beforeWrite = () => {
    if (performance.now() >= claim.leasedUntil) throw new NotMine();
    failpoint?.();
    isWritten = true;
  };
  const work = async (patience: AbortSignal, another: () => void): Promise<Acknowledged> => {
    if (command.premise !== null && performance.now() - checkedAt > PREMISE_GOOD_FOR_MS) throw new PremiseTooOld();
    sent = await record.sent(db, claim);
    if (sent === null) throw new NotMine();
    return channel.send(outgoing(command), beforeWrite, patience, another);
  };
  try {
    const acknowledged = await budget.call('command', work, { signal });
    if (sent !== null) await record.acknowledged(db, command, sent, acknowledged);
  } catch (error) {
    if (sent === null) {
      if (error instanceof NotMine || error instanceof PremiseTooOld) throw error;
      return record.notSent(db, claim, messageOf(error));
    }
    if (error instanceof CommandRefused) {
      return record.refused(db, claim, sent, error);
    }
    if (!isBegun && (!isWritten || error instanceof CommandNotDone)) {
      const retryAfterMs = error instanceof ErpCallFailed ? error.retryAfterMs : null;
      return record.notDone(db, claim, sent, messageOf(error), retryAfterMs);
    }
    return record.unknown(db, command, sent, settling, messageOf(error));
  }
}

/** Asks the ERP what became of it, before anything is sent again. */
export async function settleClaimed(settings: AttemptSettings, claim: Claim): Promise<void> {
  const { db, channel, budget, signal } = settings;
  const { command } = claim;
  const settling = channel.takes[command.type];
  if (!settling || settling.way === 'none') return record.needsPerson(db, command.id);
  let found: Acknowledged | 'begun' | null;
  try {
    found = await budget.call('command', (patience) => channel.lookUp(outgoing(command), patience), { signal });
  } catch (error) {
    return record.notSent(db, claim, messageOf(error));
  }
  const isBegun = found === 'begun';
  if (found && found !== 'begun') return record.acknowledged(db, command, command.attempts, found);
  // It has been sent before: what it rested on was judged then.
  await attempt(settings, claim, settling, Number.POSITIVE_INFINITY, isBegun).catch((error: unknown) => {
    if (!(error instanceof NotMine)) throw error;
  });
}

const outgoing = ({ id, type, content, traceId }: Command): OutgoingCommand => {
  const { type: _type, ...fields } = content;
  return { type, content: fields, reference: referenceOf(id), traceId };
};

/** What the ERP knows a command by. */
export const referenceOf = (id: string): string => `skiff:${id}`;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
