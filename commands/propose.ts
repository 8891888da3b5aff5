/**
 * Proposals: one command, or several as a plan. What needs nobody's approval is queued with the same transaction.
 *
 * A wrong form, a scope that is missing and a plant that is not the caller's are errors: nothing is kept of them.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { ErrorCode, SkiffError } from '../runtime/errors.ts';
import { premiseSeen } from './approval/premise.ts';
import { type Caller, may, seesPlant } from './caller.ts';
import type { Command } from './command.ts';
import { Content } from './content.ts';
import type { DeskSettings } from './desk-settings.ts';
import { plantOf } from './kinds.ts';
import { type Acceptance, accept, type NewCommand } from './outbox/accept.ts';
import { approvalsNeeded } from './policy.ts';

const Key = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, { error: 'must be 1 to 255 printable characters, without spaces' });
const Note = z.string().max(1_000, { error: 'has at most 1,000 characters' }).nullable();
const MOST_LINES = 200;

/** What a client sent, or an error that names every place that is wrong. */
export function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown, path: string): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `${[path, ...issue.path].join('.')} ${issue.message}`);
  throw new SkiffError(ErrorCode.BadUserInput, `${faults.join('; ')}.`);
}

/** One command; the earlier one where the key was used before for the same. */
export async function createCommand(
  settings: DeskSettings,
  caller: Caller,
  sent: unknown,
  idempotencyKey: unknown,
): Promise<Command> {
  const key = parsed(Key, idempotencyKey, 'input.idempotencyKey');
  const content = parsed(Content, sent, 'input');
  const command = await newCommand(settings, caller, content, false);
  const { commands } = await accepted(settings, caller, { key, asked: content, plan: null, commands: [command] });
  const [one] = commands;
  if (!one) throw new TypeError('What was accepted is not there');
  return one;
}

export interface ProposedPlan {
  readonly id: string;
  readonly commands: readonly Command[];
}

export async function proposePlan(
  settings: DeskSettings,
  caller: Caller,
  sent: { readonly lines: readonly unknown[]; readonly note: unknown },
  idempotencyKey: unknown,
): Promise<ProposedPlan> {
  const key = parsed(Key, idempotencyKey, 'input.idempotencyKey');
  const note = parsed(Note, sent.note ?? null, 'input.note');
  const lines = parsed(z.array(Content).min(1).max(MOST_LINES), sent.lines, 'input.lines');
  const commands = await Promise.all(lines.map((content) => newCommand(settings, caller, content, true)));
  const plan = { id: randomUUID(), note };
  const made = await accepted(settings, caller, { key, asked: { lines, note }, plan, commands });
  return { id: made.planId ?? plan.id, commands: made.commands };
}

async function accepted(settings: DeskSettings, caller: Caller, acceptance: Acceptance) {
  const made = await accept(settings.db, caller, acceptance);
  if (made.isNew && made.commands.some(({ state }) => state === 'QUEUED')) settings.wake();
  return made;
}

async function newCommand(
  settings: DeskSettings,
  caller: Caller,
  content: Content,
  isPlanned: boolean,
): Promise<NewCommand> {
  const rules = settings.policy[content.type];
  checkScope(caller, rules.propose);
  const needed = approvalsNeeded(rules, content, isPlanned);
  return {
    id: randomUUID(),
    content,
    plant: await plantFor(settings, caller, content),
    approvalsNeeded: needed,
    premise: needed.length === 0 ? null : await premiseSeen(settings, content),
    expiresAfterHours: rules.expiresAfterHours,
  };
}

export function checkScope(caller: Caller, scope: string): void {
  if (!may(caller, scope)) throw new SkiffError(ErrorCode.Forbidden, `This needs the scope ${scope}.`);
}

/** A plant, or a document, that the caller may not see is as if it were not there. */
export async function plantFor({ openReads, today }: DeskSettings, caller: Caller, content: Content): Promise<string> {
  const plant = await plantOf(openReads(today(), caller.access), content);
  if (plant === null || !seesPlant(caller, plant)) {
    throw new SkiffError(ErrorCode.NotFound, 'There is no such plant, or no such document, that you may see.');
  }
  return plant;
}
