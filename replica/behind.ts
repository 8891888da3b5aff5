/**
 * The work that waits behind the stream: fan-outs and whole read models, looked at again in chunks.
 *
 * The keys are enumerated outside the applier's lock, in their order. That is exact: a row that joins the set
 * later was itself changed later, and that change looked at it. Each chunk is a turn of the applier, short
 * enough that nothing waits long behind it, and remembers how far it got. While the stream goes on there is a longer
 * pause after each: on a machine of few cores the stream would else have to share them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Log } from '../runtime/log.ts';
import type { Applier } from './apply/applier.ts';
import { markChanged, type Turn } from './apply/batch.ts';
import type { Key } from './apply/fold.ts';
import { isFaultOfData, rewriteAll } from './apply/rewrite.ts';
import { allKeysAfter, touchedKeysAfter } from './apply/statements.ts';
import { TouchedKeys } from './apply/touch.ts';
import type { Definition } from './model/definition.ts';
import { literal } from './sql.ts';

interface Piece {
  readonly ids: readonly string[];
  readonly hash: string;
  readonly source: string | null;
  readonly keys: readonly Key[];
  /** Highest position of what asked for it: asked again meanwhile, it is not done. */
  readonly batch: string;
  readonly doneTo: Key | null;
}

const chunkMs = 20;
const pausePerWork = 2;
const fetched = 5_000;

/** Does what is pending, a piece at a time; resolves with whether there was any. */
export async function workBehind(reader: pg.Client, applier: Applier, log: Log, signal: AbortSignal): Promise<boolean> {
  const piece = await nextPiece(reader);
  if (!piece) return false;
  const definition = await applier.turn(async ({ state }) =>
    state.models.find((model) => model.definition.hash === piece.hash && model.stopped === null),
  );
  if (!definition) return false;
  log.debug({ model: definition.definition.model, source: piece.source }, 'looking at keys behind the stream');
  await reader.query('begin');
  try {
    await reader.query(`declare behind no scroll cursor for ${enumeration(definition.definition, piece)}`);
    let size = 200;
    let last = 0n;
    for (;;) {
      const { rows } = await reader.query<string[]>({ text: `fetch ${fetched} from behind`, rowMode: 'array' });
      for (let at = 0; at < rows.length; ) {
        if (signal.aborted) return true;
        const chunk = rows.slice(at, at + size);
        const done = await applier.turn((turn) => rewriteChunk(turn, piece, definition.definition, chunk));
        if (done === null) return true;
        at += chunk.length;
        const fitting = (chunk.length * chunkMs) / done.tookMs;
        size = Math.round(Math.min(2_000, Math.max(20, (size + fitting) / 2)));
        const isStreaming = done.position !== last + 1n;
        last = done.position;
        if (isStreaming) await sleep(pausePerWork * done.tookMs, undefined, { signal }).catch(() => undefined);
      }
      if (rows.length < fetched) break;
    }
    await applier.turn(({ db }) =>
      db.query('delete from skiff.pending where id = any($1) and batch <= $2', [piece.ids, piece.batch]),
    );
    return true;
  } finally {
    await reader.query('rollback');
  }
}

async function nextPiece(reader: pg.Client): Promise<Piece | null> {
  const { rows } = await reader.query<{
    ids: string;
    hash: string;
    source: string | null;
    keys: string;
    batch: string;
    done_to: string | null;
  }>(/* sql */ `
    with oldest as (
      select p.hash, p.source, p.done_to from skiff.pending p
      join skiff.read_model m on m.hash = p.hash and m.state = 'ready' and m.stopped is null
      order by p.id limit 1)
    select json_agg(picked.id::text)::text as ids, picked.hash, picked.source, json_agg(to_json(picked.key))::text as keys,
      max(picked.batch)::text as batch, to_json(picked.done_to)::text as done_to
    from (
      select p.* from skiff.pending p join oldest o on p.hash = o.hash
        and p.source is not distinct from o.source and p.done_to is not distinct from o.done_to
      order by p.id limit 500) picked
    group by picked.hash, picked.source, picked.done_to`);
  const [row] = rows;
  return row
    ? {
        ids: JSON.parse(row.ids),
        hash: row.hash,
        source: row.source,
        keys: JSON.parse(row.keys),
        batch: row.batch,
        doneTo: row.done_to === null ? null : JSON.parse(row.done_to),
      }
    : null;
}

/** A cursor takes no parameters: values stand in the text, quoted. */
function enumeration(definition: Definition, { source: name, keys, doneTo }: Piece): string {
  const source = definition.sources.find((one) => one.name === name);
  if (name !== null && !source) throw new Error(`${definition.model} does not stand on ${name}`);
  const arrays = source
    ? source.key.map((_, at) => `{${keys.map((key) => JSON.stringify(key[at] ?? '')).join(',')}}`)
    : [];
  const values = [...arrays, ...(doneTo ?? [])].map(literal);
  const text = source
    ? touchedKeysAfter(definition, source, doneTo !== null)
    : allKeysAfter(definition, doneTo !== null);
  return text.replace(/\$(\d+)/g, (_, n: string) => {
    const value = values[Number(n) - 1] ?? 'null';
    const column = source?.key[Number(n) - 1];
    return column ? `${value}::${column.type}[]` : value;
  });
}

interface Done {
  /** The turn's, in the change log. */
  readonly position: bigint;
  readonly tookMs: number;
}

/** Resolves with null when the piece was asked for again meanwhile and has to begin anew. */
async function rewriteChunk(
  { db, batch, state }: Turn,
  piece: Piece,
  definition: Definition,
  keys: readonly Key[],
): Promise<Done | null> {
  const began = performance.now();
  const touched = new TouchedKeys();
  touched.add(definition.hash, keys);
  const live = state.models.filter(({ stopped }) => stopped === null);
  await db.query('savepoint chunk');
  const { changed } = await rewriteAll(db, live, touched, batch, false).catch(async (error: unknown) => {
    if (!isFaultOfData(error)) throw error;
    await db.query('rollback to savepoint chunk');
    const again = new TouchedKeys();
    again.add(definition.hash, keys);
    return rewriteAll(db, live, again, batch, true);
  });
  if (changed.size > 0) await markChanged(db, [...changed.keys()], batch);
  const { rowCount } = await db.query('update skiff.pending set done_to = $3 where id = any($1) and batch <= $2', [
    piece.ids,
    piece.batch,
    keys.at(-1),
  ]);
  if (rowCount !== piece.ids.length) return null;
  return { position: BigInt(batch), tookMs: performance.now() - began };
}
