/**
 * One look at the replica: how far its change log has come, what its clock shows, how fresh each read model is, and what
 * was answered to this process's questions.
 *
 * One statement, so all of it is of one moment; what is read after a look finds at least what the look said. That
 * is all that positions and `asOf` rest on.
 */
import { z } from 'zod';
import type { FreshnessAnswer } from './freshness-request.ts';
import type { Position } from './position.ts';
import type { Query } from './queryable.ts';
import type { ModelFreshness } from './served.ts';

export interface SeenModel extends ModelFreshness {
  readonly hash: string;
  /** The batch that changed a row of it last. */
  readonly lastChange: string;
}

export interface Look {
  readonly position: Position;
  /** Of the database's clock, in milliseconds. */
  readonly shownMs: number;
  /** Read models that are ready, the newest definitions first. */
  readonly models: readonly SeenModel[];
  readonly answers: readonly FreshnessAnswer[];
}

/** Milliseconds; what has never been complete is as old as can be. */
const time = z
  .number()
  .nullable()
  .transform((ms) => new Date(ms ?? 0));

const Models = z.array(
  z.object({
    hash: z.string(),
    lastChange: z.string(),
    asOf: time,
    deletionsAsOf: time,
    stopped: z.boolean(),
    incomplete: z.boolean(),
  }),
);
const Answers = z.array(
  z.object({
    id: z.string(),
    answer: z.enum(['fresh', 'unavailable']),
    asOf: z
      .number()
      .nullable()
      .transform((ms) => (ms === null ? null : new Date(ms))),
  }),
);

/** Rounded down, so that nothing looks fresher than it is. */
const milliseconds = (column: string): string =>
  `case when isfinite(${column}) then floor(extract(epoch from ${column}) * 1000)::bigint end`;

export async function look(query: Query, models: readonly string[], questions: readonly string[]): Promise<Look> {
  const { rows } = await query<{ epoch: string; batch: string; shown: string; models: string; answers: string }>({
    name: 'look',
    text: /* sql */ `
      select epoch, batch::text, (extract(epoch from clock_timestamp()) * 1000)::text as shown, coalesce((
        select json_agg(json_build_object(
          'hash', m.hash, 'lastChange', m.last_change::text, 'asOf', ${milliseconds('m.as_of')}, 'deletionsAsOf', ${milliseconds('m.deletions_as_of')},
          'stopped', m.stopped is not null,
          'incomplete', exists (select from skiff.quarantine q where q.hash = m.hash)) order by m.registered_at desc)
        from skiff.read_model m where m.state = 'ready' and m.model = any($1)), '[]')::text as models, coalesce((
        select json_agg(json_build_object('id', r.id, 'answer', r.answer, 'asOf', ${milliseconds('r.as_of')}))
        from skiff.freshness_request r where r.id = any($2::uuid[]) and r.answer is not null), '[]')::text as answers
      from skiff.head`,
    values: [models, questions],
  });
  const [row] = rows;
  if (!row) throw new Error('skiff.head has lost its row');
  return {
    position: { epoch: row.epoch, batch: BigInt(row.batch) },
    shownMs: Number(row.shown),
    models: Models.parse(JSON.parse(row.models)),
    answers: Answers.parse(JSON.parse(row.answers)),
  };
}
