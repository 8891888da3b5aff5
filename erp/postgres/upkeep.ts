/**
 * What goes on beside the stream: tables are compared with the catalog, and those the replica asks for are copied.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
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
  /** How often the catalog is looked at, and the replica asked what to copy, when the stream gives no cause. */
  readonly lookEveryMs: number;
}

export interface UpkeepParts extends FollowParts {
  readonly control: pg.Client;
  readonly follower: Follower;
}

/** Compares our tables with the catalog until the signal aborts, now and then. */
export async function keepCompared(plan: UpkeepPlan, parts: UpkeepParts, signal: AbortSignal): Promise<never> {
  for (;;) {
    await compareWithCatalog(plan, parts, signal);
    await sleep(plan.lookEveryMs, undefined, { signal });
  }
}

/** Copies the tables that the replica asks for until the signal aborts. A table reported may be one of them. */
export async function keepCopied(plan: UpkeepPlan, parts: UpkeepParts, signal: AbortSignal): Promise<never> {
  for (;;) {
    const waiting = AbortSignal.any([signal, AbortSignal.timeout(plan.lookEveryMs)]);
    const reported = once(parts.watch, 'reported', { signal: waiting }).catch(() => {});
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
