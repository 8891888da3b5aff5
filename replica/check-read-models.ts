/**
 * `npm run check:read-models`: finds a missing or wrong `@from` before it costs anybody a wrong row.
 *
 * For sampled rows of each source table: in a transaction that is rolled back, the row is deleted, or each of its used
 * columns is changed; the keys `@from` gives before and after are compared with the rows that really differ.
 */
import type pg from 'pg';
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
const all = 2_147_483_647;

export async function checkReadModels(db: pg.Client, onModel: (model: string) => void): Promise<MissedKeys[]> {
  const missed: MissedKeys[] = [];
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
        for (const deed of deeds(source, types.get(source.name) ?? {})) {
          const keys = await tryDeed(db, definition, source, sourceKey, deed);
          if (keys.length > 0) {
            missed.push({ model: definition.model, source: source.name, deed: deed.name, sourceKey, missed: keys });
          }
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

async function tryDeed(
  db: pg.Client,
  definition: Definition,
  source: Source,
  sourceKey: readonly string[],
  deed: Deed,
): Promise<string[]> {
  const key = definition.key.map(({ column }) => column);
  const rowText = `md5(row(${list(Object.keys(definition.columns), (name) => `v.${ident(name)}::text`)})::text)`;
  const keyText = `array_to_json(array[${list(key, (name) => `v.${ident(name)}::text`)}])::text`;
  const asked = async () =>
    (
      await db.query<string[]>({
        text: touchedKeys(definition, source),
        values: [...keyArrays([sourceKey], source.key.length), all],
        rowMode: 'array',
      })
    ).rows.map((row) => JSON.stringify(row));
  await db.query('begin');
  try {
    await db.query(
      `create temp table before_deed on commit drop as select ${keyText} as key, ${rowText} as row from ${modelView(definition)} v`,
    );
    const named = new Set(await asked());
    const where = equalTo(source, sourceKey);
    await db.query(deed.sql(where));
    for (const one of await asked()) named.add(one);
    const { rows } = await db.query<{ key: string }>(/* sql */ `
      select key from before_deed b
      full join (select ${keyText} as key, ${rowText} as row from ${modelView(definition)} v) a using (key)
      where a.row is distinct from b.row`);
    return rows.map(({ key }) => JSON.stringify(JSON.parse(key))).filter((one) => !named.has(one));
  } finally {
    await db.query('rollback');
  }
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
