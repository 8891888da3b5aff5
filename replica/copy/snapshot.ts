/**
 * A copy of all tables, for a first start or after a lost slot.
 *
 * An empty mirror is filled directly, in one transaction. A mirror that answers are read from goes on
 * answering: the copy is put beside it, and only the difference is applied, as changes, so that read models,
 * change log and freshness follow as they always do.
 */
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { CopyWriter, SourceIdentity } from '../../erp/connector.ts';
import type { Watermark } from '../../erp/watermark.ts';
import type { Applier } from '../apply/applier.ts';
import { connect } from '../connect.ts';
import { bareTable, indexMirror, type StoredTable, storedTables } from '../mirror.ts';
import { forgetReads } from '../polling/progress.ts';
import { ident, list } from '../sql.ts';
import { mergeCopy } from './merge.ts';
import { resumeFitting } from './resume.ts';

export interface SnapshotTarget {
  readonly connectionString: string;
  readonly source: string;
  readonly applier: Applier;
  /** Index definitions of the mirror, which the stored tables do not hold. */
  readonly tables: readonly { readonly name: string; readonly indexes?: readonly string[] }[];
}

export async function copyInto(
  db: pg.ClientBase,
  schema: 'erp' | 'copying',
  table: string,
  columns: readonly string[],
  rows: Readable,
): Promise<number> {
  const into = db.query(copyFrom(`copy ${schema}.${ident(table)} (${list(columns)}) from stdin`));
  await pipeline(rows, into);
  return into.rowCount ?? 0;
}

export async function beginSnapshot(target: SnapshotTarget, identity: SourceIdentity): Promise<CopyWriter> {
  const db = await connect(target.connectionString, 'builder');
  const tables = await storedTables(db);
  const first = tables.every(({ state }) => state === 'empty');
  const schema = first ? 'erp' : 'copying';
  await db.query('begin');
  for (const table of tables) {
    if (first) await db.query(`truncate erp.${ident(table.name)}`);
    else await remake(db, table);
  }
  // A table that cannot be captured is left out of the copy, which does not mean that it is empty.
  const copied = new Set<string>();
  return {
    copy(table, columns, rows) {
      copied.add(table);
      return copyInto(db, schema, table, columns, rows);
    },
    async commit(at) {
      if (first) {
        await indexMirror(db, await withIndexes(db, target));
        await markReady(db, copied);
        await setWatermark(db, target.source, identity, at);
      }
      await db.query('commit');
      await db.query('analyze');
      if (!first) await applyDifference(target, db, tables, copied, identity, at);
      await db.end();
      target.applier.forget();
    },
    async abort() {
      await db.end();
    },
  };
}

async function applyDifference(
  target: SnapshotTarget,
  db: pg.Client,
  tables: readonly StoredTable[],
  copied: ReadonlySet<string>,
  identity: SourceIdentity,
  at: Watermark,
): Promise<void> {
  for (const table of tables.filter(({ name }) => copied.has(name)))
    await mergeCopy(db, target.applier, table, 'deletions too');
  await target.applier.turn(async ({ db: turn }) => {
    await markReady(turn, copied);
    await setWatermark(turn, target.source, identity, at);
    await resumeFitting(turn);
    target.applier.forget();
  });
  for (const table of tables) await db.query(`drop table if exists copying.${ident(table.name)}`);
}

const markReady = (db: pg.ClientBase, copied: ReadonlySet<string>): Promise<unknown> =>
  db.query(`update skiff.mirror_table set state = 'ready' where name = any($1)`, [[...copied]]);

export async function remake(db: pg.ClientBase, table: StoredTable): Promise<void> {
  await db.query(`drop table if exists copying.${ident(table.name)}`);
  await db.query(bareTable(table, 'copying'));
}

export const withIndexes = async (db: pg.Client, { tables }: Pick<SnapshotTarget, 'tables'>): Promise<StoredTable[]> =>
  (await storedTables(db)).map((stored) => ({
    ...stored,
    indexes: tables.find(({ name }) => name === stored.name)?.indexes ?? [],
  }));

async function setWatermark(db: pg.ClientBase, source: string, identity: SourceIdentity, at: Watermark): Promise<void> {
  // From here on the stream alone writes the mirror, with no version guard.
  await forgetReads(db);
  await db.query(
    /* sql */ `
    insert into skiff.watermark (source, system, timeline, slot, applied) values ($1, $2, $3, $4, $5)
    on conflict (source) do update set
      system = excluded.system, timeline = excluded.timeline, slot = excluded.slot, applied = excluded.applied`,
    [source, identity.system, identity.timeline, identity.slot, at],
  );
}
