/**
 * The dispatcher: takes what is due and brings it to the ERP, several commands at once and of each business key one.
 *
 * Any number of them run in any number of processes; what one of them holds when it is killed is found by the others
 * when its lease has ended. It wakes when somebody says so, when one of its own is done (the next of that key may
 * then go), and four times a second.
 */
import type { CallBudget } from '../../erp/budget.ts';
import { Bell } from '../../runtime/bell.ts';
import type { Log } from '../../runtime/log.ts';
import { type AttemptSettings, sendClaimed, settleClaimed } from './attempt.ts';
import { type Claim, Leases } from './claim.ts';
import { closeForStrays, watchGate } from './gate.ts';
import { expire, leasesEnded } from './record.ts';

export interface DispatcherSettings extends Omit<AttemptSettings, 'signal'> {
  readonly budget: CallBudget;
  readonly log: Log;
  /** How long a command is held without a word of its dispatcher. */
  readonly leaseMs: number;
  /** Commands at once. */
  readonly concurrency: number;
}

export interface Dispatcher {
  wake(): void;
  /** Takes no more, and resolves when what it has begun is done, or its time is over. */
  stop(drainMs: number): Promise<void>;
}

const LOOK_EVERY_MS = 250;
const SWEEP_EVERY_MS = 1_000;
const AFTER_FAULT_MS = 1_000;
/** Of each type, the newest. */
const MOST_JUDGED = 100;
const CONFIRM = 'npm start -- commands confirm-restore';

export function startDispatcher(settings: DispatcherSettings): Dispatcher {
  const { db, channel, budget, log, leaseMs, concurrency } = settings;
  const bell = new Bell();
  const leases = new Leases(db, leaseMs);
  const stopping = new AbortController();
  const givingUp = new AbortController();
  const running = new Set<Promise<void>>();
  const attempts: AttemptSettings = { ...settings, signal: givingUp.signal };

  const start = (work: (settings: AttemptSettings, claim: Claim) => Promise<void>, claim: Claim) => {
    const { id: command, traceId } = claim.command;
    const done = work(attempts, claim)
      // What it was at is found by its state when the lease has ended.
      .catch((err: unknown) => log.error({ err, command, traceId }, 'A command was not seen through'))
      .finally(() => {
        leases.end(claim);
        running.delete(done);
        bell.ring();
      });
    running.add(done);
  };

  async function look(): Promise<boolean> {
    const free = () => concurrency - running.size;
    if (free() <= 0) return false;
    const { claims, hasMore } = await leases.claim(free());
    for (const claim of claims) start(claim.command.state === 'UNKNOWN' ? settleClaimed : sendClaimed, claim);
    return hasMore && free() > 0;
  }

  /** Types of which it is not known whether the ERP has what was never sent from here. */
  let unjudged = new Set<string>();
  const judgeAnew = () => {
    unjudged = new Set(channel.references ? Object.keys(channel.takes) : []);
  };
  judgeAnew();
  async function judge(): Promise<void> {
    for (const type of [...unjudged]) {
      const newest = (patience: AbortSignal) =>
        channel.references?.(type, MOST_JUDGED, patience) ?? Promise.resolve([]);
      const isClosed = await closeForStrays(db, await budget.call('command', newest, { signal: stopping.signal }));
      if (isClosed)
        log.error(
          { run: CONFIRM },
          'The ERP has what was never sent from here. Nothing is sent until an operator confirms',
        );
      unjudged.delete(type);
    }
  }

  const looking = repeat(stopping.signal, log, 'dispatching', async () => {
    await judge();
    const hasMore = await look().catch((error: unknown) => {
      // The database it comes back as may be an older one.
      judgeAnew();
      throw error;
    });
    if (!hasMore) await bell.wait(LOOK_EVERY_MS, stopping.signal);
  });
  const sweeping = repeat(stopping.signal, log, 'sweeping commands', async () => {
    const closed = await watchGate(db);
    if (closed !== null) log.error({ run: CONFIRM }, `${closed} Nothing is sent until an operator confirms`);
    for (const [type, settling] of Object.entries(channel.takes)) {
      const lost = await leasesEnded(db, type, settling);
      if (lost > 0) log.warn({ commands: lost, type }, 'Commands were left behind by a dispatcher that is gone');
    }
    await expire(db);
    await new Bell().wait(SWEEP_EVERY_MS, stopping.signal);
  });
  return {
    wake: () => bell.ring(),
    async stop(drainMs) {
      stopping.abort();
      const deadline = setTimeout(() => givingUp.abort(), drainMs);
      await Promise.all([looking, sweeping]);
      await Promise.all(running);
      clearTimeout(deadline);
      leases.close();
    },
  };
}

async function repeat(signal: AbortSignal, log: Log, what: string, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    try {
      await work();
    } catch (err) {
      if (signal.aborted) return;
      log.warn({ err }, `${what} failed; it is tried again`);
      await new Bell().wait(AFTER_FAULT_MS, signal);
    }
  }
}
