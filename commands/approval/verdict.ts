/**
 * A person's verdict on what goes no further by itself: send it again, give it up, or say what became of it.
 *
 * A dead letter is sent again on a new approval: of somebody who may approve it and neither proposed nor wrote it, while
 * what it rests on still holds. Not where its outcome is unknown: there a person looks in the ERP first, and says.
 */
import { type Caller, may } from '../caller.ts';
import type { Command, UserError } from '../command.ts';
import type { DeskSettings } from '../desk-settings.ts';
import { documentChanged, documentOf } from '../kinds.ts';
import { changeCommand, NOW, queued } from '../outbox/change.ts';
import { lockKey } from '../outbox/database.ts';
import { type Decision, locked, notFound } from '../outbox/locked.ts';
import { commandsByIds } from '../outbox/read.ts';
import type { Answer } from './decide.ts';
import { differences, premiseNow, sentenceOf } from './premise.ts';

const refusedOf = (command: Command, code: string, message: string): Answer => ({
  commands: [command],
  userErrors: [{ code, message, path: [command.id] }] satisfies UserError[],
});

/** The scopes of whom may decide on it: those of its approvals, or of any that its type could need. */
const deciders = ({ policy }: DeskSettings, { type, approvalsNeeded }: Command): readonly string[] =>
  approvalsNeeded.length > 0 ? approvalsNeeded : policy[type].approvals.map(({ by }) => by);

const mayDecide = (settings: DeskSettings, caller: Caller, command: Command): boolean =>
  deciders(settings, command).some((scope) => may(caller, scope));

const decideOn = (
  { db }: DeskSettings,
  caller: Caller,
  id: string,
  decide: (command: Command, decision: Decision) => Promise<Answer>,
): Promise<Answer> =>
  locked(db, caller, [id], async ([one], decision) => {
    if (!one) throw notFound();
    return decide(one.command, decision);
  });

const NOT_AN_APPROVER = 'Who may approve it may decide on it.';

/** Sends a dead letter again. */
export async function retry(settings: DeskSettings, caller: Caller, id: string): Promise<Answer> {
  const [before] = await commandsByIds(settings.db, caller, [id]);
  if (!before) throw notFound();
  const [now] = before.state === 'DEAD_LETTER' && before.premise ? await premiseNow(settings, [before.content]) : [];
  const answer = await decideOn(settings, caller, id, async (command, { run, note }) => {
    const refused = (code: string, message: string) => refusedOf(command, code, message);
    if (command.state !== 'DEAD_LETTER') return refused('WRONG_STATE', `It is ${command.state}, and no dead letter.`);
    if (command.fault === 'UNKNOWN') {
      return refused('OUTCOME_UNKNOWN', 'Look in the ERP whether it was applied, and say so: it is not sent again.');
    }
    if (!mayDecide(settings, caller, command)) return refused('NOT_AN_APPROVER', NOT_AN_APPROVER);
    if (caller.name === command.proposer || caller.name === command.author) {
      return refused('FOUR_EYES', 'Another person than who proposed it has it sent again.');
    }
    const rules = settings.policy[command.type].premise;
    const changed = command.premise ? differences(rules, command.content, command.premise, now?.facts ?? {}) : [];
    if (changed.length > 0) return refused('STALE_PREMISE', `${sentenceOf(changed)}.`);
    await note(lockKey(command.businessKey));
    const detail = { scope: deciders(settings, command)[0], premise: now?.facts };
    const step = { ids: [id], to: 'QUEUED', from: ['DEAD_LETTER'], actor: caller, action: 'retry', detail } as const;
    return { commands: await run(changeCommand(step, { ...queued, user_errors: '[]', reason: null })), userErrors: [] };
  });
  if (answer.userErrors.length === 0) settings.wake();
  return answer;
}

/** Gives up what was not sent, or a dead letter of which it is known that nothing was done. */
export const cancel = (settings: DeskSettings, caller: Caller, id: string): Promise<Answer> =>
  decideOn(settings, caller, id, async (command, { run }) => {
    const isOpen = ['PROPOSED', 'QUEUED', 'DEAD_LETTER'].includes(command.state);
    if (!isOpen) return refusedOf(command, 'WRONG_STATE', `It is ${command.state}.`);
    if (command.fault === 'UNKNOWN' && command.state === 'DEAD_LETTER') {
      return refusedOf(command, 'OUTCOME_UNKNOWN', 'Look in the ERP whether it was applied, and say so.');
    }
    if (caller.name !== command.proposer && !mayDecide(settings, caller, command)) {
      return refusedOf(command, 'NOT_AN_APPROVER', 'Who proposed it, or may approve it, may give it up.');
    }
    const step = { ids: [id], to: 'CANCELLED', actor: caller, action: 'cancel' } as const;
    return { commands: await run(changeCommand(step)), userErrors: [] };
  });

/** Says what a person found in the ERP: the document that was made, or null where nothing was done. */
export const settle = (
  settings: DeskSettings,
  caller: Caller,
  id: string,
  documentId: string | null,
): Promise<Answer> =>
  decideOn(settings, caller, id, async (command, { run }) => {
    if (command.state !== 'DEAD_LETTER' || command.fault !== 'UNKNOWN') {
      return refusedOf(command, 'WRONG_STATE', 'What became of it is no question.');
    }
    if (!mayDecide(settings, caller, command)) return refusedOf(command, 'NOT_AN_APPROVER', NOT_AN_APPROVER);
    const changed = documentChanged(command.content);
    if (documentId !== null && changed !== null && documentId !== changed) {
      return refusedOf(
        command,
        'WRONG_DOCUMENT',
        `It concerns ${changed}: say that, or nothing where it was not done.`,
      );
    }
    const step = { ids: [id], from: ['DEAD_LETTER'], actor: caller, action: 'settle', detail: { documentId } } as const;
    const found = {
      document_type: documentOf(command.content),
      document_id: documentId,
      acknowledged_at: NOW,
      due_at: NOW,
    };
    const commands = await run(
      documentId === null
        ? changeCommand({ ...step, to: 'CANCELLED' }, { fault: null })
        : changeCommand({ ...step, to: 'ACKNOWLEDGED' }, { ...found, fault: null, reason: null }),
    );
    settings.wake();
    return { commands, userErrors: [] };
  });
