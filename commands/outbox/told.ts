/**
 * Says which commands have changed, to whoever watches them in whatever process.
 *
 * It is said after the commit and not with it: transactions that notify wait for each other's commit, one by one. What
 * changes while it is being said is said together. A notification that is lost with its process costs a watcher the
 * time until it looks by itself (`../watch.ts`), and nothing else.
 */
import type pg from 'pg';
import { z } from 'zod';
import { query, together } from './database.ts';

export const changedChannel = 'skiff_commands_changed';

/** Of 37 characters each; a notification takes 8,000 bytes. */
const MOST_IDS = 200;

const untold = new WeakMap<pg.Pool, Set<string>>();

export function tellChanged(db: pg.Pool, ids: readonly string[]): void {
  if (ids.length === 0) return;
  const waiting = untold.get(db);
  if (waiting) {
    for (const id of ids) waiting.add(id);
    return;
  }
  const first = new Set(ids);
  untold.set(db, first);
  void say(db, first);
}

async function say(db: pg.Pool, waiting: Set<string>): Promise<void> {
  while (waiting.size > 0) {
    const said = [...waiting].slice(0, MOST_IDS);
    for (const id of said) waiting.delete(id);
    await db
      .query({ name: 'tell_changed', text: `select pg_notify('${changedChannel}', $1)`, values: [said.join()] })
      .catch(() => undefined);
  }
  untold.delete(db);
}

const Rows = z.array(z.object({ id: z.string() }));

/** Runs statements of `change.ts`, all of them or none, and says what they changed. Gives the rows of the last. */
export async function changed(db: pg.Pool, ...statements: readonly pg.QueryConfig[]): Promise<unknown[]> {
  const [only, second] = statements;
  const results = only && !second ? [await query(db, only)] : await together(db, statements);
  tellChanged(
    db,
    Rows.parse(results.flat()).map(({ id }) => id),
  );
  return results.at(-1) ?? [];
}
