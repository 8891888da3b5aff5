/**
 * Changes without any sense, on every mirrored table: rows that appear, change, point elsewhere or nowhere, take another
 * key, go, or come back. For tests of exactness, on a sandbox without foreign keys.
 *
 * A new value is, most often, another row's value of the same column, so that joins meet; else a made-up one, or null.
 */
import type pg from 'pg';
import type { MirrorTable } from '../connector.ts';
import { connector } from './connector.ts';
import type { Random } from './random.ts';

interface Column {
  readonly name: string;
  readonly type: string;
  /** Of a text; null for no limit. */
  readonly length: number | null;
  readonly nullable: boolean;
}

interface Table extends MirrorTable {
  readonly found: readonly Column[];
  /** How often it is changed: nearly as its rows, so that the few plants and companies stay what others can join. */
  readonly weight: number;
  /** Rows that were deleted or took another key, as JSON. Most come back, or soon nothing would be left that joins. */
  readonly deleted: string[];
}

const TRANSACTION_AT_MOST = 5;
const ROLLED_BACK = 0.05;
const COLLISION = '23505';

/**
 * `count` changes in transactions of one to five, a few of them rolled back on top.
 *
 * @param spared tables that somebody else changes, with sense
 */
export async function randomChanges(
  client: pg.ClientBase,
  random: Random,
  count: number,
  spared: readonly string[] = [],
): Promise<void> {
  const tables = (await mirroredTables(client)).filter(({ name }) => !spared.includes(name));
  for (let done = 0; done < count; ) {
    const inOne = Math.min(random.integer(1, TRANSACTION_AT_MOST), count - done);
    const isKept = !random.happens(ROLLED_BACK);
    await client.query('begin');
    let changed = 0;
    for (let change = 0; change < inOne; change++) {
      changed += await changeSomething(client, random, anyTable(random, tables));
    }
    await client.query(isKept ? 'commit' : 'rollback');
    if (isKept) done += changed;
  }
}

async function mirroredTables(client: pg.ClientBase): Promise<readonly Table[]> {
  const { rows } = await client.query<Column & { table: string }>(/* sql */ `
    select table_name as table, column_name as name, data_type as type, character_maximum_length as length, is_nullable = 'YES' as nullable
    from information_schema.columns where table_schema = 'public' order by table_name, ordinal_position`);
  const tables: Table[] = [];
  for (const table of connector({}).tables) {
    const counted = await client.query<{ count: string }>(`select count(*)::text as count from ${table.name}`);
    tables.push({
      ...table,
      // What nobody mirrors may stay as it is; the rest may change in every way its type allows.
      found: rows.filter((column) => column.table === table.name && column.name in table.columns),
      weight: (1 + Number(counted.rows[0]?.count)) ** 0.75,
      deleted: [],
    });
  }
  return tables;
}

function anyTable(random: Random, tables: readonly Table[]): Table | undefined {
  let left = random.next() * tables.reduce((sum, { weight }) => sum + weight, 0);
  return tables.find(({ weight }) => {
    left -= weight;
    return left < 0;
  });
}

/** Answers how many rows it changed: none when the table is empty or the key was taken. */
async function changeSomething(client: pg.ClientBase, random: Random, table: Table | undefined): Promise<number> {
  if (!table) return 0;
  const row = await anyRow(client, random, table);
  if (!row) return 0;
  const where = table.key.map((column, at) => `${column} = $${at + 1}`).join(' and ');
  const key = table.key.map((column) => row[column]);
  const what = random.next();
  await client.query('savepoint change');
  try {
    if (what < 0.15) {
      const gone = await client.query<{ row: string }>(
        `delete from ${table.name} t where ${where} returning to_json(t)::text as row`,
        key,
      );
      table.deleted.push(...gone.rows.map(({ row }) => row));
      return rowCount(gone);
    }
    const back = what < 0.28 && table.deleted.splice(random.integer(0, table.deleted.length), 1)[0];
    if (back) {
      const sql = `insert into ${table.name} select * from json_populate_record(null::${table.name}, $1)`;
      return rowCount(await client.query(sql, [back]));
    }
    const isCopy = what < 0.35;
    const changed = await changedValues(client, random, table, isCopy || what < 0.4);
    const names = Object.keys(changed);
    const values = names.map((name) => changed[name]);
    if (isCopy) {
      return rowCount(
        await client.query(
          `insert into ${table.name} select r.* from ${table.name} t, json_populate_record(t, $${key.length + 1}) r where ${where.replaceAll(/(\w+) =/g, 't.$1 =')}`,
          [...key, JSON.stringify(changed)],
        ),
      );
    }
    const set = names.map((name, at) => `${name} = $${key.length + at + 1}`).join(', ');
    const was = await client.query<{ row: string }>(
      `with was as (select t.* from ${table.name} t where ${where})
      update ${table.name} t set ${set} from was where ${table.key.map((column) => `t.${column} = was.${column}`).join(' and ')}
      returning to_json(was)::text as row`,
      [...key, ...values],
    );
    if (names.some((name) => table.key.includes(name))) table.deleted.push(...was.rows.map(({ row }) => row));
    return rowCount(was);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === COLLISION)) throw error;
    await client.query('rollback to savepoint change');
    return 0;
  }
}

const rowCount = (result: pg.QueryResult): number => result.rowCount ?? 0;

type Row = Readonly<Record<string, string | null>>;

async function anyRow(client: pg.ClientBase, random: Random, table: Table): Promise<Row | undefined> {
  const texts = table.found.map(({ name }) => `${name}::text`).join(', ');
  const { rows } = await client.query<Row>({
    name: `any ${table.name}`,
    // By its own columns, not by the texts of the same name: then the key's index gives the order.
    text: `select ${texts} from ${table.name} t order by ${table.key.map((column) => `t.${column}`).join(', ')}
      offset floor($1::float8 * (select count(*) from ${table.name})) limit 1`,
    values: [random.next()],
  });
  return rows[0];
}

/** New values for one to three columns; with `withKey` one of the key's among them, else none. */
async function changedValues(
  client: pg.ClientBase,
  random: Random,
  table: Table,
  withKey: boolean,
): Promise<Record<string, string | null>> {
  const isKey = ({ name }: Column) => table.key.includes(name);
  const others = table.found.filter((column) => !isKey(column));
  const chosen = [
    ...(withKey || others.length === 0 ? [random.pick(table.found.filter(isKey))] : []),
    ...Array.from({ length: random.integer(1, 3) }, () => random.pick(others)),
  ];
  const values: Record<string, string | null> = {};
  for (const column of chosen) {
    if (!column) continue;
    const what = random.next();
    if (what < 0.6)
      values[column.name] = (await anyRow(client, random, table))?.[column.name] ?? madeUp(random, column);
    else if (what < 0.8 && column.nullable && !isKey(column)) values[column.name] = null;
    else values[column.name] = madeUp(random, column);
  }
  return values;
}

/** A value that most likely means nothing. */
function madeUp(random: Random, { name, type, length }: Column): string {
  // A price is for some number of units: an ERP that said nought would have broken every one of its own reports.
  if (name === 'price_unit') return random.pick(['1', '10', '100']);
  switch (type) {
    case 'smallint':
    case 'integer':
    case 'bigint':
      return String(random.integer(1, 30_000));
    case 'numeric':
      return (random.integer(-20_000, 200_000) / 100).toFixed(2);
    case 'date':
      return new Date(Date.UTC(2026, random.integer(-24, 6), random.integer(1, 28))).toISOString().slice(0, 10);
    case 'timestamp with time zone':
      return new Date(Date.UTC(2026, random.integer(-24, 6), random.integer(1, 28))).toISOString();
    default:
      return `${random.pick(["Ä'", 'x:y', '\\', 'a"', '', 'Z'])}${random.integer(0, 999)}`.slice(
        0,
        length ?? undefined,
      );
  }
}
