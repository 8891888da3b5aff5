/**
 * Counts up a row in the ERP, makes and deletes another, and looks at what the replica says of both, all the time: whoever
 * reads must never see time go back, nor miss what had been acknowledged by the time that the replica says it is as of.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { SandboxErp } from '../sandbox/sandbox.ts';

/** Nobody else may change it. */
export const WITNESSED = 'business_partner';

export interface Witness {
  /** It writes nothing while `work` is done. */
  quietly<Result>(work: () => Promise<Result>): Promise<Result>;
  stop(): Promise<{ readonly faults: readonly string[]; readonly looks: number; readonly most: number }>;
}

interface Seen {
  readonly as_of: number;
  readonly deletions_as_of: number;
  readonly value: number;
  readonly passing: readonly number[];
}

const LOOK = /* sql */ `
  select json_build_object(
    'as_of', (select floor(extract(epoch from as_of) * 1000) from skiff.read_model where model = 'supplier'),
    'deletions_as_of', (select floor(extract(epoch from deletions_as_of) * 1000) from skiff.read_model where model = 'supplier'),
    'value', (select coalesce(max(name1::int), 0) from erp.business_partner where partner_no = 'WITNESS'),
    'passing', (select coalesce(json_agg(substr(partner_no, 3)::int), '[]') from erp.business_partner where partner_no like 'W-%')
  )::text as seen`;

export async function witness(erp: SandboxErp, replica: pg.Pool): Promise<Witness> {
  const writer = await erp.pool.connect();
  /** By the machine's clock, which the databases share. */
  const acknowledged: number[] = [];
  const deletedAt: number[] = [];
  const faults: string[] = [];
  let isOver = false;
  let looks = 0;

  const insert = (key: string, name: string) =>
    writer.query(
      /* sql */ `
      insert into business_partner (partner_no, name1, language_code, created_on) values ($1, $2, 'EN', current_date)
      on conflict (partner_no) do update set name1 = excluded.name1, changed_at = now()`,
      [key, name],
    );
  const write = async (value: number) => {
    await insert('WITNESS', String(value));
    acknowledged[value] = Date.now();
    await insert(`W-${value}`, 'Passing');
    await sleep(30);
    await writer.query('delete from business_partner where partner_no = $1', [`W-${value}`]);
    deletedAt[value] = Date.now();
  };
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const mine = last.then(work);
    last = mine.catch(() => {}); // who waits for it is told
    return mine;
  };
  const writing = (async () => {
    for (let value = 1; !isOver; value++) await inTurn(() => write(value));
    writer.release();
  })();
  const looking = (async () => {
    const gone = new Set<number>();
    let last: Seen = { as_of: 0, deletions_as_of: 0, value: 0, passing: [] };
    for (; !isOver; looks++) {
      const { rows } = await replica.query<{ seen: string }>(LOOK);
      const seen: Seen = JSON.parse(rows[0]?.seen ?? '{}');
      const owed = acknowledged.findLastIndex((at) => at !== undefined && at < seen.as_of);
      if (seen.value < owed) faults.push(`${owed} was there by ${seen.as_of}, not ${seen.value}`);
      if (seen.value < last.value) faults.push(`${last.value} went back to ${seen.value}`);
      if (seen.as_of < last.as_of || seen.deletions_as_of < last.deletions_as_of) faults.push('a time went back');
      for (const value of seen.passing) {
        const at = deletedAt[value];
        if (at !== undefined && at < seen.deletions_as_of) faults.push(`${value} had been deleted by ${at}`);
        if (gone.has(value)) faults.push(`${value} came back`);
      }
      for (const value of last.passing) if (!seen.passing.includes(value)) gone.add(value);
      last = seen;
      await sleep(20);
    }
    return last.value;
  })();
  return {
    quietly: inTurn,
    async stop() {
      isOver = true;
      await writing;
      return { most: await looking, faults, looks };
    },
  };
}
