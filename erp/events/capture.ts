/**
 * Capture by an ERP's signed webhooks: what it tells of is read at once, by key. Polls go on beside it, seldom.
 *
 * ```
 * webhook ─► receiver ─► sink.takeEvents ─► 204
 *                              └─► named rows ─► read by key ─► sink.applyRead
 * a number is missing for too long ─► every table is polled and swept, at once
 * ```
 *
 * Events make rows arrive early and promise nothing: one may be the last, and lost. How fresh the replica is, is
 * what its polls say.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Bell } from '../../runtime/bell.ts';
import { OperatorFault } from '../../runtime/errors.ts';
import type { Log } from '../../runtime/log.ts';
import type { CallBudget } from '../budget.ts';
import type { Barrier, Capture, CaptureStatus, LiveRead, MirrorTable, ReplicaSink } from '../connector.ts';
import type { Delivery, EventGap, EventSink, NamedRow, Webhooks } from '../event.ts';
import type { PolledCapture } from '../rest/capture.ts';
import { type Receiver, startReceiver } from './receiver.ts';

export interface EventSettings {
  /** What reads the ERP: rows that events name, what was written since, keys. */
  readonly polled: PolledCapture;
  readonly webhooks: Webhooks;
  readonly tables: readonly MirrorTable[];
  readonly budget: Pick<CallBudget, 'call'>;
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  /** Under which the ERP reaches the receiver; null where somebody subscribes for us. */
  readonly url: string | null;
  readonly log: Log;
}

export const eventCapture = (settings: EventSettings): Capture => new EventCapture(settings);

const LOOK_EVERY_MS = 1_000;
const RETRY_MS = 1_000;
const SUBSCRIBE_RETRY_MS = 60_000;

class EventCapture implements Capture {
  readonly #settings: EventSettings;
  readonly #told = new Bell();
  /** What is wrong with the events themselves. */
  #fault: string | null = null;

  constructor(settings: EventSettings) {
    this.#settings = settings;
  }

  async run(sink: ReplicaSink, signal: AbortSignal): Promise<void> {
    const ending = new AbortController();
    const running = AbortSignal.any([signal, ending.signal]);
    const receiver = await this.#receive(sink);
    const loops = [
      this.#settings.polled.run(sink, running),
      this.#subscribe(running),
      this.#repeat('reading the rows that events name', running, () => this.#readNamed(sink, running)),
      this.#repeat('looking for events that are missing', running, () => this.#lookForGaps(sink, running)),
    ];
    try {
      await Promise.all(loops);
    } finally {
      ending.abort();
      await Promise.allSettled([...loops, receiver.close()]);
    }
  }

  barrier(signal: AbortSignal): Promise<Barrier> {
    return this.#settings.polled.barrier(signal);
  }

  liveRead(asked: LiveRead, signal: AbortSignal): Promise<void> {
    return this.#settings.polled.liveRead(asked, signal);
  }

  status(): CaptureStatus {
    const status = this.#settings.polled.status();
    return { ...status, fault: status.fault ?? this.#fault };
  }

  #receive(sink: EventSink): Promise<Receiver> {
    const { host, port, secret, webhooks, tables, log } = this.#settings;
    const keys = new Map(tables.map(({ name, key }) => [name, key.length]));
    return startReceiver({
      host,
      port,
      secret,
      signatureHeader: webhooks.signatureHeader,
      delivery: (body) => fitting(webhooks.delivery(body), keys),
      take: async (delivery) => {
        if ((await sink.takeEvents(delivery)) > 0) this.#told.ring();
      },
      log,
    });
  }

  async #subscribe(signal: AbortSignal): Promise<void> {
    const { url, secret, webhooks, budget, log } = this.#settings;
    if (url === null) return;
    while (!signal.aborted) {
      try {
        await budget.call('poll', (calling) => webhooks.subscribe(url, secret, calling), {
          signal,
          isRepeatable: true,
        });
        log.info({ url }, 'the ERP tells of changes');
        return;
      } catch (error) {
        if (signal.aborted || error instanceof OperatorFault) return; // whoever polls meets the same, and tells it
        log.error({ err: error }, 'the ERP refuses to tell of changes; it is polled only');
        await pause(SUBSCRIBE_RETRY_MS, signal);
      }
    }
  }

  async #readNamed(sink: EventSink, signal: AbortSignal): Promise<void> {
    const named = await sink.namedRows();
    if (named.length === 0) {
      await this.#told.wait(LOOK_EVERY_MS, signal);
      return;
    }
    const byTable = Map.groupBy(named, ({ table }) => table);
    const reads = await Promise.allSettled([...byTable].map(([table, rows]) => this.#read(sink, table, rows, signal)));
    const failed = reads.find((read) => read.status === 'rejected');
    if (failed) throw failed.reason;
  }

  async #read(sink: EventSink, table: string, rows: readonly NamedRow[], signal: AbortSignal): Promise<void> {
    const keys = rows.map(({ key }) => key);
    await this.#settings.polled.readKeys(table, keys, signal);
    await sink.namedRowsRead(rows);
  }

  async #lookForGaps(sink: EventSink, signal: AbortSignal): Promise<void> {
    const { polled, webhooks, log } = this.#settings;
    const gaps = await sink.eventGaps(webhooks.fillsGapsWithinMs);
    const fault = gaps.length === 0 ? null : gaps.map(describe).join(' ');
    if (fault && fault !== this.#fault) log.warn({ gaps }, fault);
    this.#fault = fault;
    for (const { since } of gaps) polled.want(since);
    await pause(Math.min(LOOK_EVERY_MS, webhooks.fillsGapsWithinMs), signal);
  }

  /** Again and again; what fails is tried again after a while. */
  async #repeat(what: string, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      try {
        await work();
      } catch (error) {
        if (signal.aborted) return;
        this.#settings.log.warn({ err: error }, `${what} was interrupted and is taken up again`);
        await pause(RETRY_MS, signal);
      }
    }
  }
}

/** A key that is none of its table would be asked for again and again. */
function fitting(delivery: Delivery, keys: ReadonlyMap<string, number>): Delivery {
  for (const { table, key } of delivery.events) {
    const columns = keys.get(table) ?? key.length;
    if (key.length !== columns) throw new TypeError(`The key of ${table} has ${columns} columns`);
  }
  return delivery;
}

const describe = ({ subscription, after }: EventGap): string =>
  `Events after number ${after} of subscription ${subscription} did not come; all tables are read for what was written since.`;

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(Math.max(0, ms), undefined, { signal }).catch(() => {});
