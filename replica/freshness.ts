/**
 * How fresh the read models are: a time for each, on the clock of the replica's database.
 *
 * The time is taken first, then the ERP is asked how far it has got; when that is applied, everything
 * committed in the ERP before that time is here. A read model with keys still to be looked at stays at
 * the time it had before these were put off, and so does what stands on it.
 */
import type pg from 'pg';
import type { Capture } from '../erp/connector.ts';
import type { Watermark } from '../erp/watermark.ts';
import type { Applier } from './apply/applier.ts';

export const freshChannel = 'skiff_fresh';

/** Takes one sample; resolves with the time up to which everything is now applied. */
export async function sampleFreshness(
  reader: pg.Client,
  applier: Applier,
  capture: Pick<Capture, 'barrier'>,
  signal: AbortSignal,
): Promise<void> {
  const { rows } = await reader.query<{ now: string }>(`select clock_timestamp()::text as now`);
  const { position, allowanceMs } = await capture.barrier(signal);
  await applier.turn(async ({ db, state }) => {
    await setAsOf(db, state.source, position, rows[0]?.now ?? '', allowanceMs);
  });
}

async function setAsOf(
  db: pg.ClientBase,
  source: string,
  position: Watermark,
  at: string,
  allowanceMs: number,
): Promise<void> {
  const advanced = db.query({
    name: 'sample_watermark',
    text: /* sql */ `
      update skiff.watermark set
        applied = greatest(applied, $2),
        as_of = greatest(as_of, $3::timestamptz - $4 * interval '1 millisecond')
      where source = $1`,
    values: [source, position, at, allowanceMs],
  });
  const spread = db.query({
    name: 'spread_as_of',
    text: /* sql */ `
      with recursive stands_on as (
        select hash, hash as below from skiff.read_model
        union
        select s.hash, source ->> 'hash' from stands_on s
        join skiff.read_model m on m.hash = s.below, json_array_elements(m.definition -> 'sources') source
        where source ->> 'hash' is not null),
      held as (
        select s.hash, bool_or(m.stopped is not null) as stopped,
          min(coalesce(p.as_of, '-infinity')) filter (where p.id is not null) as as_of
        from stands_on s join skiff.read_model m on m.hash = s.below left join skiff.pending p on p.hash = s.below
        group by s.hash)
      update skiff.read_model m set as_of = greatest(m.as_of, least(w.as_of, held.as_of))
      from held, skiff.watermark w
      where w.source = $1 and m.hash = held.hash and m.state = 'ready' and not held.stopped
        and m.as_of is distinct from greatest(m.as_of, least(w.as_of, held.as_of))`,
    values: [source],
  });
  // Wakes whoever serves read models in another process; what there is to see stands in the tables.
  const told = db.query({ name: 'tell_fresh', text: `select pg_notify('${freshChannel}', '')` });
  await Promise.all([advanced, spread, told]);
}
