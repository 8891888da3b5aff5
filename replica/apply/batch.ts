/**
 * One batch of changes, in one transaction: mirror, read models, change log and watermark move together.
 *
 *   lock → what the rows were → keys touched before → mirror → keys touched now → rewrite → watermark → commit
 *
 * The connection is pipelined, so each arrow between awaits is one round trip however many statements it holds.
 * READ COMMITTED, and the lock as a statement of its own, matter: each later statement then sees everything
 * the last applier committed.
 */
import type pg from 'pg';
import type { Change } from '../../erp/change.ts';
import type { Watermark } from '../../erp/watermark.ts';
import { tellChanged } from '../change-feed.ts';
import { lockKey } from '../locks.ts';
import type { StoredTable } from '../mirror.ts';
import type { Registered } from '../model/registry.ts';
import { refreshWhole, stop } from '../model/registry.ts';
import { mirrorTable } from '../sql.ts';
import { type Fold, fold } from './fold.ts';
import { rememberTouched, rowsBefore, type TableWork, tableWork, writeMirror } from './mirror-rows.ts';
import { type KeyQuery, keyQueries } from './plan.ts';
import { isFaultOfData, rewriteAll } from './rewrite.ts';
import { allTouched, fewTouched, putOff, TouchedKeys } from './touch.ts';

export interface ApplierState {
  readonly source: string;
  readonly tables: ReadonlyMap<string, StoredTable>;
  readonly models: readonly Registered[];
  /** Tables that are being copied beside the stream. */
  readonly copied: ReadonlySet<string>;
}

/** The transaction of a batch, or one for itself, under the applier's lock. */
export interface Turn {
  readonly db: pg.ClientBase;
  /** Its position in the change log. */
  readonly batch: string;
  readonly state: ApplierState;
}

export interface BatchResult {
  readonly batch: string;
  readonly rowsChanged: number;
  /** Read models some of whose keys now wait behind the stream, or that were stopped. */
  readonly disturbed: boolean;
}

/** Opens the transaction in which alone mirror and read models may be written. Resolves with its change-log position. */
export async function beginBatch(db: pg.ClientBase): Promise<string> {
  const begun = db.query('begin');
  const locked = db.query('select pg_advisory_xact_lock($1)', [lockKey.applier]);
  const head = db.query<{ batch: string }>({
    name: 'next_batch',
    text: 'update skiff.head set batch = batch + 1 returning batch',
  });
  const [, , { rows }] = await Promise.all([begun, locked, head]);
  const [row] = rows;
  if (!row) throw new Error('skiff.head has lost its row');
  return row.batch;
}

export async function applyChanges(
  db: pg.ClientBase,
  state: ApplierState,
  changes: readonly Change[],
  through: Watermark | null,
  careful: boolean,
  /** Queued with the last statements: true as soon as everything up to `through` is applied. */
  alongside: (turn: Turn) => Promise<unknown> | undefined = () => undefined,
): Promise<BatchResult> {
  const [first, ...others] = folded(state, changes);
  // The first question travels with the lock: it is queued behind it, so it sees what it must.
  const [batch, firstWork] = await Promise.all([beginBatch(db), first ? before(db, state, first) : []]);
  const result = newResult(batch);
  if (first) await applyFold(db, state, first, firstWork, careful, result);
  for (const one of others) await applyFold(db, state, one, await before(db, state, one), careful, result);
  const moved =
    through === null
      ? undefined
      : db.query({
          name: 'advance_watermark',
          text: 'update skiff.watermark set applied = $2 where source = $1 and applied < $2',
          values: [state.source, through],
        });
  await Promise.all([mark(db, result), moved, alongside({ db, state, batch }), db.query('commit')]);
  return result;
}

/** The same within a turn that does more than this. */
export async function applyWithin(
  { db, state, batch }: Turn,
  changes: readonly Change[],
  careful: boolean,
): Promise<BatchResult> {
  const result = newResult(batch);
  for (const one of folded(state, changes)) {
    await applyFold(db, state, one, await before(db, state, one), careful, result);
  }
  await mark(db, result);
  return result;
}

const folded = (state: ApplierState, changes: readonly Change[]): Fold[] =>
  fold(
    changes.filter(({ table }) => state.tables.has(table)),
    (table) => state.tables.get(table)?.key ?? [],
  );

async function before(db: pg.ClientBase, state: ApplierState, { tables }: Fold): Promise<TableWork[]> {
  return Promise.all(
    [...tables].flatMap(([name, rows]) => {
      const table = state.tables.get(name);
      return table ? [rowsBefore(db, table, rows).then((was) => tableWork(table, rows, was))] : [];
    }),
  );
}

async function applyFold(
  db: pg.ClientBase,
  state: ApplierState,
  { truncate, tables }: Fold,
  work: readonly TableWork[],
  careful: boolean,
  result: Result,
): Promise<void> {
  const { batch } = result;
  const live = new Set(state.models.filter(({ stopped }) => stopped === null));
  if (truncate !== null) {
    await db.query(`delete from ${mirrorTable(truncate)}`);
    const using = [...live].filter(({ definition }) => definition.sources.some(({ name }) => name === truncate));
    await refreshWhole(
      db,
      using.map(({ definition }) => definition.hash),
    );
    result.disturbed = true;
    // A truncated table's rows were read before it was emptied.
    work = await before(db, state, { truncate, tables });
  }
  for (const name of state.copied) {
    const [table, rows] = [state.tables.get(name), tables.get(name)];
    if (table && rows) await rememberTouched(db, table, rows);
  }
  const changes = new Map(work.map((one) => [one.table.name, one.changes]));
  const queries = keyQueries(
    [...live].map(({ definition }) => definition),
    changes,
  );
  const touched = new TouchedKeys();
  const write = () => Promise.all(work.map((one) => writeMirror(db, one)));
  const askBefore = async (query: KeyQuery) => touched.add(query.definition.hash, await allTouched(db, query));
  const askAfter = async (query: KeyQuery) => {
    const keys = await fewTouched(db, query);
    if (keys) return touched.add(query.definition.hash, keys);
    await putOff(db, query.definition, query.source, query.keys, batch);
    result.disturbed = true;
  };
  if (careful) {
    const orStop = (ask: (query: KeyQuery) => Promise<void>) => async (query: KeyQuery) => {
      const stopped = await askOrStop(db, query, ask);
      if (!stopped) return;
      for (const model of live) if (model.definition === query.definition) live.delete(model);
      result.disturbed = true;
    };
    for (const query of queries.before) await orStop(askBefore)(query);
    await write();
    for (const query of queries.after) await orStop(askAfter)(query);
  } else {
    await Promise.all([...queries.before.map(askBefore), write(), ...queries.after.map(askAfter)]);
  }
  const { changed } = await rewriteAll(db, [...live], touched, batch, careful);
  for (const [hash, rows] of changed) {
    result.rowsChanged += rows;
    result.changed.add(hash);
  }
}

interface Result extends BatchResult {
  rowsChanged: number;
  disturbed: boolean;
  /** Read models that have a row changed. */
  readonly changed: Set<string>;
}

const newResult = (batch: string): Result => ({ batch, rowsChanged: 0, disturbed: false, changed: new Set() });

/** Once for all of a batch, and in one flight with what ends it. */
const mark = (db: pg.ClientBase, { batch, changed }: Result): Promise<unknown> | undefined =>
  changed.size === 0 ? undefined : markChanged(db, [...changed], batch);

/** A read model whose `@from` raises cannot be followed: it stops, and the others go on. */
async function askOrStop(
  db: pg.ClientBase,
  query: KeyQuery,
  ask: (query: KeyQuery) => Promise<void>,
): Promise<boolean> {
  await db.query('savepoint asked');
  try {
    await ask(query);
    await db.query('release savepoint asked');
    return false;
  } catch (error) {
    await db.query('rollback to savepoint asked');
    if (!isFaultOfData(error)) throw error;
    await stop(db, [query.definition.hash], `@from ${query.source.name} failed: ${error.message}`);
    return true;
  }
}

/** Also wakes who follows the change log. */
export const markChanged = (db: pg.ClientBase, hashes: readonly string[], batch: string): Promise<unknown> =>
  Promise.all([
    db.query({
      name: 'mark_changed',
      text: 'update skiff.read_model set last_change = $2 where hash = any($1)',
      values: [hashes, batch],
    }),
    tellChanged(db),
  ]);
