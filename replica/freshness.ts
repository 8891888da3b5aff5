/**
 * How fresh the read models are: a time for each, on the clock of the replica's database.
 *
 * The time is taken first, then the ERP is asked how far it has got; when that is applied, everything
 * committed in the ERP before that time is here. A read model with keys still to be looked at stays at
 * the time it had before these were put off, and so does what stands on it. An ERP that is polled is not asked: its
 * polls say themselves when they are complete.
 */
import type pg from 'pg';
import type { Capture } from '../erp/connector.ts';
import type { Watermark } from '../erp/watermark.ts';
import type { Applier } from './apply/applier.ts';
import type { ApplierState } from './apply/batch.ts';
import { spreadAsOf } from './spread-as-of.ts';

export const freshChannel = 'skiff_fresh';

/** Takes one sample; resolves with the time up to which everything is now applied. */
export async function sampleFreshness(
  reader: pg.Client,
  applier: Applier,
  capture: Pick<Capture, 'barrier' | 'liveRead'>,
  signal: AbortSignal,
): Promise<void> {
  if (capture.liveRead) {
    await applier.turn(({ db, state }) => Promise.all([spreadAsOf(db, state), tellFresh(db)]));
    return;
  }
  const { rows } = await reader.query<{ now: string }>(`select clock_timestamp()::text as now`);
  const { position, allowanceMs } = await capture.barrier(signal);
  await applier.turn(({ db, state }) =>
    Promise.all([
      setWatermark(db, state, position, rows[0]?.now ?? '', allowanceMs),
      spreadAsOf(db, state),
      tellFresh(db),
    ]),
  );
}

/** Wakes whoever serves read models in another process; what there is to see stands in the tables. */
export const tellFresh = (db: pg.ClientBase): Promise<unknown> =>
  db.query({ name: 'tell_fresh', text: `select pg_notify('${freshChannel}', '')` });

const setWatermark = (
  db: pg.ClientBase,
  { source }: ApplierState,
  position: Watermark,
  at: string,
  allowanceMs: number,
): Promise<unknown> =>
  db.query({
    name: 'sample_watermark',
    text: /* sql */ `
      update skiff.watermark set
        applied = greatest(applied, $2),
        as_of = greatest(as_of, $3::timestamptz - $4 * interval '1 millisecond')
      where source = $1`,
    values: [source, position, at, allowanceMs],
  });
