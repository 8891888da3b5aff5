/**
 * Turns read-model files into definitions, or says clearly what is wrong with one.
 *
 * Everything is tried out in a transaction that is rolled back: the SELECT and each `@from` become views,
 * PostgreSQL says what they read, and nothing of it stays.
 */
import pg from 'pg';
import type { MirrorTable } from '../../erp/connector.ts';
import { InvalidReadModel } from '../errors.ts';
import { type FlatSchema, type FlatType, plantField } from '../flat-type.ts';
import { indexesFor } from '../read/indexes.ts';
import { kindOf } from '../read/sql-type.ts';
import { ident } from '../sql.ts';
import { type Definition, hashOf, type KeyColumn, readTable, type Source } from './definition.ts';
import { type FromLine, type ReadModelFile, withoutComments } from './file.ts';
import { misfits } from './fit.ts';
import { clockLiteral, inspectView, type ViewFacts } from './inspect.ts';

/**
 * In order of dependence: what stands on another comes after it. Within the caller's transaction, of which it
 * leaves nothing behind.
 */
export async function define(
  db: pg.Client,
  files: readonly ReadModelFile[],
  schema: FlatSchema,
  tables: readonly MirrorTable[],
): Promise<Definition[]> {
  const definitions = new Map<string, Definition>();
  await db.query('savepoint define');
  try {
    for (const file of inOrder(files)) {
      const type = schema.types.find(({ model }) => model === file.model);
      const definition = await defineOne(db, file, type, schema, new Map(tables.map((t) => [t.name, t])), definitions);
      definitions.set(file.model, definition);
      const columns = Object.entries(definition.columns).map(([name, sqlType]) => `${ident(name)} ${sqlType}`);
      await db.query(`create table if not exists ${readTable(definition)} (${columns.join(', ')})`);
    }
  } finally {
    await db.query('rollback to savepoint define');
  }
  return [...definitions.values()];
}

async function defineOne(
  db: pg.Client,
  file: ReadModelFile,
  type: FlatType | undefined,
  schema: FlatSchema,
  tables: ReadonlyMap<string, MirrorTable>,
  earlier: ReadonlyMap<string, Definition>,
): Promise<Definition> {
  const invalid = (problem: string, remedy: string, cause?: unknown) =>
    new InvalidReadModel(file.file, problem, remedy, { cause });
  const resolved = (sql: string) =>
    sql.replace(/\bread\.([a-z][a-z0-9_]*)/g, (whole, model: string) => {
      const definition = earlier.get(model);
      return definition ? readTable(definition) : whole;
    });

  const select = resolved(file.select);
  const facts = await tryView(db, select, '', invalid);
  refuseClocks(facts, select, invalid);
  const key = file.key.map((column): KeyColumn => {
    const sqlType = facts.columns[column];
    if (!sqlType) throw invalid(`its key column "${column}" is no column of the SELECT`, 'Mend the @key line.');
    return { column, type: sqlType };
  });

  const sourceNames = new Map<string, string>();
  for (const relation of facts.uses.keys()) sourceNames.set(sourceName(relation, tables, earlier, invalid), relation);
  for (const name of sourceNames.keys()) {
    if (!file.from.some(({ source }) => source === name)) {
      throw invalid(
        `it reads ${name} but no @from line says which keys a change of it touches`,
        `Add "-- @from ${name} select ${file.key.join(', ')} from … where … = any($1)".`,
      );
    }
  }
  const sources: Source[] = [];
  for (const line of file.from) {
    const relation = sourceNames.get(line.source);
    if (!relation) throw invalid(`it has a @from line for ${line.source}, which it does not read`, 'Delete the line.');
    sources.push(await defineSource(db, file, line, relation, facts, tables, earlier, resolved, invalid));
  }

  const rest = {
    model: file.model,
    type: type?.name ?? null,
    key,
    base: baseTable(file, key, sources, invalid),
    columns: facts.columns,
    select,
    sources,
    indexes: type ? indexesFor(type, file.key) : [],
    plant: (type && plantField(type)?.column) ?? null,
    logged: type ? loggedColumns(type, schema, file.key) : [],
  };
  if (type) {
    const [misfit] = misfits(type, rest);
    if (misfit) throw invalid(misfit.problem, misfit.remedy);
  }
  return { hash: hashOf(rest), ...rest };
}

async function defineSource(
  db: pg.Client,
  file: ReadModelFile,
  line: FromLine,
  relation: string,
  facts: ViewFacts,
  tables: ReadonlyMap<string, MirrorTable>,
  earlier: ReadonlyMap<string, Definition>,
  resolved: (sql: string) => string,
  invalid: (problem: string, remedy: string, cause?: unknown) => InvalidReadModel,
): Promise<Source> {
  const table = tables.get(line.source);
  const standsOn = earlier.get(line.source.replace(/^read\./, ''));
  const key: readonly KeyColumn[] = table
    ? table.key.map((column) => ({ column, type: table.columns[column] ?? 'text' }))
    : (standsOn?.key ?? []);
  const keys = resolved(line.sql);
  const typed = keys.replace(/\$(\d+)/g, (_, n: string) => {
    const column = key[Number(n) - 1];
    if (!column) throw invalid(`@from ${line.source} uses $${n}, but its key has ${key.length} columns`, 'Mend it.');
    return `(null::${column.type}[])`;
  });
  // The columns' names do not matter, and may be none or twice the same.
  const named = `select * from (${typed}) as k(${file.key.map((_, at) => `key_${at}`).join(', ')})`;
  const from = await tryView(db, named, `@from ${line.source}: `, invalid);
  refuseClocks(from, keys, invalid);
  if (Object.keys(from.columns).length !== file.key.length) {
    throw invalid(
      `@from ${line.source} gives ${Object.keys(from.columns).length} columns, the key has ${file.key.length}`,
      `Select ${file.key.join(', ')} in this order.`,
    );
  }
  for (const other of from.uses.keys()) {
    if (!facts.uses.has(other)) {
      throw invalid(`@from ${line.source} reads ${other}, which the SELECT does not`, 'Reach the keys another way.');
    }
  }
  const keysUse = [...(from.uses.get(relation) ?? [])].sort();
  return {
    name: line.source,
    ...(table || !standsOn ? {} : { hash: standsOn.hash }),
    key,
    keys,
    uses: [...new Set([...(facts.uses.get(relation) ?? []), ...keysUse])].sort(),
    keysUse,
  };
}

function baseTable(
  { base }: ReadModelFile,
  key: readonly KeyColumn[],
  sources: readonly Source[],
  invalid: (problem: string, remedy: string) => InvalidReadModel,
): string | null {
  if (base === null) return null;
  const source = sources.find(({ name, hash }) => name === base && hash === undefined);
  if (!source) throw invalid(`its @base ${base} is no mirrored table that it reads`, 'Name the table of a @from line.');
  const isSame =
    source.key.length === key.length &&
    key.every(({ type }, at) => kindOf(type) === kindOf(source.key[at]?.type ?? ''));
  if (isSame) return base;
  const printed = (columns: readonly KeyColumn[]) => columns.map(({ column, type }) => `${column} ${type}`).join(', ');
  throw invalid(
    `its key (${printed(key)}) is not that of its @base ${base} (${printed(source.key)})`,
    'Name a table whose rows have the same key, or leave @base out: then no single row of it is asked for.',
  );
}

async function tryView(
  db: pg.Client,
  select: string,
  where: string,
  invalid: (problem: string, remedy: string, cause?: unknown) => InvalidReadModel,
): Promise<ViewFacts> {
  await db.query('savepoint try');
  try {
    await db.query(`create view model.trial as ${select}`);
    const facts = await inspectView(db, 'model.trial');
    await db.query('rollback to try');
    return facts;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    const hint = error.hint ? ` ${error.hint}` : '';
    const near = error.position ? ` near "${excerpt(`create view model.trial as ${select}`, error.position)}"` : '';
    throw invalid(
      `${where}PostgreSQL refuses it: ${error.message}${near}`,
      `Mend the SQL; it may read tables the connector mirrors and their mirrored columns only.${hint}`,
      error,
    );
  }
}

const excerpt = (sql: string, position: string): string =>
  sql
    .slice(Number(position) - 1, Number(position) + 40)
    .split('\n')[0]
    ?.trim() ?? '';

function refuseClocks(
  facts: ViewFacts,
  sql: string,
  invalid: (problem: string, remedy: string) => InvalidReadModel,
): void {
  const word = clockLiteral(withoutComments(sql));
  const reason = facts.volatility ?? (word ? `it holds the literal ${word}` : null);
  if (reason) {
    throw invalid(
      `its rows would change without any change in the ERP: ${reason}`,
      'What depends on the day goes into @flat(where:) or @computed(sql:) with $today.',
    );
  }
}

/** `erp.stock_move` → `stock_move`; `read.stock_month_1a2b3c4d` → `read.stock_month`. */
function sourceName(
  relation: string,
  tables: ReadonlyMap<string, MirrorTable>,
  earlier: ReadonlyMap<string, Definition>,
  invalid: (problem: string, remedy: string) => InvalidReadModel,
): string {
  const table = relation.replace(/^erp\./, '');
  if (table !== relation && tables.has(table)) return table;
  for (const definition of earlier.values()) {
    if (readTable(definition).replaceAll('"', '') === relation) return `read.${definition.model}`;
  }
  throw invalid(`it reads ${relation}`, 'A read model reads mirrored tables (erp.…) and other read models (read.…).');
}

const loggedColumns = (type: FlatType, schema: FlatSchema, key: readonly string[]): string[] => {
  const columnOf = new Map(type.fields.map(({ name, column }) => [name, column]));
  const names = [
    ...type.fields.filter(({ filter, sort, search }) => filter || sort || search).map(({ name }) => name),
    ...(type.plant && 'field' in type.plant ? [type.plant.field] : []),
    ...schema.references.flatMap(({ from, to, cardinality, by }) =>
      (cardinality === 'one' ? from : to) === type.name ? [by] : [],
    ),
  ];
  const columns = names.flatMap((name) => (name === 'id' ? key : (columnOf.get(name) ?? [])));
  return [...new Set(columns)].sort();
};

/** What stands on another read model after it; a circle is refused. */
function inOrder(files: readonly ReadModelFile[]): ReadModelFile[] {
  const byModel = new Map(files.map((file) => [file.model, file]));
  const ordered: ReadModelFile[] = [];
  const visit = (file: ReadModelFile, above: readonly ReadModelFile[]): void => {
    if (ordered.includes(file)) return;
    if (above.includes(file)) {
      const circle = [...above.slice(above.indexOf(file)), file].map(({ model }) => model).join(' → ');
      throw new InvalidReadModel(file.file, `it stands on itself (${circle})`, 'Break the circle.');
    }
    for (const [, model = ''] of withoutComments(file.select).matchAll(/\bread\.([a-z][a-z0-9_]*)/g)) {
      const other = byModel.get(model);
      if (!other)
        throw new InvalidReadModel(file.file, `it reads read.${model}, which has no file`, `Add ${model}.sql.`);
      visit(other, [...above, file]);
    }
    ordered.push(file);
  };
  for (const file of files) visit(file, []);
  return ordered;
}
