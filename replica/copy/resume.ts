/** Read models stop when a table they need is not there or not as declared, and go on when it is again. */
import type pg from 'pg';
import { type StoredTable, storedTables } from '../mirror.ts';
import { type Registered, registered, resume, stop, tablesOf } from '../model/registry.ts';

/** Resumes the stopped read models whose tables are all there and as declared. */
export async function resumeFitting(db: pg.ClientBase): Promise<void> {
  const all = await registered(db);
  const unfit = unfitTables(await storedTables(db));
  await resume(db, all.filter((model) => model.stopped !== null && !stands(model, all, unfit)).map(hashOf));
}

/** Stops the read models over a table that was made anew: they have nothing to stand on until it is copied. */
export async function stopOverEmpty(db: pg.ClientBase): Promise<void> {
  const all = await registered(db);
  const empty = (await storedTables(db)).filter(({ state }) => state === 'empty').map(({ name }) => name);
  const over = all.filter((model) => model.state === 'ready' && stands(model, all, new Set(empty)));
  await stop(db, over.map(hashOf), 'A table it reads is being copied');
}

const hashOf = ({ definition }: Registered): string => definition.hash;

const stands = ({ definition }: Registered, all: readonly Registered[], on: ReadonlySet<string>): boolean =>
  tablesOf(definition, all).some((table) => on.has(table));

const unfitTables = (tables: readonly StoredTable[]): Set<string> =>
  new Set(tables.filter(({ state, faults }) => state !== 'ready' || faults.length > 0).map(({ name }) => name));
