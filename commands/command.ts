/** A command as it stands in the outbox, and everything that hangs on it. */
import { z } from 'zod';
import { Content } from './content.ts';
import { commandStates } from './state.ts';

/** As the API prints a moment: UTC, six digits, `Z`. PostgreSQL's JSON leaves zeros away. */
const moment = z.string().transform((text) => {
  const [, to = '', fraction = ''] = /^([^.+]*)(?:\.(\d+))?\+00:00$/.exec(text) ?? [];
  return `${to}.${fraction.padEnd(6, '0')}Z`;
});

/** What a planner is told of a refusal, the ERP's or the policy's. */
export const UserError = z.object({ code: z.string(), message: z.string(), path: z.array(z.string()).nullable() });
export type UserError = z.output<typeof UserError>;

/** Named facts of the replica, each as text; null where there is none. */
export const Premise = z.record(z.string(), z.string().nullable());
export type Premise = z.output<typeof Premise>;

export const faults = ['RETRY', 'REJECTED', 'NEEDS_PERSON', 'UNKNOWN'] as const;
export type Fault = (typeof faults)[number];

export const documentTypes = ['ProductionOrder', 'Shipment', 'StockMovement', 'PurchaseOrder'] as const;
export type DocumentType = (typeof documentTypes)[number];

export const Command = z
  .object({
    id: z.string(),
    number: z.number(),
    state: z.enum(commandStates),
    plan: z.string().nullable(),
    proposer: z.string(),
    author: z.string(),
    plant: z.string(),
    business_key: z.string(),
    content: Content,
    content_hash: z.string(),
    approvals_needed: z.array(z.string()),
    premise: Premise.nullable(),
    premise_as_of: moment.nullable(),
    expires_at: moment.nullable(),
    reason: z.string().nullable(),
    trace_id: z.string(),
    version: z.number(),
    proposed_at: moment,
    changed_at: moment,
    queued_at: moment.nullable(),
    due_at: moment.nullable(),
    attempts: z.number(),
    failures: z.number(),
    sent_at: moment.nullable(),
    fault: z.enum(faults).nullable(),
    erp_answer: z.string().nullable(),
    user_errors: z.array(UserError),
    document_type: z.enum(documentTypes).nullable(),
    document_id: z.string().nullable(),
    document_version: z.string().nullable(),
    acknowledged_at: moment.nullable(),
    confirmed_at: moment.nullable(),
    overtaken: z.array(z.string()).nullable(),
  })
  .transform((row) => ({
    id: row.id,
    number: row.number,
    type: row.content.type,
    state: row.state,
    planId: row.plan,
    proposer: row.proposer,
    author: row.author,
    plantCode: row.plant,
    businessKey: row.business_key,
    content: row.content,
    contentHash: row.content_hash,
    approvalsNeeded: row.approvals_needed,
    premise: row.premise,
    premiseAsOf: row.premise_as_of,
    expiresAt: row.expires_at,
    reason: row.reason,
    traceId: row.trace_id,
    version: row.version,
    proposedAt: row.proposed_at,
    changedAt: row.changed_at,
    queuedAt: row.queued_at,
    dueAt: row.due_at,
    attempts: row.attempts,
    failures: row.failures,
    sentAt: row.sent_at,
    fault: row.fault,
    erpAnswer: row.erp_answer,
    userErrors: row.user_errors,
    document: row.document_type && row.document_id ? { type: row.document_type, id: row.document_id } : null,
    documentVersion: row.document_version,
    acknowledgedAt: row.acknowledged_at,
    confirmedAt: row.confirmed_at,
    overtaken: row.overtaken,
  }));

export type Command = z.output<typeof Command>;

export const Approval = z
  .object({
    command: z.string(),
    content_hash: z.string(),
    approver: z.string(),
    scope: z.string(),
    at: moment,
    voided_at: moment.nullable(),
  })
  .transform((row) => ({
    commandId: row.command,
    contentHash: row.content_hash,
    approver: row.approver,
    scope: row.scope,
    at: row.at,
    voidedAt: row.voided_at,
  }));
export type Approval = z.output<typeof Approval>;

export const CommandEvent = z
  .object({
    id: z.number(),
    command: z.string(),
    at: moment,
    actor: z.string(),
    action: z.string(),
    from_state: z.enum(commandStates).nullable(),
    to_state: z.enum(commandStates),
    detail: z.record(z.string(), z.unknown()),
    trace_id: z.string(),
    address: z.string().nullable(),
  })
  .transform((row) => ({
    id: String(row.id),
    commandId: row.command,
    at: row.at,
    actor: row.actor,
    action: row.action,
    fromState: row.from_state,
    toState: row.to_state,
    detail: row.detail,
    traceId: row.trace_id,
    address: row.address,
  }));
export type CommandEvent = z.output<typeof CommandEvent>;

export const Plan = z
  .object({
    id: z.string(),
    number: z.number(),
    proposer: z.string(),
    note: z.string().nullable(),
    proposed_at: moment,
  })
  .transform(({ proposed_at: proposedAt, ...row }) => ({ ...row, proposedAt }));
export type Plan = z.output<typeof Plan>;
