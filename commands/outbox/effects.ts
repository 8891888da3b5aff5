/**
 * What has become of commands that a client was told of: the moment from which the ERP has all they did.
 *
 * One that waits for a person is not waited for. Reads nothing that is not the asking client's to know: a moment.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { z } from 'zod';
import { commandStates, isUnderWay } from '../state.ts';
import { query } from './database.ts';
import { isUuid } from './read.ts';

export interface Effects {
  /** On the clock of the replica's database, as `asOf` is; null where the ERP has done nothing. */
  readonly acknowledgedAt: Date | null;
  /** Those that are still on their way. */
  readonly pending: readonly string[];
}

const Row = z.object({ id: z.string(), state: z.enum(commandStates), at: z.number().nullable() });

const AGAIN_FIRST_MS = 10;
const AGAIN_LAST_MS = 100;

/** Waits until none is on its way, or for so long. */
export async function effectsOf(
  db: pg.Pool,
  ids: readonly string[],
  { waitMs, signal }: { readonly waitMs: number; readonly signal: AbortSignal },
): Promise<Effects> {
  const until = performance.now() + waitMs;
  const known = ids.filter(isUuid);
  for (let pauseMs = AGAIN_FIRST_MS; ; pauseMs = Math.min(2 * pauseMs, AGAIN_LAST_MS)) {
    const rows = z.array(Row).parse(await query(db, { name: 'effects_of', text: select, values: [known] }));
    const pending = rows.filter(({ state }) => isUnderWay(state)).map(({ id }) => id);
    if (pending.length === 0 || performance.now() + pauseMs > until || signal.aborted) {
      const acknowledged = rows.flatMap(({ at }) => at ?? []);
      return { acknowledgedAt: acknowledged.length > 0 ? new Date(Math.max(...acknowledged)) : null, pending };
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Rounded up: nothing may look earlier than it was. */
const select = /* sql */ `
  select json_build_object('id', id, 'state', state,
    'at', ceil(extract(epoch from acknowledged_at) * 1000)::bigint)::text as row
  from skiff.command where id = any($1::uuid[])`;
