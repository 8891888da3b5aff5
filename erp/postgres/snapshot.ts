/**
 * The first copy of the ERP's tables, and of single tables later beside the stream.
 *
 * ```
 * slot ─► snapshot it exports ─► COPY ─► commit at the position where the slot begins
 * ```
 *
 * The connection that made the slot must live and stay idle until the copy has imported the snapshot.
 */
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { Log } from '../../runtime/log.ts';
import type { CaptureSink, CopyWriter, SourceIdentity } from '../connector.ts';
import type { Watermark } from '../watermark.ts';
import { connectErp, disconnect } from './connect.ts';
import { type CopiedTable, copyTables } from './copy-tables.ts';
import { createSlot, type NewSlot } from './slot.ts';

export interface SnapshotProgress {
  readonly table: string;
  /** Of all tables so far. */
  readonly rows: number;
  /** As the ERP's server last counted; 0 if it never did. */
  readonly estimatedRows: number;
}

export interface SnapshotPlan {
  readonly connectionString: string;
  readonly schema: string;
  readonly tables: readonly (CopiedTable & { readonly estimatedRows: number })[];
  readonly log: Log;
  readonly onProgress: (progress: SnapshotProgress) => void;
}

/** Copies all tables and leaves a slot behind that begins where the copy ends. */
export async function takeSnapshot(
  plan: SnapshotPlan,
  source: SourceIdentity,
  sink: CaptureSink,
  control: pg.Client,
  signal: AbortSignal,
): Promise<void> {
  await withSlot(
    { plan, slot: source.slot, isTemporary: false, control, signal },
    async ({ consistentAt, snapshot }) => {
      const writer = await sink.beginSnapshot(source);
      await committed(writer, async () => {
        await copyTables({ ...plan, snapshot, onRows: counter(plan) }, writer, signal);
        return consistentAt;
      });
    },
  );
}

/**
 * Copies one table while the stream runs.
 *
 * @param passed resolves when what the ERP has committed by now is applied: then what the stream brought since
 *   the copy began, and the copy for the rest, are one state
 */
export async function copyBeside(
  plan: SnapshotPlan,
  table: CopiedTable,
  sink: CaptureSink,
  control: pg.Client,
  passed: () => Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  const writer = await sink.beginTableCopy(table.name);
  await committed(writer, async () => {
    const use = { plan, slot: temporaryName(), isTemporary: true, control, signal };
    const at = await withSlot(use, async ({ consistentAt, snapshot }) => {
      await copyTables({ ...plan, tables: [table], snapshot, onRows: () => {} }, writer, signal);
      return consistentAt;
    });
    await passed();
    return at;
  });
}

const temporaryName = () => `skiff_copy_${randomBytes(6).toString('hex')}`;

interface SlotUse {
  readonly plan: SnapshotPlan;
  readonly slot: string;
  readonly isTemporary: boolean;
  readonly control: pg.Client;
  readonly signal: AbortSignal;
}

async function withSlot<Result>(
  { plan: { connectionString, log }, slot: name, isTemporary, control, signal }: SlotUse,
  work: (slot: NewSlot) => Promise<Result>,
): Promise<Result> {
  const replication = await connectErp(connectionString, 'replication');
  try {
    return await work(await createSlot(replication, control, { name, isTemporary, log, signal }));
  } finally {
    await disconnect(replication);
  }
}

/** Commits what `copy` has written, as of where it says, or leaves nothing of it. */
async function committed(writer: CopyWriter, copy: () => Promise<Watermark>): Promise<void> {
  let at: Watermark;
  try {
    at = await copy();
  } catch (error) {
    await writer.abort().catch(() => {}); // the first error is the one to tell
    throw error;
  }
  await writer.commit(at);
}

const PROGRESS_EVERY_MS = 100;

function counter({ tables, onProgress }: SnapshotPlan): (table: string, rows: number) => void {
  const estimatedRows = tables.reduce((sum, table) => sum + Math.max(0, table.estimatedRows), 0);
  let rows = 0;
  let toldAt = 0;
  return (table, count) => {
    rows += count;
    if (performance.now() - toldAt < PROGRESS_EVERY_MS) return;
    toldAt = performance.now();
    onProgress({ table, rows, estimatedRows });
  };
}
