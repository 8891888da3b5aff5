/** How one kind of command is done, and found again. */
import { type Acknowledged, CommandRefused, type OutgoingCommand, type Referenced } from '../../command.ts';
import { micros } from '../field-text.ts';
import type { Calls } from './calls.ts';

export interface Handler {
  /** As `CommandChannel.send`. */
  send(calls: Calls, command: OutgoingCommand): Promise<Acknowledged>;
  lookUp(calls: Calls, command: OutgoingCommand): Promise<Acknowledged | 'begun' | null>;
  /** The newest documents under references of ours. Left out where the command leaves no reference. */
  references?(calls: Calls, most: number): Promise<readonly Referenced[]>;
}

export type Fields = OutgoingCommand['content'];

/** What it says cannot be done: a planner is told of which field. */
export const refused = (code: string, message: string, field: string): CommandRefused =>
  new CommandRefused(code, message, 200, [field]);

/** An id of Tryton's; one that is none is as one that nothing has. */
export const idOf = (text: string | undefined): number => (text && /^\d{1,9}$/.test(text) ? Number(text) : 0);

/** When it was last written, in microseconds. */
export function versionOf(row: { readonly write_date: unknown; readonly create_date: unknown }): string | null {
  return (micros(row.write_date) ?? micros(row.create_date))?.toString() ?? null;
}
