/**
 * The slot watchdog: keeps our replication slot from filling the ERP's disk.
 *
 * ```
 * look ─► below the limit ──────────────────────────────► look again, the sooner the nearer the limit can be
 *     ├─► above it, we have read everything ─► alarm: the ERP's own transaction, by pid and age ─► the hard limit
 *     └─► above it otherwise, or above the hard limit ──► end our reader, drop the slot, alarm
 * ```
 *
 * It is a process of its own: the replica, when it hangs, cannot watch itself, and the slot of a dead one is still
 * there. It needs nothing but the ERP's database. A slot held back by the ERP's own transaction is kept, since a new
 * one would wait for the same transaction and then be held back by the next.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { FaultCode, faultRemedies } from '../../runtime/errors.ts';
import type { Log } from '../../runtime/log.ts';
import { connectErp, disconnect } from './connect.ts';
import {
  forceDropSlot,
  type OpenTransaction,
  oldestTransaction,
  retainedBytes,
  type SlotSight,
  seeSlot,
} from './slot-sight.ts';

export interface SlotLimits {
  readonly limitBytes: number;
  /** Above this the slot goes, whoever holds it back. */
  readonly hardLimitBytes: number;
}

/** What the watchdog last saw and has done. */
export interface SlotWatch {
  readonly retainedBytes: number | null;
  readonly limits: SlotLimits;
  /** Whose transaction holds back more than the limit; null while nothing does. */
  readonly heldBy: OpenTransaction | null;
  /** Slots dropped since the watchdog started. */
  readonly drops: number;
}

export interface WatchdogSettings {
  readonly connectionString: string;
  readonly slot: string;
  readonly limits: SlotLimits;
  readonly log: Log;
  readonly onLook: (watch: SlotWatch) => void;
}

/** A reader that is at work has acknowledged what was written so long ago. */
const READ_WITHIN_MS = 5_000;
/** Unread WAL up to this share of the limit says nothing; a hanging reader passes it before the limit by a tenth. */
const UNREAD_SHARE = 1 / 16;

export type Verdict = 'well' | 'held by the ERP' | 'drop';

/** @param writtenBefore what the ERP had written READ_WITHIN_MS ago, as far as it is known */
export function judge(sight: SlotSight, writtenBefore: number, { limitBytes, hardLimitBytes }: SlotLimits): Verdict {
  const retained = retainedBytes(sight);
  if (retained < limitBytes) return 'well';
  if (retained >= hardLimitBytes) return 'drop';
  const { read, written } = sight;
  if (read === null || written - read <= limitBytes * UNREAD_SHARE) return 'held by the ERP';
  // Behind an ERP that writes fast is also who has read all but the last seconds.
  return read >= writtenBefore && written - read <= retained / 2 ? 'held by the ERP' : 'drop';
}

const LOOK_LATEST_MS = 1_000;
const LOOK_SOONEST_MS = 20;
/** Of a limit: so near to it nothing is gained by looking yet more often. */
const NEAR_SHARE = 0.02;
/** A server may write so much in a millisecond though it was idle before. */
const SUDDEN_BYTES_PER_MS = 100_000;

/** When to look again, so that the limit is not passed by much whatever is written until then. */
export function lookAgainMs(retained: number, bytesPerMs: number, nextLimitBytes: number): number {
  const leftBytes = Math.max(nextLimitBytes - retained, nextLimitBytes * NEAR_SHARE);
  const ms = leftBytes / (2 * Math.max(bytesPerMs, SUDDEN_BYTES_PER_MS));
  return Math.min(LOOK_LATEST_MS, Math.max(LOOK_SOONEST_MS, ms));
}

const RECONNECT_MS = 1_000;
const ALARM_EVERY_MS = 60_000;

/** Watches until the signal aborts. Lost connections are ridden out. */
export async function watchSlot(settings: WatchdogSettings, signal: AbortSignal): Promise<void> {
  const watchdog = new Watchdog(settings);
  let toldAt = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    try {
      await watchdog.session(signal);
    } catch (err) {
      if (signal.aborted) return;
      if (performance.now() - toldAt > ALARM_EVERY_MS) {
        toldAt = performance.now();
        settings.log.warn({ err }, "The watchdog cannot look at the ERP's database; it tries again");
      }
      await pause(RECONNECT_MS, signal);
    }
  }
}

class Watchdog {
  readonly #settings: WatchdogSettings;
  /** What the ERP had written, by when; of the last READ_WITHIN_MS. */
  #written: { readonly at: number; readonly bytes: number }[] = [];
  #drops = 0;
  #heldBy: OpenTransaction | null = null;
  #alarmedAt = Number.NEGATIVE_INFINITY;

  constructor(settings: WatchdogSettings) {
    this.#settings = settings;
  }

  async session(signal: AbortSignal): Promise<void> {
    const control = await connectErp(this.#settings.connectionString, 'control');
    try {
      while (!signal.aborted) await pause(await this.#look(control), signal);
    } finally {
      await disconnect(control);
    }
  }

  /** Resolves with after how many milliseconds to look again. */
  async #look(control: pg.Client): Promise<number> {
    const { slot, limits, onLook } = this.#settings;
    const sight = await seeSlot(control, slot);
    const bytesPerMs = sight ? this.#note(sight.written) : 0;
    const verdict = sight ? judge(sight, this.#written[0]?.bytes ?? 0, limits) : 'well';
    this.#heldBy = verdict === 'held by the ERP' ? await oldestTransaction(control) : null;
    if (sight && verdict === 'drop') await this.#drop(control, sight);
    else if (sight && verdict === 'held by the ERP') this.#alarm(sight);
    else this.#alarmedAt = Number.NEGATIVE_INFINITY;

    const retained = sight && verdict !== 'drop' ? retainedBytes(sight) : null;
    onLook({ retainedBytes: retained, limits, heldBy: this.#heldBy, drops: this.#drops });
    const nextLimitBytes = verdict === 'held by the ERP' ? limits.hardLimitBytes : limits.limitBytes;
    return lookAgainMs(retained ?? 0, bytesPerMs, nextLimitBytes);
  }

  /** Resolves with how fast the ERP writes. */
  #note(bytes: number): number {
    const at = performance.now();
    const last = this.#written.at(-1);
    // One from before is kept: what is known of the time between is that it was written then.
    while ((this.#written[1]?.at ?? at) < at - READ_WITHIN_MS) this.#written.shift();
    this.#written.push({ at, bytes });
    return last ? (bytes - last.bytes) / (at - last.at) : 0;
  }

  async #drop(control: pg.Client, sight: SlotSight): Promise<void> {
    const { slot, limits, log } = this.#settings;
    await forceDropSlot(control, slot);
    this.#drops++;
    log.error(
      { code: FaultCode.SlotLost, slot, retainedBytes: retainedBytes(sight), ...limits },
      `The replication slot held back more WAL in the ERP than it may and was dropped. ${faultRemedies.SLOT_LOST}`,
    );
  }

  #alarm(sight: SlotSight): void {
    const { slot, limits, log } = this.#settings;
    if (performance.now() - this.#alarmedAt < ALARM_EVERY_MS) return;
    this.#alarmedAt = performance.now();
    const code = FaultCode.SlotHeldBack;
    log.error(
      { code, slot, retainedBytes: retainedBytes(sight), ...limits, heldBy: this.#heldBy },
      `${who(this.#heldBy)}. ${faultRemedies[code]}`,
    );
  }
}

function who(transaction: OpenTransaction | null): string {
  if (!transaction) return 'The ERP holds back more WAL than the slot may keep, though all of it is read';
  const { pid, role, application, ageSeconds } = transaction;
  const name = pid === null ? `${application}` : `process ${pid} (${application || 'unnamed'})`;
  return `A transaction of the ERP, ${name} of ${role}, open for ${ageSeconds} s, holds back more WAL than the slot may keep`;
}

const pause = (ms: number, signal: AbortSignal): Promise<void> => sleep(ms, undefined, { signal }).catch(() => {});
