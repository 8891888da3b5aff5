/**
 * Rewrites the touched keys of all read models, those below before those that stand on them.
 *
 * Normally everything of one level travels in one flight. After a failure the batch is repeated with `careful`
 * set: each statement under a savepoint, a key whose SELECT raises found by bisection and quarantined, its row removed.
 */
import pg from 'pg';
import { kept } from '../../runtime/kept.ts';
import { type Definition, readTable } from '../model/definition.ts';
import type { Registered } from '../model/registry.ts';
import { equal, unnested } from '../sql.ts';
import type { Key } from './fold.ts';
import { keyArrays } from './mirror-rows.ts';
import { rewrite } from './statements.ts';
import { allTouched, fewTouched, putOff, type TouchedKeys } from './touch.ts';

export interface RewriteResult {
  /** Rows written or removed, per read model. */
  readonly changed: ReadonlyMap<string, number>;
}

/** Above this many keys in one go the change log says "all of it" instead of naming them. */
const loggedKeys = 2_000;

export async function rewriteAll(
  db: pg.ClientBase,
  models: readonly Registered[],
  touched: TouchedKeys,
  batch: string,
  careful: boolean,
): Promise<RewriteResult> {
  const changed = new Map<string, number>();
  for (const level of levels(models)) {
    const work = level.map((model) => async () => {
      const rewritten = await rewriteModel(db, models, model, touched, batch, careful);
      if (rewritten > 0) changed.set(model.definition.hash, rewritten);
    });
    // Savepoints of several read models must not interleave.
    if (careful) for (const one of work) await one();
    else await Promise.all(work.map((one) => one()));
  }
  return { changed };
}

async function rewriteModel(
  db: pg.ClientBase,
  models: readonly Registered[],
  model: Registered,
  touched: TouchedKeys,
  batch: string,
  careful: boolean,
): Promise<number> {
  const keys = touched.of(model.definition.hash);
  if (keys.length === 0 || model.stopped !== null) return 0;
  if (model.state !== 'ready') {
    await queueForBuild(db, model.definition, keys);
    return 0;
  }
  const above = models
    .filter(({ stopped }) => stopped === null)
    .flatMap(({ definition }) =>
      definition.sources.filter(({ hash }) => hash === model.definition.hash).map((source) => ({ definition, source })),
    );
  // Queued ahead of the rewrite, so it sees the rows as they were.
  const before = above
    .filter(({ source }) => source.keysUse.length > 0)
    .map(async (query) => touched.add(query.definition.hash, await allTouched(db, { ...query, keys })));
  if (careful) await Promise.all(before);
  const rewritten = careful
    ? await rewriteCarefully(db, model, keys, batch)
    : await rewriteKeys(db, model, keys, batch);
  await Promise.all(before);
  if (rewritten.length === 0) return 0;
  await Promise.all(
    above.map(async ({ definition, source }) => {
      const found = await fewTouched(db, { definition, source, keys: rewritten });
      if (found) touched.add(definition.hash, found);
      else await putOff(db, definition, source, rewritten, batch);
    }),
  );
  return rewritten.length;
}

/** Models that stand on nothing first, then those that stand on these alone, and so on. */
function levels(models: readonly Registered[]): Registered[][] {
  const level = new Map<string, number>();
  const found: Registered[][] = [];
  for (const model of models) {
    const below = model.definition.sources.map(({ hash }) => (hash === undefined ? -1 : (level.get(hash) ?? -1)));
    const own = Math.max(-1, ...below) + 1;
    level.set(model.definition.hash, own);
    const row = found[own] ?? [];
    row.push(model);
    found[own] = row;
  }
  return found;
}

const rewrites = new WeakMap<Definition, string>();
const rewritesLogged = new WeakMap<Definition, string>();

async function rewriteKeys(
  db: pg.ClientBase,
  { definition, incomplete }: Registered,
  keys: readonly Key[],
  batch: string,
): Promise<Key[]> {
  const arrays = keyArrays(keys, definition.key.length);
  const each = keys.length <= loggedKeys;
  const rewritten = db.query<string[]>({
    name: `rewrite_${definition.hash}_${each ? 'each' : 'none'}`,
    text: kept(each ? rewritesLogged : rewrites, definition, () => rewrite(definition, each ? 'each' : 'none')),
    values: each ? [...arrays, batch] : arrays,
    rowMode: 'array',
  });
  const [{ rows }] = await Promise.all([rewritten, incomplete ? release(db, definition, keys) : null]);
  if (!each && rows.length > 0) {
    await db.query(`insert into skiff.change_log (batch, hash, op) values ($1, $2, 'all')`, [batch, definition.hash]);
  }
  return rows;
}

/** What stops one key, not the database: bad data, a row too many, a value out of range. */
export const isFaultOfData = (error: unknown): error is pg.DatabaseError =>
  error instanceof pg.DatabaseError && /^(21|22|23|54)/.test(error.code ?? '');

async function rewriteCarefully(
  db: pg.ClientBase,
  model: Registered,
  keys: readonly Key[],
  batch: string,
): Promise<Key[]> {
  await db.query('savepoint careful');
  try {
    const rewritten = await rewriteKeys(db, model, keys, batch);
    await db.query('release savepoint careful');
    return rewritten;
  } catch (error) {
    await db.query('rollback to savepoint careful');
    if (!isFaultOfData(error)) throw error;
    const [only] = keys;
    if (keys.length === 1 && only) return quarantine(db, model.definition, only, batch, error.message);
    const half = Math.ceil(keys.length / 2);
    const first = await rewriteCarefully(db, model, keys.slice(0, half), batch);
    return [...first, ...(await rewriteCarefully(db, model, keys.slice(half), batch))];
  }
}

async function quarantine(
  db: pg.ClientBase,
  definition: Definition,
  key: Key,
  batch: string,
  error: string,
): Promise<Key[]> {
  await db.query(
    /* sql */ `
    insert into skiff.quarantine (hash, key, error) values ($1, $2, $3)
    on conflict (hash, key) do update set error = excluded.error`,
    [definition.hash, key, error],
  );
  const columns = definition.key.map(({ column }) => column);
  const { rowCount } = await db.query(
    `delete from ${readTable(definition)} t using ${unnested(definition.key)} where ${equal(columns, 't', 'k')}`,
    keyArrays([key], key.length),
  );
  if (!rowCount) return [];
  await db.query(`insert into skiff.change_log (batch, hash, op, key) values ($1, $2, 'delete', $3)`, [
    batch,
    definition.hash,
    key,
  ]);
  return [key];
}

const release = (db: pg.ClientBase, { hash }: Definition, keys: readonly Key[]): Promise<unknown> =>
  db.query({
    name: 'release_quarantine',
    text: /* sql */ `
      delete from skiff.quarantine where hash = $1
      and key in (select array(select json_array_elements_text(r.key)) from json_to_recordset($2) as r(key json))`,
    values: [hash, JSON.stringify(keys.map((key) => ({ key })))],
  });

async function queueForBuild(db: pg.ClientBase, { hash }: Definition, keys: readonly Key[]): Promise<void> {
  await db.query({
    name: 'queue_for_build',
    text: /* sql */ `
      insert into skiff.build_key (hash, key)
      select $1, array(select json_array_elements_text(r.key)) from json_to_recordset($2) as r(key json)
      on conflict do nothing`,
    values: [hash, JSON.stringify(keys.map((key) => ({ key })))],
  });
}
