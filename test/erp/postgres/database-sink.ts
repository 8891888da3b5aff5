/**
 * A replica that survives: keeps rows, position and a record of every change in a database, each batch in one
 * transaction.
 */
import type { Readable } from 'node:stream';
import type pg from 'pg';
import type { Change, RowText } from '../../../erp/change.ts';
import type { CapturedState, CaptureSink, CopyWriter, MirrorTable, SourceIdentity } from '../../../erp/connector.ts';
import type { Watermark } from '../../../erp/watermark.ts';
import { parseCopyText } from './copy-text.ts';

export const sinkDdl = `
  create table held (system text, timeline text, slot text, position text);
  create table mirror (table_name text, key text, row jsonb, primary key (table_name, key));
  create table copied (like mirror);
  create table received (n bigint generated always as identity, table_name text, op text, key text)`;

const COPY_BATCH = 5_000;

export class DatabaseSink implements CaptureSink {
  readonly batchSize: number;
  readonly #db: pg.Client;
  readonly #keys: ReadonlyMap<string, readonly string[]>;

  constructor(db: pg.Client, tables: readonly MirrorTable[], batchSize: number) {
    this.#db = db;
    this.batchSize = batchSize;
    this.#keys = new Map(tables.map(({ name, key }) => [name, key]));
  }

  async state(): Promise<CapturedState | null> {
    const { rows } = await this.#db.query<{ system: string; timeline: string; slot: string; position: Watermark }>(
      'select * from held',
    );
    const [row] = rows;
    return row
      ? { source: { system: row.system, timeline: row.timeline, slot: row.slot }, position: row.position }
      : null;
  }

  async beginSnapshot(source: SourceIdentity): Promise<CopyWriter> {
    await this.#db.query('truncate copied');
    return {
      copy: (table, columns, rows) => this.#copy(table, columns, rows),
      commit: (at) =>
        this.#transaction(async () => {
          await this.#db.query('truncate mirror; insert into mirror select * from copied; delete from held');
          const { system, timeline, slot } = source;
          await this.#db.query('insert into held values ($1, $2, $3, $4)', [system, timeline, slot, at]);
        }),
      abort: async () => {},
    };
  }

  async tablesToCopy(): Promise<readonly string[]> {
    return [];
  }

  async beginTableCopy(table: string): Promise<CopyWriter> {
    throw new Error(`Nobody asked for a copy of "${table}"`);
  }

  apply(changes: readonly Change[], through: Watermark | null): Promise<void> {
    return this.#transaction(async () => {
      for (const run of runsOf(changes)) await this.#applyRun(run);
      const record = changes.map((change) => ({ table_name: change.table, op: change.op, key: this.#keyOf(change) }));
      await this.#db.query(
        `insert into received (table_name, op, key)
         select table_name, op, key from json_to_recordset($1) r (table_name text, op text, key text)`,
        [JSON.stringify(record)],
      );
      if (through) await this.#db.query('update held set position = $1', [through]);
    });
  }

  async advance(position: Watermark): Promise<void> {
    await this.#db.query('update held set position = $1', [position]);
  }

  async reportTable(): Promise<void> {}

  async #copy(table: string, columns: readonly string[], source: Readable): Promise<number> {
    let count = 0;
    let batch: RowText[] = [];
    const write = async () => {
      await this.#put('copied', table, batch);
      count += batch.length;
      batch = [];
    };
    for await (const row of parseCopyText(source, columns)) if (batch.push(row) === COPY_BATCH) await write();
    await write();
    return count;
  }

  async #applyRun(run: readonly Change[]): Promise<void> {
    const [first] = run;
    if (first?.op === 'truncate') {
      await this.#db.query('delete from mirror where table_name = $1', [first.table]);
    } else if (first?.op === 'delete') {
      const keys = run.map((change) => this.#keyOf(change));
      await this.#db.query('delete from mirror where table_name = $1 and key = any($2)', [first.table, keys]);
    } else if (first?.oldKey) {
      const before = this.#textOf(first.table, first.oldKey);
      await this.#db.query('update mirror set key = $3 where table_name = $1 and key = $2', [
        first.table,
        before,
        this.#keyOf(first),
      ]);
      await this.#put('mirror', first.table, [first.row]);
    } else if (first) {
      const merged = new Map<string, RowText>();
      for (const change of run) {
        const key = this.#keyOf(change);
        if (change.op === 'upsert') merged.set(key, { ...merged.get(key), ...change.row });
      }
      await this.#put('mirror', first.table, [...merged.values()]);
    }
  }

  async #put(into: 'mirror' | 'copied', table: string, rows: readonly RowText[]): Promise<void> {
    const keyed = rows.map((row) => ({ key: this.#textOf(table, row), row }));
    const merge =
      into === 'mirror' ? 'on conflict (table_name, key) do update set row = mirror.row || excluded.row' : '';
    await this.#db.query(
      `insert into ${into} select $1, key, row from json_to_recordset($2) r (key text, row jsonb) ${merge}`,
      [table, JSON.stringify(keyed)],
    );
  }

  async #transaction(work: () => Promise<void>): Promise<void> {
    await this.#db.query('begin');
    try {
      await work();
      await this.#db.query('commit');
    } catch (error) {
      await this.#db.query('rollback');
      throw error;
    }
  }

  #keyOf(change: Change): string {
    if (change.op === 'truncate') return '';
    return this.#textOf(change.table, change.op === 'delete' ? change.key : change.row);
  }

  #textOf(table: string, row: RowText): string {
    return (this.#keys.get(table) ?? []).map((column) => row[column]).join(':');
  }
}

/** Stretches of one kind and table that may be done at once; a changed key stands alone. */
function runsOf(changes: readonly Change[]): Change[][] {
  const runs: Change[][] = [];
  const isAlone = (change: Change) =>
    change.op === 'truncate' || (change.op === 'upsert' && change.oldKey !== undefined);
  for (const change of changes) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    const joins = last && last.op === change.op && last.table === change.table && !isAlone(last) && !isAlone(change);
    if (run && joins) run.push(change);
    else runs.push([change]);
  }
  return runs;
}
