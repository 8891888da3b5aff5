/** Makes the ERP's database ready for its API: an index to read changes by, what feeds the webhooks, and what was written. */
import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import { ident, literal } from '../../postgres/sql.ts';
import { tables } from '../tables.ts';

const ddl = (file: string): Promise<string> => readFile(new URL(file, import.meta.url), 'utf8');

/** May be run again; also on a database that an earlier Skiff has made. */
export async function prepareApi(client: pg.ClientBase): Promise<void> {
  await client.query(await ddl('../row-versions.sql'));
  await client.query(await ddl('events.sql'));
  await client.query(await ddl('writes.sql'));
  for (const { name, key } of tables) {
    const table = `public.${ident(name)}`;
    const columns = ['changed_at', ...key].map(ident).join(', ');
    await client.query(/* sql */ `
      create index if not exists ${ident(`${name}_changes`)} on ${table} (${columns});
      drop trigger if exists tell on ${table};
      create trigger tell after insert or update or delete on ${table}
        for each row execute function api.tell(${key.map(literal).join(', ')})`);
  }
}
