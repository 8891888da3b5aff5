/**
 * Key sweeps: all keys the ERP lists, against all keys of the mirror.
 *
 * The lists are compared as sets when the sweep is through, since the ERP's order of keys is its own. A difference is
 * only a reason to ask for these rows: while the keys were listed page by page, rows came and went.
 */
import type pg from 'pg';
import type { RowKey } from '../../erp/transport.ts';
import type { StoredTable } from '../mirror.ts';
import { literal, mirrorTable } from '../sql.ts';
import { keyRows } from './verdict.ts';

export async function rememberListed(db: pg.ClientBase, table: string, keys: readonly RowKey[]): Promise<void> {
  await db.query({
    name: 'remember_listed',
    text: /* sql */ `
      insert into skiff.listed_key (table_name, key)
      select $1, array(select json_array_elements_text(r.key)) from json_to_recordset($2) as r(key json)
      on conflict do nothing`,
    values: [table, keyRows(keys)],
  });
}

export const forgetListed = (db: pg.ClientBase, table: string): Promise<unknown> =>
  db.query('delete from skiff.listed_key where table_name = $1', [table]);

/** Some hundred keys in which they differ. Those that were asked for since the sweep began are no more among them. */
export async function listedDifference(
  db: pg.ClientBase,
  table: StoredTable,
  begunAt: string,
  unseenSince: string | null,
): Promise<string[][]> {
  const key = `array[${table.key.map((column) => `m."${column}"::text`).join(', ')}]`;
  const { rows } = await db.query<{ key: string }>(
    /* sql */ `
    select to_json(coalesce(l.key, m.key))::text as key
    from (select key from skiff.listed_key where table_name = $1) l
    full join (select ${key} as key from ${mirrorTable(table.name)} m) m on m.key = l.key
    left join skiff.row_version v on v.table_name = ${literal(table.name)} and v.key = coalesce(l.key, m.key)
    where (l.key is null or m.key is null or ($3::timestamptz is not null and (v.at is null or v.at < $3::timestamptz)))
      and (v.at is null or v.at < $2::timestamptz)
    limit 1000`,
    [table.name, begunAt, unseenSince],
  );
  return rows.map(({ key }) => JSON.parse(key));
}
