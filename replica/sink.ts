/** The replica as a capture sees it: where it stands, copies, changes, and tables that no longer fit. */
import type { Change } from '../erp/change.ts';
import type { CapturedState, ReplicaSink, TableFault } from '../erp/connector.ts';
import type { Watermark } from '../erp/watermark.ts';
import type { Log } from '../runtime/log.ts';
import type { BatchResult } from './apply/batch.ts';
import { beginSnapshot, type SnapshotTarget } from './copy/snapshot.ts';
import { beginTableCopy } from './copy/table-copy.ts';
import { eventSink } from './events/event-sink.ts';
import { storedTables } from './mirror.ts';
import { registered, stop } from './model/registry.ts';
import { readSink } from './polling/read-sink.ts';
import type { Query } from './queryable.ts';

export interface SinkEvents {
  onApplied(changes: number, result: BatchResult): void;
  /** Tables or definitions may now allow what they did not before. */
  onCopied(): void;
}

/** `query` is of a connection that nobody waits long behind. */
export function replicaSink(target: SnapshotTarget, query: Query, log: Log, events: SinkEvents): ReplicaSink {
  const { applier, source } = target;
  return {
    ...readSink(target, query, events),
    ...eventSink({ query, tables: target.tables }),
    get batchSize() {
      return applier.batchSize;
    },
    state: () =>
      applier.turn(async ({ db }): Promise<CapturedState | null> => {
        const { rows } = await db.query<{ system: string; timeline: string; slot: string; applied: Watermark }>(
          'select system, timeline, slot, applied from skiff.watermark where source = $1',
          [source],
        );
        const [row] = rows;
        return row
          ? { source: { system: row.system, timeline: row.timeline, slot: row.slot }, position: row.applied }
          : null;
      }),
    async beginSnapshot(identity) {
      const writer = await beginSnapshot(target, identity);
      return { ...writer, commit: async (at) => writer.commit(at).then(() => events.onCopied()) };
    },
    tablesToCopy: () =>
      applier.turn(async ({ state }) =>
        [...state.tables.values()]
          .filter(({ state, faults }) => state !== 'ready' && faults.length === 0)
          .map(({ name }) => name),
      ),
    async beginTableCopy(table) {
      log.info({ table }, 'copying a table beside the stream');
      const writer = await beginTableCopy(target, table);
      return { ...writer, commit: async (at) => writer.commit(at).then(() => events.onCopied()) };
    },
    async apply(changes: readonly Change[], through) {
      events.onApplied(changes.length, await applier.apply(changes, through));
    },
    async advance(position) {
      await applier.apply([], position);
    },
    reportTable: (table, faults) => reportTable(target, log, table, faults),
  };
}

/** Read models that need a faulty column stop, the others go on; a table that fits again is copied again. */
async function reportTable(
  { applier }: SnapshotTarget,
  log: Log,
  table: string,
  faults: readonly TableFault[],
): Promise<void> {
  await applier.turn(async ({ db }) => {
    const before = (await storedTables(db)).find(({ name }) => name === table);
    if (!before || JSON.stringify(before.faults) === JSON.stringify(faults)) return;
    const healed = before.faults.length > 0 && faults.length === 0;
    await db.query(
      `update skiff.mirror_table set faults = $2, state = case when $3 and state = 'ready' then 'copy' else state end where name = $1`,
      [table, JSON.stringify(faults), healed],
    );
    const all = await registered(db);
    for (const fault of faults) {
      const needing = all.filter(({ definition }) =>
        definition.sources.some(({ name, uses }) => name === table && uses.includes(fault.column)),
      );
      const hashes = needing.map(({ definition }) => definition.hash);
      const above = all.filter(({ definition }) =>
        definition.sources.some(({ hash }) => hash && hashes.includes(hash)),
      );
      const reason = describe(table, fault);
      await stop(db, [...hashes, ...above.map(({ definition }) => definition.hash)], reason);
      const models = [...needing, ...above].map(({ definition }) => definition.model);
      log.error({ table, models }, `${reason}. These read models stop, the others go on.`);
    }
    applier.forget();
  });
}

const describe = (table: string, { column, problem, expected, found }: TableFault): string =>
  problem === 'missing'
    ? `The ERP's table ${table} has lost its column ${column} (${expected}). Adapt the connector's table and the read models that use it, and start again`
    : `The ERP's column ${table}.${column} is now ${found}, not ${expected}. Correct its type in the connector and start again`;
