/**
 * Brings what a copy holds into the mirror, as changes like any other.
 *
 * Rows that the running stream has touched are newer than the copy, but for columns that no change has carried.
 * The stream goes on meanwhile: a first look finds candidates, and each chunk is looked at again in its turn.
 */
import type pg from 'pg';
import type { Change, RowText } from '../../erp/change.ts';
import type { Applier } from '../apply/applier.ts';
import { applyWithin } from '../apply/batch.ts';
import type { Key } from '../apply/fold.ts';
import { keyArrays } from '../apply/mirror-rows.ts';
import type { StoredTable } from '../mirror.ts';
import { equal, ident, list, literal, mirrorTable, unnested } from '../sql.ts';

const chunk = 500;

export async function mergeCopy(
  db: pg.Client,
  applier: Applier,
  table: StoredTable,
  deletions: 'deletions too' | 'no deletions',
): Promise<void> {
  const names = table.key.map((_, at) => `key_${at}`);
  const from = (columns: string) => `${columns} from (${difference(table, deletions)}) as d`;
  await db.query('begin');
  try {
    await db.query(`declare candidates no scroll cursor for select ${from(list(names))}`);
    for (;;) {
      const { rows } = await db.query<string[]>({ text: `fetch ${chunk} from candidates`, rowMode: 'array' });
      if (rows.length === 0) break;
      await applier.turn(async (turn) => {
        const changes = await differing(turn.db, table, deletions, rows);
        await turn.db.query('savepoint merged');
        await applyWithin(turn, changes, false).catch(async () => {
          await turn.db.query('rollback to savepoint merged');
          await applyWithin(turn, changes, true);
        });
      });
    }
  } finally {
    await db.query('rollback');
  }
}

/** Rows of the copy and the mirror that differ, with the columns the copy is right about. */
function difference(table: StoredTable, deletions: 'deletions too' | 'no deletions', only = ''): string {
  const columns = Object.keys(table.columns);
  const first = ident(table.key[0] ?? '');
  const text = (alias: string) => list(columns, (name) => `${alias}.${ident(name)}::text`);
  const key = (name: string) => `coalesce(c.${ident(name)}, m.${ident(name)})::text`;
  return /* sql */ `
    select ${table.key.map((name, at) => `${key(name)} as key_${at}`).join(', ')},
      ${list(columns, (name) => `c.${ident(name)} as ${ident(`copy_${name}`)}`)},
      (c.${first} is null)::text as gone, to_json(t.missing)::text as missing
    from (select * from copying.${ident(table.name)} ${only}) c
    full join (select * from ${mirrorTable(table.name)} ${only}) m on ${equal(table.key, 'c', 'm')}
    left join skiff.touched t on t.table_name = ${literal(table.name)} and t.key = array[${list(table.key, key)}]
    where (t.key is null or cardinality(t.missing) > 0)
      and (c.${first} is null or m.${first} is null or row(${text('c')}) is distinct from row(${text('m')}))
      ${deletions === 'deletions too' ? '' : `and c.${first} is not null`}`;
}

async function differing(
  db: pg.ClientBase,
  table: StoredTable,
  deletions: 'deletions too' | 'no deletions',
  keys: readonly Key[],
): Promise<Change[]> {
  const types = table.key.map((column) => ({ column, type: table.columns[column] ?? 'text' }));
  const only = `where (${list(table.key)}) in (select ${list(table.key)} from ${unnested(types)})`;
  const { rows } = await db.query<RowText>(difference(table, deletions, only), keyArrays(keys, table.key.length));
  return rows.flatMap((row) => changeOf(table, row));
}

function changeOf(table: StoredTable, row: RowText): Change[] {
  const key = Object.fromEntries(table.key.map((name, at) => [name, row[`key_${at}`] ?? null]));
  const missing: readonly string[] | null = row.missing ? JSON.parse(row.missing) : null;
  if (row.gone === 'true') return missing ? [] : [{ op: 'delete', table: table.name, key }];
  const carried = missing ?? Object.keys(table.columns);
  const values = Object.fromEntries(carried.map((name) => [name, row[`copy_${name}`] ?? null]));
  return [{ op: 'upsert', table: table.name, row: { ...key, ...values } }];
}
