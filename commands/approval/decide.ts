/**
 * What a person decides on proposals: approve, reject, edit, cancel.
 *
 * An approval is of one content (its hash, as the approver saw it) and rests on the premise, which is compared with the
 * ERP as it is. Whoever proposed a command, or wrote what it now says, never approves it; each of several approvals is
 * another person's.
 */
import { type Caller, may } from '../caller.ts';
import type { Approval, Command, UserError } from '../command.ts';
import { Content, hashOf } from '../content.ts';
import type { DeskSettings } from '../desk-settings.ts';
import { businessKeyOf, documentChanged } from '../kinds.ts';
import { changeCommand, itself, queued } from '../outbox/change.ts';
import { lockKey } from '../outbox/database.ts';
import { type Decision, type Locked, locked, notFound } from '../outbox/locked.ts';
import { commandsByIds } from '../outbox/read.ts';
import { approvalsNeeded } from '../policy.ts';
import { checkScope, parsed, plantFor } from '../propose.ts';
import { type Difference, differences, premiseNow, premiseSeen, type SeenPremise, sentenceOf } from './premise.ts';

export interface Answer {
  readonly commands: readonly Command[];
  readonly userErrors: readonly UserError[];
}

/** A command, and the content the caller had before their eyes. */
export interface Chosen {
  readonly id: string;
  readonly contentHash: string;
}

/** All of them, or none and why. */
export async function approve(settings: DeskSettings, caller: Caller, chosen: readonly Chosen[]): Promise<Answer> {
  const ids = chosen.map(({ id }) => id);
  const before = await commandsByIds(settings.db, caller, ids);
  if (before.length < new Set(ids).size) throw notFound();
  const open = before.filter(({ state }) => state === 'PROPOSED');
  const now = await premiseNow(
    settings,
    open.map(({ content }) => content),
  );
  const premises = new Map(open.map((command, at) => [command.id, { of: command, now: now[at] }]));
  const answer = await locked(settings.db, caller, ids, async (found, decision) => {
    const refused = found.flatMap((one) => {
      const hash = chosen.find(({ id }) => id === one.command.id)?.contentHash ?? '';
      return refusals(settings, caller, one, hash, premises.get(one.command.id));
    });
    if (refused.length > 0) {
      const stale = refused.filter(({ code }) => code === 'STALE_PREMISE');
      const told = await Promise.all(stale.map((error) => markStale(error, decision)));
      const now = new Map(told.flat().map((command) => [command.id, command]));
      return { commands: found.map(({ command }) => now.get(command.id) ?? command), userErrors: refused };
    }
    const commands: Command[] = [];
    for (const { command, approvals } of found) {
      commands.push(...(await approved(caller, command, approvals, premises.get(command.id)?.now, decision)));
    }
    return { commands, userErrors: [] };
  });
  if (answer.commands.some(({ state }) => state === 'QUEUED')) settings.wake();
  return answer;
}

interface Compared {
  readonly of: Command;
  readonly now: SeenPremise | undefined;
}

function refusals(
  { policy }: DeskSettings,
  caller: Caller,
  { command, approvals, isExpired }: Locked,
  hash: string,
  compared: Compared | undefined,
): UserError[] {
  const refused = (code: string, message: string) => [{ code, message, path: [command.id] }];
  if (command.state !== 'PROPOSED') return refused('WRONG_STATE', `It is ${command.state}, and no longer a proposal.`);
  if (isExpired) return refused('EXPIRED', 'Nobody approved it in time.');
  if (hash !== command.contentHash) return refused('CONTENT_CHANGED', 'It was edited since: look at it again.');
  if (caller.name === command.proposer || caller.name === command.author) {
    return refused('FOUR_EYES', 'Who proposed or edited a command does not approve it.');
  }
  if (approvals.some(({ approver }) => approver === caller.name)) {
    return refused('ALREADY_APPROVED', 'You have approved it; another person has to.');
  }
  if (scopeFor(caller, command, approvals) === null) {
    return refused('NOT_AN_APPROVER', `This needs the scope ${missing(command, approvals).join(' or ')}.`);
  }
  // What was compared must be what is approved.
  if (!compared?.now || compared.of.premiseAsOf !== command.premiseAsOf) {
    return refused('CONTENT_CHANGED', 'It was changed at this moment: look at it again.');
  }
  const changed = differences(policy[command.type].premise, command.content, command.premise ?? {}, compared.now.facts);
  if (changed.length > 0)
    return [{ code: 'STALE_PREMISE', message: `${sentenceOf(changed)}.`, path: pathOf(command, changed) }];
  return [];
}

/** Approvals that were given on it count no more; an edit, also one that changes nothing, takes the premise anew. */
async function markStale({ message, path }: UserError, { run, note }: Decision): Promise<Command[]> {
  const ids = [path?.[0] ?? ''];
  await note({ text: voidApprovals, values: ids });
  const step = {
    ids,
    to: 'PROPOSED',
    stays: true,
    actor: itself,
    action: 'stale premise',
    detail: { message },
  } as const;
  return run(changeCommand(step, { reason: message }));
}

export const voidApprovals =
  'update skiff.command_approval set voided_at = clock_timestamp() where command = $1 and voided_at is null';

const pathOf = ({ id }: Command, changed: readonly Difference[]): string[] => [id, ...changed.map(({ fact }) => fact)];

/** The approvals it still needs. */
function missing({ approvalsNeeded: needed }: Command, approvals: readonly Approval[]): string[] {
  const left = [...needed];
  for (const { scope } of approvals) if (left.includes(scope)) left.splice(left.indexOf(scope), 1);
  return left;
}

const scopeFor = (caller: Caller, command: Command, approvals: readonly Approval[]): string | null =>
  missing(command, approvals).find((scope) => may(caller, scope)) ?? null;

async function approved(
  caller: Caller,
  command: Command,
  approvals: readonly Approval[],
  now: SeenPremise | undefined,
  { run, note }: Decision,
): Promise<Command[]> {
  const { id, contentHash } = command;
  const scope = scopeFor(caller, command, approvals) ?? '';
  await note({
    text: /* sql */ `
      insert into skiff.command_approval (command, content_hash, approver, scope, premise) values ($1, $2, $3, $4, $5)`,
    values: [id, contentHash, caller.name, scope, JSON.stringify(now?.facts ?? {})],
  });
  const detail = { scope, contentHash, premise: now?.facts, premiseAsOf: now?.asOf };
  const step = { ids: [id], actor: caller, action: 'approve', detail };
  if (missing(command, approvals).length > 1) return run(changeCommand({ ...step, to: 'PROPOSED', stays: true }));
  await run(changeCommand({ ...step, to: 'APPROVED' }));
  await note(lockKey(command.businessKey));
  return run(changeCommand({ ids: [id], actor: caller, action: 'queue', to: 'QUEUED' }, { ...queued, reason: null }));
}

export async function reject(
  settings: DeskSettings,
  caller: Caller,
  ids: readonly string[],
  reason: string,
): Promise<Answer> {
  return locked(settings.db, caller, ids, async (found, { run }) => {
    const refused = found.flatMap(({ command }): UserError[] => {
      const path = [command.id];
      if (command.state !== 'PROPOSED') return [{ code: 'WRONG_STATE', message: `It is ${command.state}.`, path }];
      const isApprover = command.approvalsNeeded.some((scope) => may(caller, scope));
      return isApprover ? [] : [{ code: 'NOT_AN_APPROVER', message: 'Who may approve it may reject it.', path }];
    });
    if (refused.length > 0) return { commands: found.map(({ command }) => command), userErrors: refused };
    const step = { ids, to: 'REJECTED', actor: caller, action: 'reject', detail: { reason } } as const;
    return { commands: await run(changeCommand(step, { reason })), userErrors: [] };
  });
}

/** Another content of the same type, or the same one on the premise as it is now. Every approval is void. */
export async function edit(settings: DeskSettings, caller: Caller, chosen: Chosen, sent: unknown): Promise<Answer> {
  const content = parsed(Content, sent, 'input');
  const rules = settings.policy[content.type];
  checkScope(caller, rules.propose);
  const plant = await plantFor(settings, caller, content);
  const premise = await premiseSeen(settings, content);
  return locked(settings.db, caller, [chosen.id], async ([one], { run, note }) => {
    if (!one) throw notFound();
    const { command } = one;
    const refused = (code: string, message: string) => ({
      commands: [command],
      userErrors: [{ code, message, path: [command.id] }],
    });
    if (command.state !== 'PROPOSED')
      return refused('WRONG_STATE', `It is ${command.state}, and no longer a proposal.`);
    if (command.type !== content.type) return refused('WRONG_TYPE', `It is a ${command.type}.`);
    if (command.contentHash !== chosen.contentHash)
      return refused('CONTENT_CHANGED', 'It was edited since: look at it again.');
    await note({ text: voidApprovals, values: [command.id] });
    const needed = approvalsNeeded(rules, content, command.planId !== null);
    const detail = { before: command.content, content, premise: premise.facts };
    const step = { ids: [command.id], to: 'PROPOSED', stays: true, actor: caller, action: 'edit', detail } as const;
    const commands = await run(
      changeCommand(step, {
        content,
        content_hash: hashOf(content),
        author: caller.name,
        plant,
        business_key: businessKeyOf(content),
        document_id: documentChanged(content),
        // What was proposed for approval stays so, however small it has become.
        approvals_needed: needed.length === 0 ? command.approvalsNeeded : needed,
        premise: premise.facts,
        premise_as_of: premise.asOf,
        reason: null,
      }),
    );
    return { commands, userErrors: [] };
  });
}
