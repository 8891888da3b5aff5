/**
 * What PostgreSQL reads, in blocks, to recompute one key of a read model and to answer one page of a list: the measure
 * of whether an index serves it, which no clock is.
 */
import type pg from 'pg';
import { type AccessScope, ALL_PLANTS } from '../../replica/access-scope.ts';
import { connect, rowPool } from '../../replica/connect.ts';
import { type FlatField, type FlatSchema, type FlatType, plantField } from '../../replica/flat-type.ts';
import { type Definition, modelView, readTable } from '../../replica/model/definition.ts';
import type { Statement } from '../../replica/queryable.ts';
import { type Filter, flatReads, type PageArguments } from '../../replica/read.ts';
import { scoped } from '../../replica/scoped-rows.ts';
import type { ServedModels } from '../../replica/served.ts';
import { equal, ident, list, literal } from '../../replica/sql.ts';
import { screamingCase } from '../../schema/names.ts';

export interface Cost {
  /** `stock_level`, or `StockLevel sorted by AVAILABLE DESC`. */
  readonly what: string;
  readonly blocks: number;
}

const SAMPLES = 20;

/** The dearest of some keys of each read model, read as the applier reads them: one plan for whatever key. */
export async function keyCosts(db: pg.Client, definitions: readonly Definition[]): Promise<Cost[]> {
  await db.query(`set plan_cache_mode = force_generic_plan`);
  await db.query(`set join_collapse_limit = 16; set from_collapse_limit = 16; set jit = off`);
  const run: Run = async (text) => (await db.query<(string | null)[]>({ text, rowMode: 'array' })).rows;
  const costs: Cost[] = [];
  for (const definition of definitions) {
    const columns = definition.key.map(({ column }) => column);
    const { rows: keys } = await db.query<Record<string, string>>(
      `select ${list(columns)} from ${readTable(definition)} order by md5(row(${list(columns)})::text) limit ${SAMPLES}`,
    );
    const blocks = [];
    for (const key of keys) {
      const values = definition.key.map(({ column, type }) => `array[${literal(key[column] ?? '')}::${type}]`);
      blocks.push(
        await explained(
          run,
          `select v.* from unnest(${values.join(', ')}) as k(${list(columns)}) cross join lateral (
             select * from ${modelView(definition)} v where ${equal(columns, 'v', 'k')} offset 0) v`,
        ),
      );
    }
    costs.push({ what: definition.model, blocks: Math.max(0, ...blocks) });
  }
  return costs;
}

/**
 * The first page of every list by each of its offered filters, orders and searches, over all plants and within one; as
 * the role that runs them, for who has all plants and for who has two.
 */
export async function pageCosts(replicaUrl: string, schema: FlatSchema, served: ServedModels): Promise<Cost[]> {
  const db = await connect(replicaUrl, 'builder');
  const readers = rowPool(replicaUrl, 1);
  const reader = await readers.connect();
  try {
    const statements: Statement[] = [];
    const open = flatReads(schema, served, {
      query(statement, scope) {
        statements.push(statement);
        return scoped(reader, statement, scope);
      },
    });
    const costs: Cost[] = [];
    for (const type of schema.types) {
      const { table } = served.get(type.name);
      for (const [whose, scope] of await scopesOf(db, type, table)) {
        const reads = open('2026-11-22', scope);
        const run: Run = async (text) => (await scoped(reader, { text, values: [], rowMode: 'array' }, scope)).rows;
        for (const [name, args] of await offered(db, type, table)) {
          statements.length = 0;
          await reads.page(type.name, args);
          let blocks = 0;
          for (const { text, values } of statements) blocks += await explained(run, text, values);
          costs.push({ what: `${type.name} ${name}${whose}`, blocks });
        }
      }
    }
    return costs;
  } finally {
    reader.release();
    await readers.end();
    await db.end();
  }
}

async function scopesOf(
  db: pg.Client,
  type: FlatType,
  table: string,
): Promise<readonly (readonly [string, AccessScope])[]> {
  const plant = plantField(type)?.column;
  if (plant === undefined) return [['', ALL_PLANTS]];
  const { rows } = await db.query<{ plant: string }>(
    `select ${ident(plant)} as plant from ${table} where ${ident(plant)} is not null group by 1 order by count(*) desc limit 2`,
  );
  return [
    ['', ALL_PLANTS],
    [' with two plants', { plants: rows.map((row) => row.plant) }],
  ];
}

async function offered(
  db: pg.Client,
  type: FlatType,
  table: string,
): Promise<readonly (readonly [string, PageArguments])[]> {
  const plant = type.plant && 'field' in type.plant ? type.plant.field : undefined;
  const isOffered = type.fields.some(({ name, filter }) => name === plant && filter);
  const onePlant = plant && isOffered ? await filterBy(db, type, table, plant) : undefined;
  const places: readonly (readonly [string, Filter])[] = onePlant
    ? [
        ['', {}],
        [' in a plant', onePlant],
      ]
    : [['', {}]];
  const found: [string, PageArguments][] = [];
  for (const field of type.fields) {
    const equals = field.filter ? await filterBy(db, type, table, field.name) : undefined;
    const contains = field.search ? await searchFor(db, table, field) : undefined;
    for (const [place, within] of places) {
      if (equals) found.push([`by ${field.name}${place}`, { filter: { ...within, ...equals } }]);
      if (contains) found.push([`searched by ${field.name}${place}`, { filter: { ...within, ...contains } }]);
      if (!field.sort) continue;
      for (const direction of ['ASC', 'DESC'] as const) {
        const orderBy = { field: screamingCase(field.name), direction };
        found.push([`sorted by ${field.name} ${direction}${place}`, { filter: within, orderBy }]);
      }
    }
  }
  return found;
}

/** Equal to what some row has. */
async function filterBy(db: pg.Client, type: FlatType, table: string, name: string): Promise<Filter | undefined> {
  const field = type.fields.find((candidate) => candidate.name === name);
  if (!field) return undefined;
  const { rows } = await db.query<{ value: string }>(
    `select ${ident(field.column)}::text as value from ${table} where ${ident(field.column)} is not null
     order by md5(${ident(field.column)}::text) limit 1`,
  );
  const value = rows[0]?.value;
  if (value === undefined) return undefined;
  return { [name]: { eq: field.type === 'Boolean' ? value === 'true' : value } };
}

/** A part of a text that few rows have; where every text is in many rows there is nothing to be asked of the index. */
async function searchFor(db: pg.Client, table: string, field: FlatField): Promise<Filter | undefined> {
  const column = ident(field.column);
  const { rows } = await db.query<{ value: string }>(
    `select ${column} as value from ${table} where length(${column}) > 5 group by 1 having count(*) <= 50 order by count(*) desc, 1 limit 1`,
  );
  const value = rows[0]?.value;
  return value === undefined ? undefined : { [field.name]: { contains: value } };
}

/** Rows as texts. */
type Run = (text: string) => Promise<readonly (readonly (string | null)[])[]>;

async function explained(run: Run, text: string, values: readonly unknown[] = []): Promise<number> {
  await run(`prepare examined as ${text}`);
  const bound = values.map((value) =>
    Array.isArray(value) ? `array[${value.map((one) => literal(String(one))).join(', ')}]` : literal(String(value)),
  );
  const rows = await run(
    `explain (analyze, buffers, format json) execute examined${bound.length > 0 ? `(${bound.join(', ')})` : ''}`,
  );
  await run('deallocate examined');
  const [{ Plan: plan }] = JSON.parse(rows[0]?.[0] ?? '[]');
  return plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
}
