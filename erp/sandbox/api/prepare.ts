/** Makes the ERP's database ready for its API: versions and times in every row, and an index to read changes by. */
import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import { ident } from '../../postgres/sql.ts';
import { tables } from '../tables.ts';

const ddl = (file: string): Promise<string> => readFile(new URL(file, import.meta.url), 'utf8');

/** May be run again; also on a database that an earlier Skiff has made. */
export async function prepareApi(client: pg.ClientBase): Promise<void> {
  await client.query(await ddl('../row-versions.sql'));
  for (const { name, key } of tables) {
    await client.query(
      `create index if not exists ${ident(`${name}_changes`)} on public.${ident(name)} (changed_at, ${key.map(ident).join(', ')})`,
    );
  }
}
