/**
 * The keys to be looked at, per read model, and the work put off because it is too much for the stream.
 */
import type pg from 'pg';
import { kept } from '../../runtime/kept.ts';
import type { Definition, Source } from '../model/definition.ts';
import { type Key, keyText } from './fold.ts';
import { keyArrays } from './mirror-rows.ts';
import type { KeyQuery } from './plan.ts';
import { touchedKeys } from './statements.ts';

/** Read model's hash → keys. */
export class TouchedKeys {
  readonly #keys = new Map<string, Map<string, Key>>();

  add(hash: string, keys: readonly Key[]): void {
    const known = this.#keys.get(hash) ?? new Map<string, Key>();
    for (const key of keys) known.set(keyText(key), key);
    this.#keys.set(hash, known);
  }

  of(hash: string): Key[] {
    return [...(this.#keys.get(hash)?.values() ?? [])];
  }
}

/**
 * More keys than this per source row, on the average, are a fan-out: they wait behind the stream. A few rows
 * may touch some hundred each without waiting.
 */
const perSourceRow = 5;
const free = 500;
const everything = 2_147_483_647;

export async function allTouched(db: pg.ClientBase, query: KeyQuery): Promise<Key[]> {
  return ask(db, query, everything);
}

/** So many of the touched keys at the most. */
export async function someTouched(db: pg.ClientBase, query: KeyQuery, most: number): Promise<Key[]> {
  return ask(db, query, most);
}

/** The touched keys, or null when they are too many. */
export async function fewTouched(db: pg.ClientBase, query: KeyQuery): Promise<Key[] | null> {
  const limit = free + perSourceRow * query.keys.length;
  const keys = await ask(db, query, limit + 1);
  return keys.length > limit ? null : keys;
}

const texts = new WeakMap<Source, string>();

async function ask(db: pg.ClientBase, { definition, source, keys }: KeyQuery, limit: number): Promise<Key[]> {
  const { rows } = await db.query<string[]>({
    // Two names: a flight may hold both forms, and a name may be parsed once only.
    name: `keys_${definition.hash}_${definition.sources.indexOf(source)}_${limit === everything ? 'all' : 'few'}`,
    text: kept(texts, source, () => touchedKeys(definition, source)),
    values: [...keyArrays(keys, source.key.length), limit],
    rowMode: 'array',
  });
  return rows;
}

/** Remembers that all that these source rows touch is still to be looked at. */
export async function putOff(
  db: pg.ClientBase,
  definition: Definition,
  source: Source,
  keys: readonly Key[],
  batch: string,
): Promise<void> {
  await db.query({
    name: 'put_off',
    text: /* sql */ `
      insert into skiff.pending (hash, source, key, batch, as_of)
      select m.hash, $2, array(select json_array_elements_text(r.key)), $4, m.as_of
      from skiff.read_model m, json_to_recordset($3) as r(key json) where m.hash = $1
      on conflict (hash, source, key) do update set batch = excluded.batch, done_to = null`,
    values: [definition.hash, source.name, JSON.stringify(keys.map((key) => ({ key }))), batch],
  });
}
