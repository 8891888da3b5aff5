/** Makes as many delayed shipments as a bench asks for, of the few that a small sandbox has. */
import { type Definition, readTable } from '../../replica/model/definition.ts';
import { ident } from '../../replica/sql.ts';
import type { Database } from '../databases.ts';
import { say } from '../figures.ts';

export interface Grown {
  /** Quoted, of the read model. */
  readonly table: string;
  /** Rows that are late on this day. */
  readonly rows: number;
}

/** Secondary indexes are made anew behind the rows, but for those of searches: no export goes by them. */
export async function growTo({ pool }: Database, definition: Definition, today: string, rows: number): Promise<Grown> {
  const table = readTable(definition);
  const name = table.slice(table.indexOf('.') + 1).replaceAll('"', '');
  const late = async (): Promise<number> => {
    const found = await pool.query<{ count: string }>(`select count(*) from ${table} where planned_date < $1::date`, [
      today,
    ]);
    return Number(found.rows[0]?.count);
  };
  const before = await late();
  if (before === 0) throw new Error('No shipment of the sandbox is late');
  const { rows: indexes } = await pool.query<{ indexname: string; indexdef: string }>(
    `select indexname, indexdef from pg_indexes where schemaname = 'read' and tablename = $1 and indexname not in (
       select conname from pg_constraint where conrelid = $2::regclass)`,
    [name, table],
  );
  for (const { indexname } of indexes) await pool.query(`drop index read.${ident(indexname)}`);
  const columns = Object.keys(definition.columns);
  const [first] = definition.key;
  const values = columns.map((column) => {
    if (column === first?.column) return `s.${ident(column)} || '-${rows}-' || n`;
    return column === 'planned_date' ? `s.planned_date - (n % 365)::int` : `s.${ident(column)}`;
  });
  say(`Growing from ${before} delayed shipments to ${rows}`);
  await pool.query(
    `insert into ${table} (${columns.map((column) => ident(column)).join(', ')})
     select ${values.join(', ')} from generate_series(1, $2::int) n,
       (select * from ${table} where planned_date < $1::date order by ${definition.key.map(({ column }) => ident(column)).join(', ')} limit 1000) s
     limit $3`,
    [today, rows, rows - before],
  );
  for (const { indexdef } of indexes) if (!indexdef.includes('USING gin')) await pool.query(indexdef);
  await pool.query(`vacuum analyze ${table}`);
  return { table, rows: await late() };
}
