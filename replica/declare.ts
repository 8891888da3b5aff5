/**
 * What a connector declares, made true in the replica's database: mirror tables, and definitions of read models.
 *
 * One transaction: a fault in any file leaves everything as it was.
 */
import type pg from 'pg';
import type { Connector } from '../erp/connector.ts';
import { stopOverEmpty } from './copy/resume.ts';
import type { FlatSchema } from './flat-type.ts';
import { lockKey } from './locks.ts';
import { declareMirror } from './mirror.ts';
import { define } from './model/define.ts';
import { type Definition, modelView, physicalName } from './model/definition.ts';
import { readModelFiles } from './model/file.ts';
import { register, registered, stop } from './model/registry.ts';

/** Flat types the connector has no read model for. */
export async function missingTypes(connector: Connector, schema: FlatSchema): Promise<string[]> {
  const files = await readModelFiles(connector.readModels, connector.parameters);
  return schema.types.filter(({ model }) => !files.some((file) => file.model === model)).map(({ name }) => name);
}

/** The definitions, tried out against the connector's tables; nothing of it stays. */
export const definitionsOf = (db: pg.Client, connector: Connector, schema: FlatSchema): Promise<Definition[]> =>
  inTransaction(db, 'rollback', async () => {
    await declareMirror(db, connector.tables);
    return define(db, await readModelFiles(connector.readModels, connector.parameters), schema, connector.tables);
  });

/** Declares mirror and read models for good. */
export const declareReplica = (db: pg.Client, connector: Connector, schema: FlatSchema): Promise<Definition[]> =>
  inTransaction(db, 'commit', async () => {
    await declareMirror(db, connector.tables);
    const files = await readModelFiles(connector.readModels, connector.parameters);
    const definitions = await define(db, files, schema, connector.tables);
    for (const definition of definitions) await register(db, definition);
    await restoreViews(db);
    await stopOverEmpty(db);
    return definitions;
  });

/** A mirror table made anew took the views over it with it, also those of definitions only others know. */
async function restoreViews(db: pg.Client): Promise<void> {
  const { rows } = await db.query<{ name: string }>(`select viewname as name from pg_views where schemaname = 'model'`);
  for (const { definition, state } of await registered(db)) {
    if (state !== 'ready' || rows.some(({ name }) => name === physicalName(definition))) continue;
    await db.query('savepoint restore');
    try {
      await db.query(`create view ${modelView(definition)} as ${definition.select}`);
    } catch (error) {
      await db.query('rollback to savepoint restore');
      const why = error instanceof Error ? error.message : String(error);
      await stop(db, [definition.hash], `Its SELECT no longer fits the mirrored tables: ${why}`);
    }
  }
}

async function inTransaction<T>(db: pg.Client, end: 'commit' | 'rollback', work: () => Promise<T>): Promise<T> {
  await db.query('begin');
  try {
    await db.query('select pg_advisory_xact_lock($1)', [lockKey.applier]);
    const result = await work();
    await db.query(end);
    return result;
  } catch (error) {
    await db.query('rollback');
    throw error;
  }
}
