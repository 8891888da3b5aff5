/**
 * The background checker: looks again at sampled keys, and whatever then has to be rewritten was drift.
 *
 * It walks each read model's rows in the order of their keys, a range at a time (rows that are wrong or too
 * many), and asks `@from` for the keys of random mirror rows (rows that are missing). Drift is repaired by being found.
 */
import type { Log } from '../runtime/log.ts';
import type { Applier } from './apply/applier.ts';
import { markChanged, type Turn } from './apply/batch.ts';
import type { Key } from './apply/fold.ts';
import { rewriteAll } from './apply/rewrite.ts';
import { someTouched, TouchedKeys } from './apply/touch.ts';
import { type Definition, readTable } from './model/definition.ts';
import { list, mirrorTable } from './sql.ts';

export interface Drift {
  readonly model: string;
  readonly keys: number;
}

const range = 100;
const sampled = 20;

/** Checks one range of one read model each time it is called, all of them in turn. */
export function checker(applier: Applier, log: Log): () => Promise<Drift | null> {
  const positions = new Map<string, Key>();
  let next = 0;
  return () =>
    applier.turn(async (turn) => {
      const models = turn.state.models.filter(({ state, stopped }) => state === 'ready' && stopped === null);
      const model = models[next++ % Math.max(1, models.length)];
      if (!model || (await isPending(turn, model.definition))) return null;
      const { definition } = model;
      const rows = await nextRange(turn, definition, positions.get(definition.hash));
      const last = rows.at(-1);
      if (last && rows.length === range) positions.set(definition.hash, last);
      else positions.delete(definition.hash);
      const touched = new TouchedKeys();
      touched.add(definition.hash, rows);
      touched.add(definition.hash, await keysOfRandomRows(turn, definition));
      const { changed } = await rewriteAll(turn.db, models, touched, turn.batch, true);
      const keys = changed.get(definition.hash) ?? 0;
      if (keys === 0) return null;
      await markChanged(turn.db, [...changed.keys()], turn.batch);
      log.error(
        { model: definition.model, keys, near: rows[0] },
        'drift: rows were not what their sources say; repaired',
      );
      return { model: definition.model, keys };
    });
}

const isPending = async ({ db }: Turn, { hash }: Definition): Promise<boolean> =>
  ((await db.query('select from skiff.pending where hash = $1 limit 1', [hash])).rowCount ?? 0) > 0;

async function nextRange({ db }: Turn, definition: Definition, after: Key | undefined): Promise<Key[]> {
  const columns = list(definition.key.map(({ column }) => column));
  const position = after
    ? `where (${columns}) > (${definition.key.map(({ type }, at) => `$${at + 1}::${type}`).join(', ')})`
    : '';
  const { rows } = await db.query<string[]>({
    text: `select ${list(
      definition.key.map(({ column }) => column),
      (name) => `"${name}"::text`,
    )} from ${readTable(definition)} ${position} order by ${columns} limit ${range}`,
    values: [...(after ?? [])],
    rowMode: 'array',
  });
  return rows;
}

async function keysOfRandomRows({ db }: Turn, definition: Definition): Promise<Key[]> {
  const sources = definition.sources.filter(({ hash }) => hash === undefined);
  const source = sources[Math.floor(Math.random() * sources.length)];
  if (!source) return [];
  const { rows } = await db.query<string[]>({
    // A page or two, whatever the table's size.
    text: /* sql */ `
      select ${source.key.map(({ column }) => `"${column}"::text`).join(', ')} from ${mirrorTable(source.name)}
      tablesample system ((select least(100, 400 / greatest(1, relpages)::real) from pg_class
        where oid = '${mirrorTable(source.name)}'::regclass)) limit ${sampled}`,
    rowMode: 'array',
  });
  if (rows.length === 0) return [];
  // A plant's row touches everything in it: the stream must not wait while that is listed.
  return someTouched(db, { definition, source, keys: rows }, range);
}
