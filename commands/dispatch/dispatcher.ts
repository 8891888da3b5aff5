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
import { watchGate } from './gate.ts';
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

export function startDispatcher(settings: DispatcherSettings): Dispatcher {
  const { db, channel, log, leaseMs, concurrency } = settings;
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
    let isBusy = false;
    for (const [what, work] of [
      ['toSettle', settleClaimed],
      ['toSend', sendClaimed],
    ] as const) {
      const most = free();
      if (most <= 0) return false;
      const claims = await leases.claim(what, most);
      for (const claim of claims) start(work, claim);
      isBusy ||= claims.length === most;
    }
    return isBusy && free() > 0;
  }

  const looking = repeat(stopping.signal, log, 'dispatching', async () => {
    const hasMore = await look();
    if (!hasMore) await bell.wait(LOOK_EVERY_MS, stopping.signal);
  });
  const sweeping = repeat(stopping.signal, log, 'sweeping commands', async () => {
    const closed = await watchGate(db);
    if (closed !== null)
      log.error(
        { run: 'npm start -- commands confirm-restore' },
        `${closed} Nothing is sent until an operator confirms`,
      );
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
