/**
 * The one statement that changes a command: along a way of `state.ts`, with its line in the audit, or not at all.
 *
 * ```ts
 * changeCommand({ id, to: 'REJECTED', by: actor, action: 'reject', detail: { reason } }, { reason })
 * ```
 */
import type pg from 'pg';
import { type CommandState, statesBefore } from '../state.ts';
import { NEXT_IN_QUEUE } from './database.ts';

export interface Actor {
  /** A principal's name, or `skiff` for what it does by itself. */
  readonly name: string;
  readonly address: string | null;
}

export const itself: Actor = { name: 'skiff', address: null };

export interface Step {
  readonly ids: readonly string[];
  readonly to: CommandState;
  /** Left out: from any state that has a way to it. */
  readonly from?: readonly CommandState[];
  /** It stays in its state: an approval that is not the last, an edit. */
  readonly stays?: true;
  /** A further condition on the command, as SQL over its columns; values from $8 on. */
  readonly onlyIf?: { readonly sql: string; readonly values: readonly unknown[] };
  readonly actor: Actor;
  readonly action: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** Columns set to values, or to SQL that is ours. */
export type Columns = Readonly<Record<string, unknown>>;

export class Sql {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export const NOW = new Sql('clock_timestamp()');

/** Columns of a command that is to be sent: at the end of its key's line. */
export const queued: Columns = {
  queue_number: new Sql(NEXT_IN_QUEUE),
  queued_at: NOW,
  due_at: NOW,
  failures: 0,
  fault: null,
};

/** Gives the commands as they then are; those that could not take the step are left out. */
export function changeCommand(step: Step, columns: Columns = {}): pg.QueryConfig {
  const { ids, to, actor, action, detail = {}, onlyIf } = step;
  const before = step.stays ? [to] : statesBefore(to);
  const from = step.from ? before.filter((state) => step.from?.includes(state)) : before;
  if (from.length === 0) throw new TypeError(`No way leads to ${to} from ${step.from?.join(', ')}`);
  const values: unknown[] = [ids, from, to, actor.name, action, JSON.stringify(detail), actor.address];
  values.push(...(onlyIf?.values ?? []));
  const set = Object.entries(columns).map(([column, value]) => {
    if (value instanceof Sql) return `${column} = ${value.text}`;
    values.push(
      typeof value === 'object' && value !== null && !(value instanceof Date) && !Array.isArray(value)
        ? JSON.stringify(value)
        : value,
    );
    return `${column} = $${values.length}`;
  });
  return {
    text: /* sql */ `
      with old as (
        select id, state as before from skiff.command
        where id = any($1::uuid[]) and state = any($2) ${onlyIf ? `and ${onlyIf.sql}` : ''}
        order by id for update
      ), changed as (
        update skiff.command c set ${['state = $3', 'version = version + 1', 'changed_at = clock_timestamp()', ...set].join(', ')}
        from old where c.id = old.id returning c.*, old.before
      ), event as (
        insert into skiff.command_event (command, version, actor, action, from_state, to_state, detail, trace_id, address)
        select id, version, $4, $5, before, state, $6::json, trace_id, $7 from changed
      )
      select row_to_json(changed)::text as row from changed order by number`,
    values,
  };
}
