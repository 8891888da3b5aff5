/**
 * `npm run check:read-models`: finds a missing or wrong `@from` before it costs anybody a wrong row.
 *
 * For sampled rows of each source table: in a transaction that is rolled back, the row is deleted, or each of its used
 * columns is changed; the keys `@from` gives before and after are compared with the rows that really differ. What all rows
 * were is read once for all deeds of a source row, in one snapshot: replication may go on meanwhile.
 */
import pg from 'pg';
import { keyArrays } from './apply/mirror-rows.ts';
import { touchedKeys } from './apply/statements.ts';
import { connect } from './connect.ts';
import { storedTables } from './mirror.ts';
import { type Definition, modelView, type Source } from './model/definition.ts';
import { registered } from './model/registry.ts';
import { ident, list, mirrorTable } from './sql.ts';

export interface MissedKeys {
  readonly model: string;
  readonly source: string;
  /** What was done to the source row. */
  readonly deed: string;
  readonly sourceKey: readonly string[];
  /** Keys whose row changed although no `@from` named them. */
  readonly missed: readonly string[];
}

const samples = 3;
const ATTEMPTS = 10;
const SERIALIZATION_FAILURE = '40001';
const all = 2_147_483_647;

export async function checkReadModels(db: pg.Client, onModel: (model: string) => void): Promise<MissedKeys[]> {
  const missed: MissedKeys[] = [];
  await db.query('create temp table before_deed (key text, row text) on commit delete rows');
  const types = new Map((await storedTables(db)).map((table) => [table.name, table.columns]));
  for (const { definition, state } of await registered(db)) {
    if (state !== 'ready') continue;
    onModel(definition.model);
    for (const source of definition.sources) {
      if (source.hash) continue;
      const key = list(
        source.key.map(({ column }) => column),
        (name) => `${ident(name)}::text`,
      );
      const { rows } = await db.query<string[]>({
        text: `select ${key} from ${mirrorTable(source.name)} order by md5(${key.replaceAll(', ', ' || ')}) limit ${samples}`,
        rowMode: 'array',
      });
      for (const sourceKey of rows) {
        const tried = await tryDeeds(db, definition, source, sourceKey, deeds(source, types.get(source.name) ?? {}));
        for (const { deed, keys } of tried) {
          missed.push({ model: definition.model, source: source.name, deed, sourceKey, missed: keys });
        }
      }
    }
  }
  return missed;
}

interface Deed {
  readonly name: string;
  /** SQL over the source table `t`, of which one row is meant. */
  readonly sql: (where: string) => string;
}

/** Deletes the row, and gives each used column another row's value, or none. */
function deeds(source: Source, types: Readonly<Record<string, string>>): Deed[] {
  const table = mirrorTable(source.name);
  const key = source.key.map(({ column }) => column);
  const columns = source.uses.filter((column) => !key.includes(column) && types[column] !== undefined);
  return [
    { name: 'delete', sql: (where) => `delete from ${table} t where ${where}` },
    ...columns.flatMap((column): Deed[] => [
      { name: `${column} = null`, sql: (where) => `update ${table} t set ${ident(column)} = null where ${where}` },
      {
        name: `${column} = another`,
        sql: (where) => /* sql */ `
          update ${table} t set ${ident(column)} = (
            select o.${ident(column)} from ${table} o where o.${ident(column)} is distinct from t.${ident(column)} limit 1)
          where ${where}`,
      },
    ]),
  ];
}

interface Tried {
  readonly deed: string;
  /** Keys that it changed and no `@from` named. */
  readonly keys: readonly string[];
}

/** Until replication leaves the row alone for as long as it takes. */
async function tryDeeds(
  db: pg.Client,
  definition: Definition,
  source: Source,
  sourceKey: readonly string[],
  deeds: readonly Deed[],
): Promise<Tried[]> {
  for (let attempt = 1; ; attempt++) {
    await db.query('begin isolation level repeatable read');
    try {
      await db.query({ name: `rows_${definition.hash}`, text: `insert into before_deed ${rowsOf(definition)}` });
      const tried: Tried[] = [];
      for (const deed of deeds) {
        await db.query('savepoint deed');
        const keys = await missedBy(db, definition, source, sourceKey, deed);
        await db.query('rollback to savepoint deed');
        if (keys.length > 0) tried.push({ deed: deed.name, keys });
      }
      return tried;
    } catch (error) {
      const isOvertaken = error instanceof pg.DatabaseError && error.code === SERIALIZATION_FAILURE;
      if (!isOvertaken || attempt === ATTEMPTS) throw error;
    } finally {
      await db.query('rollback');
    }
  }
}

/** Every row of a read model, as its `key` and a hash of all of it. */
function rowsOf(definition: Definition): string {
  const key = definition.key.map(({ column }) => `v.${ident(column)}::text`).join(', ');
  const row = list(Object.keys(definition.columns), (name) => `v.${ident(name)}::text`);
  return /* sql */ `
    select array_to_json(array[${key}])::text as key, md5(row(${row})::text) as row from ${modelView(definition)} v`;
}

async function missedBy(
  db: pg.Client,
  definition: Definition,
  source: Source,
  sourceKey: readonly string[],
  deed: Deed,
): Promise<string[]> {
  const asked = async () =>
    (
      await db.query<string[]>({
        name: `keys_${definition.hash}_${definition.sources.indexOf(source)}`,
        text: touchedKeys(definition, source),
        values: [...keyArrays([sourceKey], source.key.length), all],
        rowMode: 'array',
      })
    ).rows.map((row) => JSON.stringify(row));
  const named = new Set(await asked());
  await db.query(deed.sql(equalTo(source, sourceKey)));
  for (const one of await asked()) named.add(one);
  // Named, since planning takes longer than looking.
  const { rows } = await db.query<{ key: string }>({
    name: `differ_${definition.hash}`,
    text: /* sql */ `
      select key from before_deed b full join (${rowsOf(definition)}) a using (key) where a.row is distinct from b.row`,
  });
  return rows.map(({ key }) => JSON.stringify(JSON.parse(key))).filter((one) => !named.has(one));
}

const equalTo = (source: Source, key: readonly string[]): string =>
  source.key
    .map(({ column, type }, at) => `t.${ident(column)} = '${(key[at] ?? '').replaceAll("'", "''")}'::${type}`)
    .join(' and ');

/** Resolves with whether every `@from` named all it must. */
export async function runCheckReadModels(databaseUrl: string): Promise<boolean> {
  const db = await connect(databaseUrl, 'builder');
  try {
    const missed = await checkReadModels(db, (model) => process.stderr.write(`Checking ${model}\n`));
    for (const { model, source, deed, sourceKey, missed: keys } of missed) {
      const rows = keys.slice(0, 5).join(', ');
      process.stderr.write(
        `${model}.sql: @from ${source} misses keys: after "${deed}" on ${source} ${sourceKey.join(':')}, rows ${rows} differ.\n`,
      );
    }
    process.stdout.write(`${JSON.stringify({ missed: missed.length })}\n`);
    return missed.length === 0;
  } finally {
    await db.end();
  }
}
