/**
 * Capture by replication that goes on by polling while the ERP's database cannot be reached, but its API can.
 *
 * ```
 * replication ── out of reach for too long ──► polling, from the mirror's last asOf on
 *      ▲                                          │
 *      └── a snapshot ◄── the polls have ended ◄──┘ the database is back
 * ```
 *
 * One of them writes the mirror at a time, and the other begins when nothing of the first is under way any more. On the
 * way down the first walks read what was written since the mirror was last known to be complete, and key sweeps find what
 * was deleted; nothing is copied anew.
 *
 * On the way up it is the snapshot that makes it exact: its slot begins after the last poll has ended, so every row it
 * brings is at least as new as the one that was polled. To go on from the old slot instead would cost the ERP less, but
 * the stream brings rows and deletions of long before the polls, and carries no version to judge them by. So the return
 * is dear for the ERP: it is waited for until the database has stayed, and longer each time it was soon lost again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../runtime/log.ts';
import type { Barrier, Capture, CaptureStatus, ErpClock, LiveRead, OnBarrierKnown, ReplicaSink } from '../connector.ts';
import { SnapshotPace } from '../postgres/snapshot-pace.ts';
import type { PolledCapture } from '../rest/capture.ts';
import { fenced } from './fence.ts';

export interface DowngradeSettings {
  /** Each made anew for every turn. */
  readonly replicated: () => Capture;
  readonly polled: () => PolledCapture;
  /** Rejects while the ERP's database cannot be reached. */
  readonly reachDatabase: () => Promise<void>;
  /** So long it may be out of reach before the ERP is polled. */
  readonly afterMs: number;
  readonly log: Log;
  readonly lookEveryMs?: number;
  /** How long the next return waits when the database is lost soon after the last one; longer each time. */
  readonly returnPauseMs?: number;
}

export const downgradingCapture = (settings: DowngradeSettings): Capture => new DowngradingCapture(settings);

const LOOK_EVERY_MS = 5_000;
const STATE_EVERY_MS = 250;
const RETURN_PAUSE_MS = 60_000;
/** A database that answers so many looks in a row is taken to stay. */
const LOOKS_TO_STAY = 2;

interface Turn {
  readonly capture: Capture;
  /** The same, when it is the polling one's turn. */
  readonly polled: PolledCapture | null;
  readonly ending: AbortController;
}

class DowngradingCapture implements Capture {
  readonly #settings: DowngradeSettings;
  readonly #lookEveryMs: number;
  readonly #pace: SnapshotPace;
  #turn: Turn;
  /** Of the API's answer that let the replication end. */
  #clock: ErpClock | null = null;
  #fault: string | null = null;

  constructor(settings: DowngradeSettings) {
    this.#settings = settings;
    this.#lookEveryMs = settings.lookEveryMs ?? LOOK_EVERY_MS;
    this.#pace = new SnapshotPace(settings.returnPauseMs ?? RETURN_PAUSE_MS);
    this.#turn = { capture: settings.replicated(), polled: null, ending: new AbortController() };
  }

  async run(sink: ReplicaSink, signal: AbortSignal): Promise<void> {
    const { log } = this.#settings;
    let isFirst = true;
    let polls = await this.#wasPolled(sink);
    for (; !signal.aborted; polls = !polls, isFirst = false) {
      try {
        if (polls) await this.#poll(sink, signal);
        else await this.#replicate(sink, signal);
      } catch (error) {
        // At its first start a replication says what a person must mend.
        if (isFirst && !polls) throw error;
        if (signal.aborted) return;
        this.#fault = error instanceof Error ? error.message : String(error);
        log.error({ err: error }, `the ERP cannot be ${polls ? 'polled' : 'replicated'} either`);
        await pause(this.#lookEveryMs, signal);
      }
    }
  }

  barrier(signal: AbortSignal, onKnown?: OnBarrierKnown): Promise<Barrier> {
    const { capture, ending } = this.#turn;
    return capture.barrier(AbortSignal.any([signal, ending.signal]), onKnown);
  }

  get liveRead(): Capture['liveRead'] {
    const { polled, ending } = this.#turn;
    if (!polled) return undefined;
    return (asked: LiveRead, signal: AbortSignal) => polled.liveRead(asked, AbortSignal.any([signal, ending.signal]));
  }

  status(): CaptureStatus {
    const { capture, polled } = this.#turn;
    const status = capture.status();
    if (!polled) return status;
    const state = status.state === 'streaming' ? 'downgraded' : status.state;
    return { ...status, state, fault: status.fault ?? this.#fault };
  }

  /** Who was killed meanwhile goes on polling. */
  async #wasPolled(sink: ReplicaSink): Promise<boolean> {
    const { source } = this.#settings.polled();
    const held = await sink.state();
    return held?.source.system === source.system && held.source.timeline === source.timeline;
  }

  /** Until the database has been out of reach for too long, and the API answers. */
  async #replicate(sink: ReplicaSink, signal: AbortSignal): Promise<void> {
    const { capture: last, ending } = this.#turn;
    const capture = ending.signal.aborted ? this.#settings.replicated() : last;
    await this.#take({ capture, polled: null }, signal, (ending) => [
      capture.run(sink, ending),
      this.#untilAway(capture, sink, ending),
    ]);
    if (signal.aborted) return;
    this.#fault = capture.status().fault ?? "The ERP's database cannot be reached";
  }

  /** Until the database is back. */
  async #poll(sink: ReplicaSink, signal: AbortSignal): Promise<void> {
    const { log, polled } = this.#settings;
    const capture = polled();
    const clock = this.#clock ?? (await capture.clock(sink, signal));
    this.#clock = null;
    log.warn({ fault: this.#fault }, "the ERP's database cannot be reached: the ERP is polled through its API");
    const fence = fenced(sink);
    try {
      await this.#take({ capture, polled: capture }, signal, (ending) => [
        capture.takeOver(fence.sink, clock, ending),
        this.#untilBack(ending),
      ]);
    } finally {
      await fence.close();
    }
    if (signal.aborted) return;
    this.#pace.taken(performance.now());
    log.info("the ERP's database is back: it is replicated again, from a new snapshot");
  }

  /** Both of `begin`, until one of them ends; then nothing of the first is under way. */
  async #take(
    { capture, polled }: Omit<Turn, 'ending'>,
    signal: AbortSignal,
    begin: (ending: AbortSignal) => readonly [running: Promise<void>, over: Promise<void>],
  ): Promise<void> {
    if (this.#turn.capture !== capture) {
      this.#turn.ending.abort();
      this.#turn = { capture, polled, ending: new AbortController() };
    }
    const { ending } = this.#turn;
    const both = begin(AbortSignal.any([signal, ending.signal]));
    try {
      await Promise.race(both);
    } finally {
      ending.abort();
      await Promise.allSettled(both);
    }
  }

  async #untilAway(capture: Capture, sink: ReplicaSink, signal: AbortSignal): Promise<void> {
    const { afterMs, polled, log } = this.#settings;
    for (let reachedAt = performance.now(); !signal.aborted && !this.#clock; await pause(STATE_EVERY_MS, signal)) {
      if (capture.status().state !== 'reconnecting') reachedAt = performance.now();
      if (performance.now() - reachedAt < afterMs) continue;
      try {
        // Polls go on from what is held; without it they would be another first copy.
        const clock = (await sink.state()) && (await polled().clock(sink, signal));
        if (capture.status().state === 'reconnecting') this.#clock = clock;
      } catch (error) {
        if (signal.aborted) return;
        log.warn({ err: error }, "neither the ERP's database nor its API can be reached");
        await pause(this.#lookEveryMs, signal);
      }
    }
  }

  async #untilBack(signal: AbortSignal): Promise<void> {
    for (let answered = 0; !signal.aborted && answered < LOOKS_TO_STAY; ) {
      await pause(Math.max(this.#lookEveryMs, this.#pace.waitMs(performance.now())), signal);
      const isThere = await this.#settings.reachDatabase().then(
        () => true,
        () => false,
      );
      answered = isThere ? answered + 1 : 0;
    }
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> => sleep(ms, undefined, { signal }).catch(() => {});
