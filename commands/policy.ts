/**
 * The policy: which commands need whose approval, how long it is waited for, and on what premise it rests.
 *
 *     propose      the scope of whom may propose it
 *     approvals    one approval for each line that applies, each of another person, none of them the proposer:
 *                  a line applies to commands of a plan (`planned`), or above a quantity, or always
 *     expiresAfterHours   without the approvals in time it is EXPIRED
 *     premise      facts (`approval/facts.ts`) that must still hold when it is approved and when it is sent:
 *                  `equal`, `covers` what the command needs, or stays `within` a share of what it was
 *
 * A command without a line that applies is sent at once. `SKIFF_COMMAND_POLICY` names another file of this form.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { FaultCode, OperatorFault } from '../runtime/errors.ts';
import type { CommandType, Content } from './content.ts';
import type { FactName } from './facts.ts';

export interface ApprovalRule {
  /** The scope of whom gives it. */
  readonly by: string;
  /** Left out: it always applies. Given: where any of it holds. */
  readonly when?: { readonly planned?: true; readonly quantityAbove?: number };
}

export interface PremiseRule {
  readonly fact: FactName;
  readonly must: 'equal' | 'covers' | { readonly within: number };
}

export interface CommandRules {
  readonly propose: string;
  readonly approvals: readonly ApprovalRule[];
  readonly expiresAfterHours: number;
  readonly premise: readonly PremiseRule[];
}

export type Policy = Readonly<Record<CommandType, CommandRules>>;

const DAY = 24;

export const policy: Policy = {
  CREATE_PRODUCTION_ORDER: {
    propose: 'propose:production',
    approvals: [
      { by: 'approve:production', when: { planned: true, quantityAbove: 100 } },
      { by: 'approve:production', when: { quantityAbove: 1_000 } },
    ],
    expiresAfterHours: 3 * DAY,
    premise: [
      { fact: 'billOfMaterial', must: 'equal' },
      { fact: 'stockAtPlant', must: { within: 0.2 } },
    ],
  },
  RESCHEDULE_PRODUCTION_ORDER: {
    propose: 'propose:production',
    approvals: [{ by: 'approve:production' }],
    expiresAfterHours: DAY,
    premise: [
      { fact: 'productionOrderStatus', must: 'equal' },
      { fact: 'productionOrderDates', must: 'equal' },
    ],
  },
  CANCEL_PRODUCTION_ORDER: {
    propose: 'propose:production',
    approvals: [{ by: 'approve:production' }],
    expiresAfterHours: DAY,
    premise: [
      { fact: 'productionOrderStatus', must: 'equal' },
      { fact: 'producedQuantity', must: 'equal' },
    ],
  },
  CREATE_SHIPMENT: {
    propose: 'propose:shipping',
    approvals: [{ by: 'approve:shipping', when: { planned: true } }],
    expiresAfterHours: DAY,
    premise: [{ fact: 'salesOrderStatus', must: 'equal' }],
  },
  CREATE_STOCK_TRANSFER: {
    propose: 'propose:inventory',
    approvals: [{ by: 'approve:inventory', when: { planned: true, quantityAbove: 500 } }],
    expiresAfterHours: DAY,
    premise: [{ fact: 'availableAtSource', must: 'covers' }],
  },
  CREATE_PURCHASE_ORDER: {
    propose: 'propose:purchasing',
    approvals: [{ by: 'approve:purchasing' }, { by: 'approve:purchasing', when: { quantityAbove: 1_000 } }],
    expiresAfterHours: 3 * DAY,
    premise: [{ fact: 'productStatus', must: 'equal' }],
  },
};

/** The scopes of whom each approval of this content must come from; none where it is sent at once. */
export const approvalsNeeded = ({ approvals }: CommandRules, content: Content, isPlanned: boolean): readonly string[] =>
  approvals.filter(({ when }) => applies(when, content, isPlanned)).map(({ by }) => by);

function applies(when: ApprovalRule['when'], content: Content, isPlanned: boolean): boolean {
  if (!when) return true;
  if (when.planned && isPlanned) return true;
  return when.quantityAbove !== undefined && 'quantity' in content && Number(content.quantity) > when.quantityAbove;
}

const PolicyModule = z.object({ policy: z.custom<Policy>((value) => typeof value === 'object' && value !== null) });

/** The policy of the file a deployment names, or ours. */
export async function policyOf(path: string | undefined): Promise<Policy> {
  if (path === undefined) return policy;
  try {
    const read = PolicyModule.parse(await import(pathToFileURL(resolve(path)).href)).policy;
    const missing = Object.keys(policy).filter((type) => !(type in read));
    if (missing.length > 0) throw new TypeError(`it says nothing of ${missing.join(', ')}`);
    return read;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorFault(
      FaultCode.Configuration,
      `SKIFF_COMMAND_POLICY="${path}" cannot be used: ${why}`,
      'Name a module that exports "policy" in the form of commands/policy.ts.',
      { cause },
    );
  }
}
