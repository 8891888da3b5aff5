/** Whether the replica holds what the ERP holds: what every bench ends with, since a wrong answer is never fast. */
import { z } from 'zod';
import { watermarkOf } from '../erp/postgres/lsn.ts';
import { connector } from '../erp/sandbox/connector.ts';
import type { Database, Databases } from './databases.ts';
import { runVerify } from './roles.ts';
import { until } from './until.ts';

/** Waits until everything the ERP has committed by now is applied, and nothing waits behind the stream. */
export async function caughtUp({ erp, replica }: Databases): Promise<void> {
  const { rows } = await erp.pool.query<{ lsn: string }>('select pg_current_wal_flush_lsn() as lsn');
  const written = watermarkOf(rows[0]?.lsn ?? '');
  await until(async () => {
    const { rowCount } = await replica.pool.query(
      `select from skiff.watermark where applied >= $1 and not exists (select from skiff.pending)`,
      [written],
    );
    return rowCount === 1;
  });
}

const Verdict = z.object({ types: z.number(), rows: z.number(), differences: z.number() });
export type Verdict = z.infer<typeof Verdict>;

/** Every read model against the mirror. Throws when one of them is wrong. */
export async function verified(replica: Database): Promise<Verdict> {
  const verdict = Verdict.parse(JSON.parse(await runVerify(replica)));
  if (verdict.differences > 0) throw new Error(`The read models differ from the mirror in ${verdict.differences} rows`);
  return verdict;
}

/** Throws when a mirrored table is not what it is in the ERP. */
export async function sameTables({ erp, replica }: Databases): Promise<void> {
  for (const { name, columns } of connector({}).tables) {
    const digest = async ({ pool }: Database, schema: string): Promise<string> => {
      const { rows } = await pool.query<{ digest: string }>(/* sql */ `
        select count(*) || ' rows, ' || coalesce(md5(string_agg(t::text, chr(10) order by t::text)), '') as digest
        from (select ${Object.keys(columns).join(', ')} from ${schema}.${name}) t`);
      return rows[0]?.digest ?? '';
    };
    const [original, mirrored] = await Promise.all([digest(erp, 'public'), digest(replica, 'erp')]);
    if (original !== mirrored) throw new Error(`${name} is mirrored as ${mirrored}; in the ERP it is ${original}`);
  }
}
