/**
 * The replica as a capture through an API sees it: what a call brought is judged, applied as changes like any other,
 * and remembered together with how far the table is read, in one turn.
 */
import type { Change } from '../../erp/change.ts';
import type { ReadResult, ReadSink, TableRead } from '../../erp/connector.ts';
import type { Turn } from '../apply/batch.ts';
import { applyWithin, type BatchResult } from '../apply/batch.ts';
import { isFaultOfData } from '../apply/rewrite.ts';
import { connect } from '../connect.ts';
import { resumeFitting } from '../copy/resume.ts';
import { type SnapshotTarget, withIndexes } from '../copy/snapshot.ts';
import { tellFresh } from '../freshness.ts';
import { indexMirror, type StoredTable } from '../mirror.ts';
import type { Query } from '../queryable.ts';
import { spreadAsOf } from '../spread-as-of.ts';
import { ident, mirrorTable } from '../sql.ts';
import { ownSource, storedProgress, storeProgress } from './progress.ts';
import { forgetListed, listedDifference, rememberListed } from './sweep.ts';
import { judge, rememberVersions, type Verdict } from './verdict.ts';

export interface ReadSinkEvents {
  onApplied(changes: number, result: BatchResult): void;
  /** Tables may now allow what they did not before. */
  onCopied(): void;
}

/** `query` is of a connection that nobody waits long behind. */
export function readSink(target: SnapshotTarget, query: Query, events: ReadSinkEvents): ReadSink {
  const { applier, source } = target;
  return {
    async now() {
      const { rows } = await query<{ now: string }>({ name: 'now', text: 'select clock_timestamp()::text as now' });
      return rows[0]?.now ?? '';
    },
    beginPolling: (identity, clock) =>
      applier.turn(async ({ db, state }) => {
        await ownSource(db, source, identity, clock);
        return storedProgress(db, state.tables.values());
      }),
    async applyRead(read) {
      const { verdict, result } = await applier.turn((turn) => applyRead(turn, read));
      if (result.disturbed) applier.forget();
      const changes = verdict.upserts.length + verdict.deletes.length;
      if (changes > 0) events.onApplied(changes, result);
      return verdict satisfies ReadResult;
    },
    async tableCopied(table) {
      await tableCopied(target, table);
      events.onCopied();
    },
    listed: (table, keys, progress) =>
      applier.turn(async ({ db }) => {
        await rememberListed(db, table, keys);
        await storeProgress(db, table, progress);
      }),
    sweepDifference: (table, begunAt, unseenSince) =>
      applier.turn(({ db, state }) => listedDifference(db, tableOf(state.tables, table), begunAt, unseenSince)),
    endSweep: (table, progress) =>
      applier.turn(async ({ db, state }) => {
        await forgetListed(db, table);
        await storeProgress(db, table, progress);
        await Promise.all([spreadAsOf(db, state), tellFresh(db)]);
      }),
  };
}

async function applyRead(turn: Turn, read: TableRead): Promise<{ verdict: Verdict; result: BatchResult }> {
  const { db, state } = turn;
  const table = tableOf(state.tables, read.table);
  const verdict = await judge(db, table, read);
  const result = await applyOrWithCare(turn, changesOf(table, verdict));
  await rememberVersions(db, table.name, verdict);
  if (read.progress) {
    await storeProgress(db, table.name, read.progress);
    if (read.progress.asOf) await Promise.all([spreadAsOf(db, state), tellFresh(db)]);
  }
  return { verdict, result };
}

function changesOf({ name: table, key: columns }: StoredTable, { upserts, deletes }: Verdict): Change[] {
  return [
    ...upserts.map(({ read: { row } }): Change => ({ op: 'upsert', table, row })),
    ...deletes.map((key): Change => {
      const named = Object.fromEntries(columns.map((column, at) => [column, key[at] ?? null]));
      return { op: 'delete', table, key: named };
    }),
  ];
}

async function applyOrWithCare(turn: Turn, changes: readonly Change[]): Promise<BatchResult> {
  await turn.db.query('savepoint read');
  try {
    return await applyWithin(turn, changes, false);
  } catch (error) {
    if (!isFaultOfData(error)) throw error;
    await turn.db.query('rollback to savepoint read');
    return await applyWithin(turn, changes, true);
  }
}

async function tableCopied(target: SnapshotTarget, table: string): Promise<void> {
  const db = await connect(target.connectionString, 'builder');
  try {
    await indexMirror(
      db,
      (await withIndexes(db, target)).filter(({ name }) => name === table),
    );
    await db.query(`analyze ${mirrorTable(table)}`);
  } finally {
    await db.end();
  }
  await target.applier.turn(async ({ db: turn }) => {
    await turn.query(`update skiff.mirror_table set state = 'ready' where name = $1`, [table]);
    await resumeFitting(turn);
    target.applier.forget();
  });
}

function tableOf(tables: ReadonlyMap<string, StoredTable>, name: string): StoredTable {
  const table = tables.get(name);
  if (!table) throw new TypeError(`${ident(name)} is not mirrored`);
  return table;
}
