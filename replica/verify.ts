/**
 * Verifies every read model against the mirror: in one snapshot, what the rows are against what they ought to be.
 *
 * Keys that still wait behind the stream, and quarantined ones, are counted apart: that they differ is known.
 */
import type pg from 'pg';
import { keyArrays } from './apply/mirror-rows.ts';
import { touchedKeysAfter } from './apply/statements.ts';
import { type Definition, modelView, readTable } from './model/definition.ts';
import { registered } from './model/registry.ts';
import { equal, ident, list } from './sql.ts';

export interface ModelVerdict {
  readonly model: string;
  readonly hash: string;
  readonly rows: number;
  readonly differences: number;
  /** Differing keys that still wait behind the stream. */
  readonly pending: number;
  readonly quarantined: number;
  /** Some differing keys, to look at. */
  readonly sample: readonly (readonly string[])[];
}

export async function verifyAll(db: pg.Client, onVerdict: (verdict: ModelVerdict) => void): Promise<ModelVerdict[]> {
  const verdicts: ModelVerdict[] = [];
  await db.query('begin isolation level repeatable read, read only');
  try {
    for (const { definition, state, stopped } of await registered(db)) {
      if (state !== 'ready' || stopped !== null) continue;
      const verdict = await verify(db, definition);
      verdicts.push(verdict);
      onVerdict(verdict);
    }
  } finally {
    await db.query('rollback');
  }
  return verdicts;
}

async function verify(db: pg.Client, definition: Definition): Promise<ModelVerdict> {
  const columns = definition.key.map(({ column }) => column);
  const [first = ''] = columns;
  const { rows: counted } = await db.query<{ rows: string; quarantined: string }>(
    `select count(*)::text as rows, (select count(*) from skiff.quarantine where hash = $1)::text as quarantined from ${readTable(definition)}`,
    [definition.hash],
  );
  const { rows: differing } = await db.query<string[]>({
    text: /* sql */ `
      select ${list(columns, (name) => `coalesce(n.${ident(name)}, o.${ident(name)})::text`)}
      from ${modelView(definition)} n full join ${readTable(definition)} o on ${equal(columns, 'n', 'o')}
      where n.${ident(first)} is null or o.${ident(first)} is null
        or row(${list(Object.keys(definition.columns), (name) => `n.${ident(name)}::text`)})
          is distinct from row(${list(Object.keys(definition.columns), (name) => `o.${ident(name)}::text`)})`,
    rowMode: 'array',
  });
  const known = differing.length > 0 ? await pendingKeys(db, definition) : new Set<string>();
  const real = known === 'all' ? [] : differing.filter((key) => !known.has(JSON.stringify(key)));
  return {
    model: definition.model,
    hash: definition.hash,
    rows: Number(counted[0]?.rows),
    differences: real.length,
    pending: differing.length - real.length,
    quarantined: Number(counted[0]?.quarantined),
    sample: real.slice(0, 10),
  };
}

async function pendingKeys(db: pg.Client, definition: Definition): Promise<Set<string> | 'all'> {
  const { rows } = await db.query<{ source: string | null; key: string | null }>(
    /* sql */ `
    select source, to_json(key)::text as key from skiff.pending where hash = $1
    union all select 'quarantine', to_json(key)::text from skiff.quarantine where hash = $1`,
    [definition.hash],
  );
  if (rows.some(({ source }) => source === null)) return 'all';
  const found = new Set<string>();
  for (const { source: name, key } of rows) {
    if (name === 'quarantine') found.add(JSON.stringify(JSON.parse(key ?? '[]')));
    const source = definition.sources.find((one) => one.name === name);
    if (!source) continue;
    const touched = await db.query<string[]>({
      text: touchedKeysAfter(definition, source, false),
      values: keyArrays([JSON.parse(key ?? '[]')], source.key.length),
      rowMode: 'array',
    });
    for (const row of touched.rows) found.add(JSON.stringify(row));
  }
  return found;
}
