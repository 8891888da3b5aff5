/**
 * The stored definitions: every read model that is maintained, also those that only an older process still serves.
 */
import type pg from 'pg';
import { list, literal } from '../sql.ts';
import { type Definition, modelView, readTable } from './definition.ts';

export type ReadModelState =
  /** Known, but what it stands on is not there yet. */
  | 'waiting'
  /** Its rows are being made; changed keys queue. */
  | 'building'
  | 'ready';

export interface Registered {
  readonly definition: Definition;
  readonly state: ReadModelState;
  /** Why it is not maintained at present. */
  readonly stopped: string | null;
  /** Some of its keys are quarantined. */
  readonly incomplete: boolean;
}

export async function registered(db: pg.ClientBase): Promise<Registered[]> {
  const { rows } = await db.query<{
    definition: string;
    state: ReadModelState;
    stopped: string | null;
    incomplete: string;
  }>(/* sql */ `
    select definition::text, state, stopped,
      exists (select from skiff.quarantine q where q.hash = m.hash)::text as incomplete
    from skiff.read_model m order by registered_at, hash`);
  const all = rows.map(
    (row): Registered => ({
      definition: JSON.parse(row.definition),
      state: row.state,
      stopped: row.stopped,
      incomplete: row.incomplete === 'true',
    }),
  );
  return inOrderOfDependence(all);
}

/** What stands on another read model comes after it. */
function inOrderOfDependence(all: readonly Registered[]): Registered[] {
  const byHash = new Map(all.map((one) => [one.definition.hash, one]));
  const ordered = new Set<Registered>();
  const visit = (one: Registered): void => {
    for (const { hash } of one.definition.sources) {
      const below = hash === undefined ? undefined : byHash.get(hash);
      if (below) visit(below);
    }
    ordered.add(one);
  };
  for (const one of all) visit(one);
  return [...ordered];
}

/** The hashes of a definition and of all it stands on. */
export function standsOn(definition: Definition, all: readonly Registered[]): string[] {
  const below = definition.sources.flatMap(({ hash }) => {
    const found = hash === undefined ? undefined : all.find((one) => one.definition.hash === hash);
    return found ? standsOn(found.definition, all) : [];
  });
  return [...new Set([definition.hash, ...below])];
}

/** The mirrored tables a definition reads, through what it stands on as well. */
export function tablesOf(definition: Definition, all: readonly Registered[]): string[] {
  const hashes = standsOn(definition, all);
  const definitions = [definition, ...all.map((one) => one.definition)].filter(({ hash }) => hashes.includes(hash));
  return [...new Set(definitions.flatMap(({ sources }) => sources.filter((s) => !s.hash).map(({ name }) => name)))];
}

export async function register(db: pg.ClientBase, definition: Definition): Promise<void> {
  await db.query(
    /* sql */ `
    insert into skiff.read_model (hash, model, definition, state) values ($1, $2, $3, 'waiting')
    on conflict (hash) do update set claimed_at = now()`,
    [definition.hash, definition.model, JSON.stringify(definition)],
  );
}

/** Whatever was built of it before is thrown away: from the next batch on its changed keys queue. */
export async function beginBuild(db: pg.ClientBase, { hash }: Definition): Promise<void> {
  await db.query('delete from skiff.build_key where hash = $1', [hash]);
  await db.query(`update skiff.read_model set state = 'building', stopped = null where hash = $1`, [hash]);
}

export async function forget(db: pg.ClientBase, definition: Definition): Promise<void> {
  await db.query('delete from skiff.read_model where hash = $1', [definition.hash]);
  await db.query(`drop table if exists ${readTable(definition)}`);
  await db.query(`drop view if exists ${modelView(definition)}`);
}

export async function stop(db: pg.ClientBase, hashes: readonly string[], reason: string): Promise<void> {
  await db.query('update skiff.read_model set stopped = $2 where hash = any($1) and stopped is null', [hashes, reason]);
}

/** It was not followed for a while: all its keys are looked at again, behind the stream. */
export async function resume(db: pg.ClientBase, hashes: readonly string[]): Promise<void> {
  await db.query('update skiff.read_model set stopped = null where hash = any($1)', [hashes]);
  await refreshWhole(db, hashes);
}

export async function refreshWhole(db: pg.ClientBase, hashes: readonly string[]): Promise<void> {
  if (hashes.length === 0) return;
  await db.query(/* sql */ `
    insert into skiff.pending (hash, batch, as_of)
    select m.hash, h.batch, m.as_of from skiff.read_model m, skiff.head h
    where m.state = 'ready' and m.hash in (${list(hashes, literal)})
    on conflict (hash, source, key) do update set batch = excluded.batch, done_to = null`);
}
