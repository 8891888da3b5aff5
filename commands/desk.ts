/**
 * The desk: everything that can be asked of commands, in one caller's name. Subgraphs know nothing else of this room.
 *
 * What is wrong with a request itself (its form, a scope, a key used twice) is an error; what the business refuses is
 * among the `userErrors` of an answer, beside the command as it stands.
 */
import DataLoader from 'dataloader';
import { ErrorCode, SkiffError } from '../runtime/errors.ts';
import { type Answer, approve, type Chosen, edit, reject } from './approval/decide.ts';
import { cancel, retry, settle } from './approval/verdict.ts';
import { type Caller, mayReadCommands } from './caller.ts';
import type { Approval, Command, CommandEvent, DocumentType, Plan } from './command.ts';
import type { DeskSettings } from './desk-settings.ts';
import { type Effects, effectsOf } from './outbox/effects.ts';
import { notFound } from './outbox/locked.ts';
import {
  approvalsOf,
  type CommandFilter,
  commandPage,
  commandsByIds,
  commandsOfDocuments,
  commandsOfPlans,
  cursorOf,
  eventsOf,
  type PageAsked,
  type PageOf,
  planPage,
  plansByIds,
} from './outbox/read.ts';
import { createCommand, type ProposedPlan, proposePlan } from './propose.ts';
import { isOver } from './state.ts';

export type { Answer, Chosen } from './approval/decide.ts';
export type { CommandFilter, PageAsked, PageOf } from './outbox/read.ts';

export interface Progress {
  /** Another one whenever it was changed. */
  readonly version: number;
  /** It will not change any more. */
  readonly isOver: boolean;
}

export interface Desk {
  command(id: string): Promise<Command | null>;
  commands(filter: CommandFilter, page: PageAsked): Promise<PageOf<Command>>;
  plan(id: string): Promise<Plan | null>;
  plans(page: PageAsked): Promise<PageOf<Plan>>;
  commandsOfPlan(id: string): Promise<readonly Command[]>;
  approvals(commandId: string): Promise<readonly Approval[]>;
  history(commandId: string): Promise<readonly CommandEvent[]>;
  commandsOfDocument(type: DocumentType, id: string): Promise<readonly Command[]>;
  /** How far it has got, for whoever follows it; null for who may not see it. */
  progress(id: string): Promise<Progress | null>;
  /** From when on the ERP has all that these commands did; waits a while for those on their way. */
  effects(
    ids: readonly string[],
    patience: { readonly waitMs: number; readonly signal: AbortSignal },
  ): Promise<Effects>;
  cursor(row: { readonly number: number }): string;

  create(content: unknown, idempotencyKey: unknown): Promise<Command>;
  proposePlan(sent: { lines: readonly unknown[]; note: unknown }, idempotencyKey: unknown): Promise<ProposedPlan>;
  approve(chosen: Chosen): Promise<Answer>;
  reject(id: string, reason: string): Promise<Answer>;
  edit(chosen: Chosen, content: unknown): Promise<Answer>;
  /** Every command of it that is still proposed, or none. */
  approvePlan(id: string, contentHashes: readonly Chosen[]): Promise<Answer>;
  rejectPlan(id: string, reason: string): Promise<Answer>;
  retry(id: string): Promise<Answer>;
  cancel(id: string): Promise<Answer>;
  /** What a person found in the ERP of one whose outcome is unknown; null: nothing was done. */
  settle(id: string, documentId: string | null): Promise<Answer>;
}

export type OpenDesk = (caller: Caller) => Desk;

/** The desk of one request: what it has read it does not read again. */
export const openDesk =
  (settings: DeskSettings): OpenDesk =>
  (caller) => {
    const { db } = settings;
    const commands = byKey(
      (ids) => commandsByIds(db, caller, ids),
      ({ id }) => id,
    );
    const plans = byKey(
      (ids) => plansByIds(db, caller, ids),
      ({ id }) => id,
    );
    const ofPlan = groupedBy(
      (ids) => commandsOfPlans(db, caller, ids),
      ({ planId }) => planId,
    );
    const approvals = groupedBy(
      (ids) => approvalsOf(db, ids),
      ({ commandId }) => commandId,
    );
    const events = groupedBy(
      (ids) => eventsOf(db, ids),
      ({ commandId }) => commandId,
    );
    const ofDocuments = new Map<DocumentType, DataLoader<string, readonly Command[]>>();
    const read = <Result>(work: () => Promise<Result>): Promise<Result> => {
      if (mayReadCommands(caller)) return work();
      return Promise.reject(new SkiffError(ErrorCode.Forbidden, 'This needs the scope read:commands.'));
    };
    const proposedOf = async (plan: string) => {
      const all = await commandsOfPlans(db, caller, [plan]);
      if (all.length === 0) throw notFound();
      return all.filter(({ state }) => state === 'PROPOSED').map(({ id }) => id);
    };
    return {
      command: (id) => read(() => commands.load(id)),
      commands: (filter, page) => read(() => commandPage(db, caller, filter, page)),
      plan: (id) => read(() => plans.load(id)),
      plans: (page) => read(() => planPage(db, caller, page)),
      commandsOfPlan: (id) => ofPlan.load(id),
      approvals: (id) => approvals.load(id),
      history: (id) => events.load(id),
      progress: (id) =>
        read(async () => {
          const found = await commands.load(id);
          return found && { version: found.version, isOver: isOver(found.state) };
        }),
      effects: (ids, patience) => effectsOf(db, ids, patience),
      cursor: cursorOf,
      commandsOfDocument: (type, id) =>
        read(() => {
          const loader =
            ofDocuments.get(type) ??
            groupedBy(
              (ids) => commandsOfDocuments(db, caller, type, ids),
              ({ document }) => document?.id ?? null,
            );
          ofDocuments.set(type, loader);
          return loader.load(id);
        }),

      create: (content, key) => createCommand(settings, caller, content, key),
      proposePlan: (sent, key) => proposePlan(settings, caller, sent, key),
      approve: (chosen) => approve(settings, caller, [chosen]),
      reject: (id, reason) => reject(settings, caller, [id], reason),
      edit: (chosen, content) => edit(settings, caller, chosen, content),
      async approvePlan(id, chosen) {
        const open = await proposedOf(id);
        const hashes = new Map(chosen.map((one) => [one.id, one.contentHash]));
        return approve(
          settings,
          caller,
          open.map((command) => ({ id: command, contentHash: hashes.get(command) ?? '' })),
        );
      },
      retry: (id) => retry(settings, caller, id),
      cancel: (id) => cancel(settings, caller, id),
      settle: (id, documentId) => settle(settings, caller, id, documentId),
      rejectPlan: async (id, reason) => reject(settings, caller, await proposedOf(id), reason),
    };
  };

function byKey<Row>(read: (ids: readonly string[]) => Promise<readonly Row[]>, keyOf: (row: Row) => string) {
  return new DataLoader<string, Row | null>(async (ids) => {
    const found = new Map((await read(ids)).map((row) => [keyOf(row), row]));
    return ids.map((id) => found.get(id) ?? null);
  });
}

function groupedBy<Row>(read: (ids: readonly string[]) => Promise<readonly Row[]>, keyOf: (row: Row) => string | null) {
  return new DataLoader<string, readonly Row[]>(async (ids) => {
    const found = Map.groupBy(await read(ids), keyOf);
    return ids.map((id) => found.get(id) ?? []);
  });
}
