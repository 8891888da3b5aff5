/**
 * What goes on beside the stream: tables are compared with the catalog, and those the replica asks for are copied.
 */
import { once } from 'node:events';
import type pg from 'pg';
import type { Log } from '../../runtime/log.ts';
import type { MirrorTable } from '../connector.ts';
import { readCatalog } from './catalog.ts';
import { CopyInterrupted } from './copy-tables.ts';
import type { Follower, FollowParts } from './follower.ts';
import { copyBeside, type SnapshotPlan } from './snapshot.ts';

export interface UpkeepPlan {
  readonly connectionString: string;
  readonly schema: string;
  readonly publication: string;
  readonly tables: readonly MirrorTable[];
  readonly log: Log;
}

export interface UpkeepParts extends FollowParts {
  readonly control: pg.Client;
  readonly follower: Follower;
}

const LOOK_EVERY_MS = 10_000;

/** Compares and copies until the signal aborts. Rejects if the control connection or the sink fails. */
export async function keepTables(plan: UpkeepPlan, parts: UpkeepParts, signal: AbortSignal): Promise<never> {
  for (;;) {
    const nothingNew = AbortSignal.any([signal, AbortSignal.timeout(LOOK_EVERY_MS)]);
    const reported = once(parts.watch, 'reported', { signal: nothingNew }).catch(() => {});
    await compareWithCatalog(plan, parts, signal);
    for (const table of await parts.sink.tablesToCopy()) await copyTable(plan, parts, table, signal);
    await reported;
    signal.throwIfAborted();
  }
}

async function compareWithCatalog(
  { tables, ...question }: UpkeepPlan,
  { control, watch, types, follower, barriers }: UpkeepParts,
  signal: AbortSignal,
): Promise<void> {
  const describedBefore = new Map(tables.map(({ name }) => [name, follower.described(name)]));
  const catalog = await readCatalog(control, { ...question, tables: tables.map(({ name }) => name) });
  // The catalog is of now, the stream may be behind: it is told in the stream's order, unless overtaken.
  await barriers.wait(signal);
  follower.inStreamOrder(async () => {
    for (const { name } of tables) {
      const isOvertaken = follower.described(name) !== describedBefore.get(name);
      if (!isOvertaken) await watch.compareFound(name, catalog.get(name), types);
    }
  });
}

async function copyTable(
  { tables, log, ...plan }: UpkeepPlan,
  { control, sink, watch, barriers }: UpkeepParts,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const table = tables.find((declared) => declared.name === name);
  const columns = table ? watch.columnsToCopy(table) : [];
  if (columns.length === 0) return;
  const found = (await readCatalog(control, { ...plan, tables: [name] })).get(name);
  if (!found) return;

  const snapshot: SnapshotPlan = { ...plan, tables: [], log, onProgress: () => {} };
  const copied = { name, columns, hasChildren: found.hasChildren };
  log.info({ table: name, columns }, 'Copying a table beside the stream');
  try {
    await copyBeside(snapshot, copied, sink, control, () => barriers.wait(signal), signal);
    log.info({ table: name }, 'The table is copied');
  } catch (error) {
    if (!(error instanceof CopyInterrupted)) throw error;
    log.info({ table: name, reason: error.message }, 'The copy gave way and is begun again later');
  }
}
