/** Reads of the outbox, each with the plants of whom it is for: a command of another plant is as if it were not there. */
import type pg from 'pg';
import { z } from 'zod';
import { ErrorCode, SkiffError } from '../../runtime/errors.ts';
import { type Caller, plantsOf } from '../caller.ts';
import { Approval, Command, CommandEvent, type DocumentType, Plan } from '../command.ts';
import type { CommandType } from '../content.ts';
import type { CommandState } from '../state.ts';
import { query } from './database.ts';

export interface CommandFilter {
  readonly states?: readonly CommandState[] | null | undefined;
  readonly types?: readonly CommandType[] | null | undefined;
  readonly plantCode?: string | null | undefined;
  readonly planId?: string | null | undefined;
  readonly proposer?: string | null | undefined;
  /** Proposed, of another one, and this caller may approve it and has not. */
  readonly waitingForMe?: boolean | null | undefined;
  readonly proposedBefore?: string | null | undefined;
}

export interface PageOf<Row> {
  readonly rows: readonly Row[];
  readonly hasNextPage: boolean;
}

const DEFAULT_ROWS = 50;
const MOST_ROWS = 500;

/** Null sees all. */
const VISIBLE = (alias: string) => `($1::text[] is null or ${alias}.plant = any($1))`;

export const isUuid = (text: string): boolean => z.uuid().safeParse(text).success;

export async function commandsByIds(db: pg.Pool, caller: Caller, ids: readonly string[]): Promise<Command[]> {
  const values = [plantsOf(caller), ids.filter(isUuid)];
  const text = `select row_to_json(c)::text as row from skiff.command c where ${VISIBLE('c')} and id = any($2::uuid[])`;
  return z.array(Command).parse(await query(db, { name: 'commands_by_ids', text, values }));
}

/** The newest first. */
export async function commandPage(
  db: pg.Pool,
  caller: Caller,
  filter: CommandFilter,
  page: PageAsked,
): Promise<PageOf<Command>> {
  const { first, after } = windowOf(page);
  const approve = [...caller.scopes].filter((scope) => scope.startsWith('approve:'));
  const values: unknown[] = [plantsOf(caller)];
  const conditions = [VISIBLE('c')];
  const add = (value: unknown, sql: (at: string) => string) => {
    if (value === null || value === undefined) return;
    values.push(value);
    conditions.push(sql(`$${values.length}`));
  };
  add(after, (at) => `c.number < ${at}::bigint`);
  add(filter.states, (at) => `c.state = any(${at})`);
  add(filter.types, (at) => `c.type = any(${at})`);
  add(filter.plantCode, (at) => `c.plant = ${at}`);
  add(filter.planId && (isUuid(filter.planId) ? filter.planId : NO_ID), (at) => `c.plan = ${at}::uuid`);
  add(filter.proposer, (at) => `c.proposer = ${at}`);
  add(filter.proposedBefore, (at) => `c.proposed_at < ${at}::timestamptz`);
  if (filter.waitingForMe) {
    conditions.push(`c.state = 'PROPOSED'`);
    add(
      caller.name,
      (at) => `c.proposer <> ${at} and not exists (
      select from skiff.command_approval a where a.command = c.id and a.approver = ${at} and a.voided_at is null)`,
    );
    if (!approve.includes('approve:*')) add(approve, (at) => `c.approvals_needed && ${at}::text[]`);
  }
  values.push(first + 1);
  const text = /* sql */ `
    select row_to_json(c)::text as row from skiff.command c where ${conditions.join(' and ')}
    order by c.number desc limit $${values.length}`;
  return pageOf(z.array(Command).parse(await query(db, { text, values })), first);
}

export async function plansByIds(db: pg.Pool, caller: Caller, ids: readonly string[]): Promise<Plan[]> {
  const text = /* sql */ `
    select row_to_json(p)::text as row from skiff.plan p where id = any($2::uuid[])
      and exists (select from skiff.command c where c.plan = p.id and ${VISIBLE('c')})`;
  return z
    .array(Plan)
    .parse(await query(db, { name: 'plans_by_ids', text, values: [plantsOf(caller), ids.filter(isUuid)] }));
}

export async function planPage(db: pg.Pool, caller: Caller, page: PageAsked): Promise<PageOf<Plan>> {
  const { first, after } = windowOf(page);
  const text = /* sql */ `
    select row_to_json(p)::text as row from skiff.plan p
    where ($2::bigint is null or p.number < $2) and exists (select from skiff.command c where c.plan = p.id and ${VISIBLE('c')})
    order by p.number desc limit $3`;
  const values = [plantsOf(caller), after, first + 1];
  return pageOf(z.array(Plan).parse(await query(db, { name: 'plan_page', text, values })), first);
}

export async function commandsOfPlans(db: pg.Pool, caller: Caller, plans: readonly string[]): Promise<Command[]> {
  const text = /* sql */ `
    select row_to_json(c)::text as row from skiff.command c where ${VISIBLE('c')} and plan = any($2::uuid[]) order by number`;
  return z
    .array(Command)
    .parse(await query(db, { name: 'commands_of_plans', text, values: [plantsOf(caller), plans] }));
}

/** The commands that made or changed these documents, the newest first. */
export async function commandsOfDocuments(
  db: pg.Pool,
  caller: Caller,
  type: DocumentType,
  ids: readonly string[],
): Promise<Command[]> {
  const text = /* sql */ `
    select row_to_json(c)::text as row from skiff.command c
    where ${VISIBLE('c')} and document_type = $2 and document_id = any($3) order by number desc`;
  const values = [plantsOf(caller), type, ids];
  return z.array(Command).parse(await query(db, { name: 'commands_of_documents', text, values }));
}

export async function approvalsOf(db: pg.Pool, commands: readonly string[]): Promise<Approval[]> {
  const text = /* sql */ `
    select row_to_json(a)::text as row from skiff.command_approval a where command = any($1::uuid[]) order by at`;
  return z.array(Approval).parse(await query(db, { name: 'approvals_of', text, values: [commands] }));
}

export async function eventsOf(db: pg.Pool, commands: readonly string[]): Promise<CommandEvent[]> {
  const text = /* sql */ `
    select row_to_json(e)::text as row from skiff.command_event e where command = any($1::uuid[]) order by id`;
  return z.array(CommandEvent).parse(await query(db, { name: 'events_of', text, values: [commands] }));
}

export interface PageAsked {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

export const cursorOf = ({ number }: { readonly number: number }): string =>
  Buffer.from(`n${number}`).toString('base64url');

function windowOf({ first, after }: PageAsked): { first: number; after: string | null } {
  const rows = first ?? DEFAULT_ROWS;
  if (rows < 0 || rows > MOST_ROWS) throw new SkiffError(ErrorCode.BadUserInput, `first: from 0 to ${MOST_ROWS}.`);
  if (after === null || after === undefined) return { first: rows, after: null };
  const [, number] = /^n(\d{1,18})$/.exec(Buffer.from(after, 'base64url').toString()) ?? [];
  if (number === undefined) throw new SkiffError(ErrorCode.BadUserInput, 'after: this is no cursor of this list.');
  return { first: rows, after: number };
}

const pageOf = <Row>(found: readonly Row[], first: number): PageOf<Row> => ({
  rows: found.slice(0, first),
  hasNextPage: found.length > first,
});

const NO_ID = '00000000-0000-0000-0000-000000000000';
