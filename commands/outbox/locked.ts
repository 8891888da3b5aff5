/** Decisions on commands as they stand: their rows are locked until the decision is committed or thrown away. */
import type pg from 'pg';
import { z } from 'zod';
import { ErrorCode, SkiffError } from '../../runtime/errors.ts';
import { type Caller, plantsOf } from '../caller.ts';
import { Approval, Command } from '../command.ts';
import { type JsonRow, rowsOf } from './database.ts';
import { isUuid } from './read.ts';
import { tellChanged } from './told.ts';

export interface Locked {
  readonly command: Command;
  /** Those that count. */
  readonly approvals: readonly Approval[];
  /** By the database's clock. */
  readonly isExpired: boolean;
}

export interface Decision {
  /** One after the other; each gives rows of commands. */
  run(statement: pg.QueryConfig): Promise<Command[]>;
  /** For what gives no command. */
  note(statement: pg.QueryConfig): Promise<void>;
}

/** Nothing of it is kept when `decide` throws. */
export async function locked<Result>(
  db: pg.Pool,
  caller: Caller,
  ids: readonly string[],
  decide: (commands: readonly Locked[], decision: Decision) => Promise<Result>,
): Promise<Result> {
  const client = await db.connect();
  let isWhole = false;
  try {
    await client.query('begin');
    const found = await lockedRows(client, caller, ids);
    const result = await decide(found, {
      run: async (statement) => z.array(Command).parse(rowsOf(await client.query<JsonRow>(statement))),
      note: async (statement) => void (await client.query(statement)),
    });
    await client.query('commit');
    isWhole = true;
    tellChanged(db, ids);
    return result;
  } catch (error) {
    isWhole = await client.query('rollback').then(
      () => true,
      () => false,
    );
    throw error;
  } finally {
    client.release(!isWhole);
  }
}

const LockedRow = z.object({ command: Command, isExpired: z.boolean() });

async function lockedRows(client: pg.ClientBase, caller: Caller, ids: readonly string[]): Promise<Locked[]> {
  const known = ids.filter(isUuid);
  const rows = z.array(LockedRow).parse(
    rowsOf(
      await client.query<JsonRow>({
        name: 'lock_commands',
        text: /* sql */ `
          select json_build_object('command', row_to_json(c),
            'isExpired', coalesce(expires_at <= clock_timestamp(), false))::text as row
          from skiff.command c
          where id = any($1::uuid[]) and ($2::text[] is null or plant = any($2)) order by id for update`,
        values: [known, plantsOf(caller)],
      }),
    ),
  );
  if (rows.length < new Set(ids).size) throw notFound();
  const approvals = z.array(Approval).parse(
    rowsOf(
      await client.query<JsonRow>({
        name: 'approvals_that_count',
        text: /* sql */ `
          select row_to_json(a)::text as row from skiff.command_approval a
          where command = any($1::uuid[]) and voided_at is null order by at`,
        values: [known],
      }),
    ),
  );
  return rows.map(({ command, isExpired }) => ({
    command,
    isExpired,
    approvals: approvals.filter(({ commandId }) => commandId === command.id),
  }));
}

export const notFound = (): SkiffError =>
  new SkiffError(ErrorCode.NotFound, 'There is no such command that you may see.');
