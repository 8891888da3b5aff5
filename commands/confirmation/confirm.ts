/**
 * The loop's end: a command is CONFIRMED when its document has come back from the ERP through capture, and not before.
 *
 * The replica is first made as fresh as the ERP is after its answer. A document that was made or changed is then there, as
 * the command left it or as a later write did; one that was given up is gone, or cancelled.
 *
 * What the ERP acknowledged and the replica does not show in time is OVERDUE, and is looked for further: the ERP said yes
 * to something that nobody can see. A value that is another one than was asked for is `overtaken`, by whoever wrote later.
 */
import type pg from 'pg';
import { z } from 'zod';
import { ALL_PLANTS } from '../../replica/access-scope.ts';
import { reachFreshness } from '../../replica/fresh-enough.ts';
import type { FlatRow } from '../../replica/read.ts';
import type { Reading } from '../approval/premise.ts';
import { Command, type DocumentType } from '../command.ts';
import { endsDocument, fieldsSet } from '../kinds.ts';
import { changeCommand, itself, NOW } from '../outbox/change.ts';
import { query } from '../outbox/database.ts';
import { changed } from '../outbox/told.ts';

export interface ConfirmSettings {
  readonly db: pg.Pool;
  readonly reading: Reading;
  /** After this an acknowledged command that is not seen is flagged. */
  readonly confirmWithinMs: number;
  readonly signal: AbortSignal;
}

const MOST = 500;
const WAIT_MS = 3_000;
/** So long nobody else looks for what one is looking for. */
const LOOKED_FOR_MS = 4_000;
const AGAIN_MS = 300;
/** Times `confirmWithinMs`: then it is a person's to find out. */
const GIVEN_UP_AFTER = 60;

/** Resolves with how many commands it looked for. */
export async function confirmDue(settings: ConfirmSettings): Promise<number> {
  const commands = await due(settings.db);
  if (commands.length === 0) return 0;
  const byType = Map.groupBy(commands, ({ document }) => document?.type);
  await Promise.all([...byType].map(([type, ofType]) => (type ? confirmType(settings, type, ofType) : undefined)));
  return commands.length;
}

async function due(db: pg.Pool): Promise<readonly Command[]> {
  const text = /* sql */ `
    with due as (
      select id from skiff.command where state in ('ACKNOWLEDGED', 'OVERDUE') and due_at <= clock_timestamp()
      order by due_at limit $1 for update skip locked
    )
    update skiff.command c set due_at = clock_timestamp() + $2 * interval '1 millisecond'
    from due where c.id = due.id returning row_to_json(c)::text as row`;
  return z.array(Command).parse(await query(db, { name: 'confirm_due', text, values: [MOST, LOOKED_FOR_MS] }));
}

async function confirmType(settings: ConfirmSettings, type: DocumentType, commands: readonly Command[]): Promise<void> {
  const { db, reading, signal } = settings;
  const wishes = { maxStalenessMs: 0, onStale: 'serve', after: null } as const;
  const { isFresh } = await reachFreshness(reading.source, [type], wishes, { waitMs: WAIT_MS, signal });
  const rows = isFresh ? await documents(settings, type, commands) : new Map<string, FlatRow>();
  const seen = commands.flatMap((command) => {
    const row = rows.get(command.document?.id ?? '');
    if (!isFresh || !isSeen(command, row)) return [];
    return [{ command, overtaken: row ? overtakenIn(command, row) : [] }];
  });
  for (const [overtaken, alike] of Map.groupBy(seen, (one) => one.overtaken.join())) {
    const step = {
      ids: idsOf(alike),
      to: 'CONFIRMED',
      actor: itself,
      action: 'confirm',
      detail: { overtaken },
    } as const;
    const columns = { confirmed_at: NOW, due_at: null, reason: null, overtaken: alike[0]?.overtaken ?? [] };
    await changed(db, changeCommand(step, columns));
  }
  const found = new Set(seen.map(({ command }) => command.id));
  await late(
    settings,
    commands.filter(({ id }) => !found.has(id)).map(({ id }) => id),
  );
}

const isSeen = ({ content }: Command, row: FlatRow | undefined): boolean =>
  endsDocument(content) ? row === undefined || row.status === 'CANCELLED' : row !== undefined;

const idsOf = (seen: readonly { readonly command: Command }[]): string[] => seen.map(({ command }) => command.id);

function documents({ reading }: ConfirmSettings, type: DocumentType, commands: readonly Command[]) {
  const reads = reading.openReads(reading.today(), ALL_PLANTS);
  return reads.byIds(
    type,
    commands.flatMap(({ document }) => document?.id ?? []),
  );
}

function overtakenIn({ content }: Command, row: FlatRow): string[] {
  return Object.entries(fieldsSet(content))
    .filter(([name, asked]) => {
      const value = row[name] ?? null;
      return value !== null && String(value) !== asked && Number(value) !== Number(asked);
    })
    .map(([name]) => name);
}

async function late({ db, confirmWithinMs }: ConfirmSettings, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const since = (ms: number) => ({
    sql: `acknowledged_at < clock_timestamp() - $8 * interval '1 millisecond'`,
    values: [ms],
  });
  const reason = 'The ERP said that it is done, but nothing of it can be seen.';
  const step = { ids, actor: itself };
  await changed(
    db,
    changeCommand({ ...step, to: 'OVERDUE', action: 'miss', onlyIf: since(confirmWithinMs) }, { reason }),
  );
  await changed(
    db,
    changeCommand(
      {
        ...step,
        to: 'DEAD_LETTER',
        from: ['OVERDUE'],
        action: 'give up',
        onlyIf: since(GIVEN_UP_AFTER * confirmWithinMs),
      },
      { fault: 'NEEDS_PERSON' },
    ),
  );
  const text = /* sql */ `
    update skiff.command set due_at = clock_timestamp() + $2 * interval '1 millisecond'
    where id = any($1::uuid[]) and state in ('ACKNOWLEDGED', 'OVERDUE')`;
  await db.query({ name: 'confirm_again', text, values: [ids, AGAIN_MS] });
}
