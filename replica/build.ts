/**
 * Builds the read models that are not there yet, beside those that are served.
 *
 *   register (its changed keys queue from the next batch on) → rows from the view, in one snapshot
 *   → indexes → who may read which rows → the queue → ready
 *
 * Nothing that is read is altered: a changed definition has a table of its own name.
 */
import type pg from 'pg';
import type { Log } from '../runtime/log.ts';
import type { Applier } from './apply/applier.ts';
import { rewriteAll } from './apply/rewrite.ts';
import { TouchedKeys } from './apply/touch.ts';
import { storedTables } from './mirror.ts';
import { type Definition, modelView, physicalName, readTable } from './model/definition.ts';
import { beginBuild, registered, tablesOf } from './model/registry.ts';
import { protect } from './protection.ts';
import { spreadAsOf } from './spread-as-of.ts';
import { ident, list } from './sql.ts';

export type BuildProgress = (model: string, step: 'rows' | 'indexes' | 'changes' | 'ready', rows?: number) => void;

/** Builds what can be built now. Resolves with the models that still wait for a table or another model. */
export async function buildMissing(
  db: pg.Client,
  applier: Applier,
  log: Log,
  onProgress: BuildProgress,
): Promise<Definition[]> {
  const waiting: Definition[] = [];
  for (const { definition, state } of await registered(db)) {
    if (state === 'ready') continue;
    if (!(await standsOnReady(db, definition))) {
      waiting.push(definition);
      continue;
    }
    const began = performance.now();
    const rows = await build(db, applier, definition, onProgress);
    log.debug({ model: definition.model, rows, ms: Math.round(performance.now() - began) }, 'read model built');
    onProgress(definition.model, 'ready', rows);
  }
  return waiting;
}

async function standsOnReady(db: pg.Client, definition: Definition): Promise<boolean> {
  const all = await registered(db);
  const below = definition.sources.flatMap(({ hash }) => (hash === undefined ? [] : [hash]));
  if (below.some((hash) => !all.some((one) => one.definition.hash === hash && one.state === 'ready'))) return false;
  const names = tablesOf(definition, all);
  const tables = await storedTables(db);
  return names.every((name) => tables.some((table) => table.name === name && table.state === 'ready'));
}

async function build(
  db: pg.Client,
  applier: Applier,
  definition: Definition,
  onProgress: BuildProgress,
): Promise<number> {
  const table = readTable(definition);
  const key = list(definition.key.map(({ column }) => column));
  await applier.turn(async ({ db: turn }) => {
    await beginBuild(turn, definition);
    applier.forget();
  });
  await db.query(`drop table if exists ${table}`);
  await db.query(`create or replace view ${modelView(definition)} as ${definition.select}`);

  onProgress(definition.model, 'rows');
  // READ COMMITTED is snapshot enough: it is one statement, and begins after the registration committed.
  const { rowCount } = await db.query(
    `create table ${table} with (fillfactor = 90) as select * from ${modelView(definition)}`,
  );
  onProgress(definition.model, 'indexes', rowCount ?? 0);
  await db.query(`alter table ${table} add primary key (${key})`);
  for (const { name, definition: columns } of definition.indexes) {
    await db.query(`create index ${ident(`${physicalName(definition)}_${name}`.slice(0, 63))} on ${table} ${columns}`);
  }
  await db.query(`analyze ${table}`);
  if (definition.type !== null) await protect(db, table, definition.plant);

  onProgress(definition.model, 'changes');
  while (!(await drain(applier, definition))) {
    // Each round takes one chunk of the queue; the last one finds it empty and marks the model ready.
  }
  return rowCount ?? 0;
}

const chunk = 1_000;

/** Takes a chunk of the keys that changed meanwhile; true when there were none and the model is ready. */
async function drain(applier: Applier, definition: Definition): Promise<boolean> {
  return applier.turn(async ({ db, batch, state }) => {
    const { rows } = await db.query<{ key: string }>(
      /* sql */ `
      delete from skiff.build_key where ctid in (
        select ctid from skiff.build_key where hash = $1 limit $2)
      returning to_json(key)::text as key`,
      [definition.hash, chunk],
    );
    const touched = new TouchedKeys();
    touched.add(
      definition.hash,
      rows.map(({ key }) => JSON.parse(key)),
    );
    const itself = state.models
      .filter(({ definition: { hash } }) => hash === definition.hash)
      .map((model) => ({ ...model, state: 'ready' as const }));
    await rewriteAll(db, itself, touched, batch, true);
    if (rows.length > 0) return false;
    await db.query(`update skiff.read_model set state = 'ready', last_change = $2 where hash = $1`, [
      definition.hash,
      batch,
    ]);
    await spreadAsOf(db, state);
    // Within the turn: the next batch must rewrite its keys, not queue them.
    applier.forget();
    return true;
  });
}
