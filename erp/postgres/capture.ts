/**
 * Capture by PostgreSQL's logical replication, for ERP servers from 11 on.
 *
 * ```
 *            ┌──────────────── connection lost: again, for ever ────────────────┐
 *            ▼                                                                  │
 * connect ─► check set-up ─► is what we hold still this slot's? ──yes──► follow the stream
 *                                     └─no─► snapshot ─────────────────────▲
 * ```
 *
 * Nothing is remembered here: every session begins by comparing what the replica holds with what the ERP's
 * server says of its history and of the slot. A server that is asked to stream from behind what was acknowledged
 * leaves out what lies between without a word, so the comparison is what keeps changes from being lost.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { FaultCode, OperatorFault } from '../../runtime/errors.ts';
import type { Log } from '../../runtime/log.ts';
import type {
  Barrier,
  Capture,
  CaptureSink,
  CaptureStatus,
  MirrorTable,
  OnBarrierKnown,
  SourceIdentity,
} from '../connector.ts';
import type { Watermark } from '../watermark.ts';
import { type BarrierSource, Barriers } from './barriers.ts';
import { readCatalog } from './catalog.ts';
import { TypeNames } from './column-type.ts';
import { connectErp, disconnect, type Purpose } from './connect.ts';
import { checkConnectionString, connectFault, ErpUnreachable } from './connect-fault.ts';
import { CopyInterrupted } from './copy-tables.ts';
import { Follower } from './follower.ts';
import { identify, reasonForSnapshot, reasonSpoilt } from './history.ts';
import { checkErpSetup, setupFault } from './setup-check.ts';
import { dropSlot, freeSlot } from './slot.ts';
import { type SnapshotProgress, takeSnapshot } from './snapshot.ts';
import { SnapshotPace } from './snapshot-pace.ts';
import { TableWatch } from './table-watch.ts';
import { keepCompared, keepCopied } from './upkeep.ts';
import { flushedPosition, keepMeasuring, type Measured, measure, writeRecord } from './wal.ts';

export interface PostgresCaptureSettings {
  readonly connectionString: string;
  readonly publication: string;
  readonly slot: string;
  readonly tables: readonly MirrorTable[];
  readonly log: Log;
  /** Where the ERP has its tables. */
  readonly schema?: string;
  readonly onProgress?: (progress: SnapshotProgress) => void;
  /** How often tables are compared with the ERP's catalog when the stream gives no cause. */
  readonly lookEveryMs?: number;
  /** How long the slot may be in use by another process before that is a fault: longer than the server takes to miss a dead one. */
  readonly slotPatienceMs?: number;
  /** How long the next snapshot waits when a slot is lost soon after the last one; longer each time. */
  readonly snapshotPauseMs?: number;
}

export const postgresCapture = (settings: PostgresCaptureSettings): Capture<CaptureSink> =>
  new PostgresCapture(settings);

const defaults = {
  schema: 'public',
  onProgress: () => {},
  lookEveryMs: 10_000,
  slotPatienceMs: 90_000,
  snapshotPauseMs: 60_000,
};
const RETRY_FIRST_MS = 250;
const RETRY_LAST_MS = 15_000;
/** A session that lasted so long was a sound one: the next attempt need not wait. */
const SOUND_AFTER_MS = 30_000;
const GIVE_WAY_MS = 5_000;
/** With asynchronous commits: longer than three rounds of the WAL writer, after which each is flushed. */
const ASYNCHRONOUS_COMMIT_MS = 1_000;

class PostgresCapture implements Capture<CaptureSink> {
  readonly #settings: Required<PostgresCaptureSettings>;
  readonly #barriers = new Barriers();
  readonly #pace: SnapshotPace;
  #watch: TableWatch | null = null;
  #follower: Follower | null = null;
  #state: CaptureStatus['state'] = 'starting';
  #fault: string | null = null;
  #measured: Measured = { retainedBytes: null, isCommitAsynchronous: false };
  #isSetUp = false;
  #hasFollowed = false;
  #attempt = 0;
  /** Why the slot cannot be followed any more, though it looks sound. */
  #spoilt: string | null = null;

  constructor(settings: PostgresCaptureSettings) {
    this.#settings = { ...defaults, ...settings };
    this.#pace = new SnapshotPace(this.#settings.snapshotPauseMs);
  }

  barrier(signal: AbortSignal, onKnown?: OnBarrierKnown): Promise<Barrier> {
    return this.#barriers.wait(signal, onKnown);
  }

  status(): CaptureStatus {
    return {
      state: this.#state,
      fault: this.#fault,
      received: this.#follower?.received ?? null,
      retainedBytes: this.#measured.retainedBytes,
    };
  }

  async run(sink: CaptureSink, signal: AbortSignal): Promise<void> {
    checkConnectionString(this.#settings.connectionString);
    try {
      while (!signal.aborted) {
        try {
          await this.#session(sink, signal);
        } catch (error) {
          if (signal.aborted) return;
          await this.#rideOut(error, sink, signal);
        }
      }
    } finally {
      this.#state = 'stopped';
      this.#barriers.end(new Error('The capture has stopped'));
    }
  }

  /** From connecting until the connection is lost. */
  async #session(sink: CaptureSink, signal: AbortSignal): Promise<void> {
    const { slot } = this.#settings;
    const control = await this.#connect('control');
    try {
      if (!this.#isSetUp) await this.#checkSetup(control, sink);
      const replication = await this.#connect('replication');
      try {
        const source = await identify(replication, slot);
        const from = await this.#position(source, control, sink, signal);
        await this.#follow(replication, control, from, sink, signal);
      } finally {
        await disconnect(replication);
      }
    } finally {
      await disconnect(control);
    }
  }

  async #connect(purpose: Purpose): Promise<pg.Client> {
    const { connectionString } = this.#settings;
    try {
      return await connectErp(connectionString, purpose);
    } catch (error) {
      throw connectFault(error, connectionString) ?? error;
    }
  }

  /** Refuses to begin where something is missing; goes on without a table that the replica holds already. */
  async #checkSetup(control: pg.Client, sink: CaptureSink): Promise<void> {
    const faults = await checkErpSetup(control, this.#settings);
    const isNew = new Set(
      (await sink.state()) ? await sink.tablesToCopy() : this.#settings.tables.map(({ name }) => name),
    );
    const [grave, minor] = partition(
      faults,
      ({ table, isMinor }) => !isMinor && (table === undefined || isNew.has(table)),
    );
    for (const { code, message } of minor) this.#settings.log.warn({ code }, message);
    const fault = setupFault(grave);
    if (fault) throw fault;
    this.#isSetUp = true;
  }

  /** Where to follow the stream from: what the replica holds, after a snapshot if that is not the slot's. */
  async #position(
    source: SourceIdentity,
    control: pg.Client,
    sink: CaptureSink,
    signal: AbortSignal,
  ): Promise<Watermark> {
    const { log, slot: name, slotPatienceMs: patienceMs } = this.#settings;
    const slot = await freeSlot(control, name, { patienceMs, log, signal });
    const held = await sink.state();
    const reason = this.#spoilt ?? reasonForSnapshot(held, source, slot);
    if (held && reason === null) return held.position;

    await this.#waitForSnapshot(reason, signal);
    log.info({ slot: name, reason }, 'Taking a snapshot of the ERP');
    this.#state = 'snapshot';
    if (slot) await dropSlot(control, name);
    await this.#takeSnapshot(source, control, sink, signal);
    const filled = await sink.state();
    if (!filled) throw new TypeError('The replica holds nothing after a snapshot');
    this.#pace.taken(performance.now());
    this.#spoilt = null;
    log.info({ slot: name, position: filled.position }, 'The snapshot is complete');
    return filled.position;
  }

  /** Meanwhile the replica answers from what it has. */
  async #waitForSnapshot(reason: string | null, signal: AbortSignal): Promise<void> {
    const waitMs = this.#pace.waitMs(performance.now());
    if (waitMs === 0) return;
    this.#fault = `Another snapshot is needed so soon after the last (${reason}) that it waits`;
    this.#settings.log.error({ code: FaultCode.SlotLost, reason, waitMs }, this.#fault);
    await sleep(waitMs, undefined, { signal });
  }

  async #takeSnapshot(
    source: SourceIdentity,
    control: pg.Client,
    sink: CaptureSink,
    signal: AbortSignal,
  ): Promise<void> {
    const { log, schema, tables, publication } = this.#settings;
    const watch = new TableWatch(tables, sink, log);
    const types = new TypeNames(control);
    const catalog = await readCatalog(control, { schema, publication, tables: tables.map(({ name }) => name) });
    const copied = [];
    for (const table of tables) {
      const found = catalog.get(table.name);
      await watch.compareFound(table.name, found, types);
      const columns = watch.columnsToCopy(table);
      if (found && columns.length > 0) copied.push({ ...found, columns });
    }
    this.#watch = watch;
    await takeSnapshot({ ...this.#settings, tables: copied }, source, sink, control, signal);
  }

  async #follow(
    replication: pg.Client,
    control: pg.Client,
    from: Watermark,
    sink: CaptureSink,
    signal: AbortSignal,
  ): Promise<void> {
    const { tables, log, slot } = this.#settings;
    this.#watch ??= new TableWatch(tables, sink, log);
    this.#measured = await measure(control, slot);
    const parts = { sink, watch: this.#watch, types: new TypeNames(control), barriers: this.#barriers };
    const follower = new Follower(replication, { ...this.#settings, from }, parts);
    const ending = new AbortController();
    const running = AbortSignal.any([signal, ending.signal]);
    const stop = (reason: unknown) => follower.stop(reason);
    const stopOnSignal = () => stop(signal.reason);
    signal.addEventListener('abort', stopOnSignal);
    control.once('end', () => stop(new Error("The connection to the ERP's database was lost")));
    const upkeep = { ...parts, control, follower };
    const beside = [
      keepCompared(this.#settings, upkeep, running),
      keepCopied(this.#settings, upkeep, running),
      keepMeasuring(control, slot, (measured) => (this.#measured = measured), running),
    ].map((work) => work.catch(stop));

    this.#follower = follower;
    this.#barriers.open(this.#barrierSource(control, follower), from);
    this.#state = 'streaming';
    this.#fault = null;
    this.#hasFollowed = true;
    const startedAt = performance.now();
    try {
      await follower.run();
    } catch (error) {
      this.#spoilt = await reasonSpoilt(error, control, this.#settings);
      if (performance.now() - startedAt > SOUND_AFTER_MS) this.#attempt = 0;
      throw error;
    } finally {
      signal.removeEventListener('abort', stopOnSignal);
      this.#barriers.close();
      ending.abort();
      await Promise.all(beside);
    }
  }

  #barrierSource(control: pg.Client, follower: Follower): BarrierSource {
    const allowance = () => (this.#measured.isCommitAsynchronous ? ASYNCHRONOUS_COMMIT_MS : 0);
    return {
      flushed: () => flushedPosition(control),
      nudge: () => writeRecord(control),
      askStream: () => follower.askStream(),
      get allowanceMs() {
        return allowance();
      },
    };
  }

  /** Waits before the next session, or throws what waiting does not mend. */
  async #rideOut(error: unknown, sink: CaptureSink, signal: AbortSignal): Promise<void> {
    const { log } = this.#settings;
    if (error instanceof CopyInterrupted) {
      log.info({ reason: error.message }, 'The snapshot gave way and is begun again');
      await pause(GIVE_WAY_MS, signal);
      return;
    }
    if (!this.#hasFollowed && error instanceof OperatorFault) {
      const mayComeBack = error instanceof ErpUnreachable && (await sink.state()) !== null;
      if (!mayComeBack) throw error;
    }
    this.#state = 'reconnecting';
    this.#fault = error instanceof Error ? error.message : String(error);
    log.warn({ err: error }, 'Capture was interrupted and is taken up again');
    const longestMs = Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** this.#attempt++);
    await pause(longestMs * (0.5 + Math.random() / 2), signal);
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> => sleep(ms, undefined, { signal }).catch(() => {});

function partition<Item>(items: readonly Item[], isFirst: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}
