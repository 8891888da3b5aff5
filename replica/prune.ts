/** Takes away what nobody needs any more: old entries of the change log, answered questions, and definitions no process has claimed. */
import type pg from 'pg';
import type { Log } from '../runtime/log.ts';
import type { Applier } from './apply/applier.ts';
import { pruneAsked } from './freshness-request.ts';
import type { Definition } from './model/definition.ts';
import { forget, registered } from './model/registry.ts';

const changeLogKept = '1 hour';
/** Far longer than a call to an ERP's API may take: no older read is still under way. */
const tombstonesKept = '1 hour';
const unclaimedFor = '10 minutes';

export async function prune(db: pg.Client, applier: Applier, own: readonly Definition[], log: Log): Promise<void> {
  // Beside the applier: nobody writes these rows again, and the stream need not wait until they are gone.
  await db.query(`delete from skiff.change_log where at < now() - interval '${changeLogKept}'`);
  await db.query(`delete from skiff.row_version where version is null and at < now() - interval '${tombstonesKept}'`);
  await applier.turn(async ({ db }) => {
    await pruneAsked(db);
    const { rows } = await db.query<{ hash: string }>(
      `select hash from skiff.read_model where claimed_at < now() - interval '${unclaimedFor}' and not hash = any($1)`,
      [own.map(({ hash }) => hash)],
    );
    const unclaimed = new Set(rows.map(({ hash }) => hash));
    if (unclaimed.size === 0) return;
    const all = (await registered(db)).map(({ definition }) => definition);
    // What another one stands on is kept as long as that one.
    const needed = new Set(
      all.filter(({ hash }) => !unclaimed.has(hash)).flatMap(({ sources }) => sources.map(({ hash }) => hash)),
    );
    for (const definition of all.toReversed()) {
      if (!unclaimed.has(definition.hash) || needed.has(definition.hash)) continue;
      // A reader of the old table would make everybody behind us wait: then it is dropped next time.
      await db.query(`set local lock_timeout = '1s'`);
      await forget(db, definition);
      log.info({ model: definition.model, hash: definition.hash }, 'dropped a definition nobody claims any more');
    }
    applier.forget();
  });
}
