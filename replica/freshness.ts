/**
 * How fresh the read models are: a time for each, on the clock of the replica's database.
 *
 * The time is taken first, then the ERP is asked how far it has got; when that is applied, everything
 * committed in the ERP before that time is here. A read model with keys still to be looked at stays at
 * the time it had before these were put off, and so does what stands on it. Once a second, and whenever somebody
 * asks: one sample answers all questions that were there when its time was taken. What it says is written by the batch of
 * changes that makes it true: behind a stream under load a transaction of its own would wait for one or two more. An ERP that is polled is not asked:
 * its polls say themselves when they are complete.
 */
import type pg from 'pg';
import type { Barrier, Capture } from '../erp/connector.ts';
import type { Watermark } from '../erp/watermark.ts';
import type { Applier, Companion } from './apply/applier.ts';
import type { ApplierState, Turn } from './apply/batch.ts';
import { answerAsked, takeAsked } from './freshness-request.ts';
import type { Query } from './queryable.ts';
import { spreadAsOf } from './spread-as-of.ts';

export const freshChannel = 'skiff_fresh';

/** Takes one sample; resolves when what it says stands in the database. */
export async function sampleFreshness(
  query: Query,
  applier: Applier,
  capture: Pick<Capture, 'barrier' | 'liveRead'>,
  signal: AbortSignal,
): Promise<void> {
  if (capture.liveRead) {
    await applier.turn(({ db, state }) => Promise.all([spreadAsOf(db, state), tellFresh(db)]));
    return;
  }
  const { now, asked } = await takeAsked(query);
  const ids = asked.map(({ id }) => id);
  const write = ({ db, state }: Turn, { position, allowanceMs }: Barrier) =>
    Promise.all([
      setWatermark(db, state, position, now, allowanceMs),
      spreadAsOf(db, state),
      ids.length === 0 ? undefined : answerAsked(db, ids, 'fresh', now),
      tellFresh(db),
    ]);
  let isWritten = false;
  let companion: Companion | null = null;
  const withdraw = () => companion && applier.companions.delete(companion);
  try {
    const reached = await capture.barrier(signal, (known) => {
      withdraw();
      if (!known) return;
      const done = () => {
        isWritten = true;
      };
      companion = { position: known.position, write: (turn) => write(turn, known), done };
      applier.companions.add(companion);
    });
    // No batch of changes came so far: a keepalive did.
    if (!isWritten) await applier.turn((turn) => write(turn, reached));
  } finally {
    withdraw();
  }
}

/** Wakes whoever serves read models in another process; what there is to see stands in the tables. */
export const tellFresh = (db: pg.ClientBase): Promise<unknown> =>
  db.query({ name: 'tell_fresh', text: `select pg_notify('${freshChannel}', '')` });

/** A connection that is cut is often back within this time: nobody is told for that. */
const awayAfterMs = 2_000;

/** To be called often: tells who asks that the ERP is away, once it has been for a while. */
export function refusals(query: Query, applier: Applier, capture: Pick<Capture, 'status'>): () => Promise<void> {
  let streamedAt = performance.now();
  return async () => {
    if (['streaming', 'downgraded'].includes(capture.status().state)) streamedAt = performance.now();
    if (performance.now() - streamedAt < awayAfterMs) return;
    const { asked } = await takeAsked(query);
    const ids = asked.map(({ id }) => id);
    if (ids.length > 0) {
      await applier.turn(({ db }) => Promise.all([answerAsked(db, ids, 'unavailable', null), tellFresh(db)]));
    }
  };
}

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
