/**
 * Answers questions for fresher read models by reading the ERP through its API.
 *
 * Each question is read for beside the others, and shares the calls of those that ask for the same tables: a slow one, or
 * one that waits for the call budget, holds up nobody.
 */
import type { Capture, LiveRead } from '../erp/connector.ts';
import type { RowKey } from '../erp/transport.ts';
import type { Log } from '../runtime/log.ts';
import type { Applier } from './apply/applier.ts';
import { tellFresh } from './freshness.ts';
import { answerAsked, type FreshnessRequest, takeAsked } from './freshness-request.ts';
import type { Definition } from './model/definition.ts';
import { tablesOf } from './model/registry.ts';
import type { Query } from './queryable.ts';
import { possibleKey } from './read/ids.ts';
import { kindOf } from './read/sql-type.ts';
import { spreadAsOf } from './spread-as-of.ts';

export interface LiveQuestionParts {
  readonly query: Query;
  readonly applier: Applier;
  readonly capture: Pick<Capture, 'liveRead'>;
  readonly log: Log;
}

/** Begins to answer what is asked and not yet being answered. To be called when somebody has asked. */
export function liveQuestions({
  query,
  applier,
  capture,
  log,
}: LiveQuestionParts): (signal: AbortSignal) => Promise<void> {
  const underway = new Set<string>();
  // An ERP that is away is so for every question: the log has it once.
  let isAway = false;

  const neededFor = (question: FreshnessRequest): Promise<Pick<LiveRead, 'tables' | 'rows'>> =>
    applier.turn(async ({ state: { models } }) => {
      const asked = models.filter(({ definition }) => question.hashes.includes(definition.hash));
      return {
        tables: [...new Set(asked.flatMap(({ definition }) => tablesOf(definition, models)))],
        rows: rowsOf(
          models.map(({ definition }) => definition),
          question,
        ),
      };
    });

  const answer = async (question: FreshnessRequest, now: string, signal: AbortSignal): Promise<void> => {
    // The ERP's reads are timed in milliseconds, rounded down: only one that began in the next is surely later.
    const asOf = new Date(Date.parse(now) + 1 - question.maxStalenessMs);
    const isRead = await neededFor(question)
      .then((needed) => {
        if (!capture.liveRead) throw new Error('The ERP is no longer read through its API');
        return capture.liveRead({ ...needed, asOf }, signal);
      })
      .then(
        () => true,
        (err: unknown) => {
          if (!isAway && !signal.aborted) log.warn({ err }, 'The ERP could not be read for a question');
          return false;
        },
      );
    if (signal.aborted) return;
    isAway = !isRead;
    await applier.turn(({ db, state }) =>
      Promise.all([
        spreadAsOf(db, state),
        answerAsked(db, [question.id], isRead ? 'fresh' : 'unavailable', isRead ? now : null),
        tellFresh(db),
      ]),
    );
  };

  return async (signal) => {
    const { now, asked } = await takeAsked(query);
    for (const question of asked.filter(({ id }) => !underway.has(id))) {
      underway.add(question.id);
      void answer(question, now, signal)
        .catch((err: unknown) => log.warn({ err }, 'A question could not be answered'))
        .finally(() => underway.delete(question.id));
    }
  };
}

/** An id that no row can have is nothing to ask an ERP for. */
function rowsOf(definitions: readonly Definition[], { ids }: FreshnessRequest): Map<string, RowKey[]> {
  const rows = new Map<string, RowKey[]>();
  for (const { hash, base, key } of definitions) {
    const kinds = key.map(({ type }) => kindOf(type));
    const keys = (ids[hash] ?? []).map((id) => possibleKey(id, kinds)).filter((one) => one !== null);
    if (base && keys.length > 0) rows.set(base, [...(rows.get(base) ?? []), ...keys]);
  }
  return rows;
}
