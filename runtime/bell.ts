/** Wakes a loop that would otherwise sleep until its next turn. Who rings while it works makes it turn once more. */
import { setTimeout as sleep } from 'node:timers/promises';

export class Bell {
  #rung = Promise.withResolvers<void>();

  ring(): void {
    this.#rung.resolve();
  }

  /** Resolves when it was rung after the last time this resolved, or after `ms`; with whether it was rung. */
  async wait(ms: number, signal: AbortSignal): Promise<boolean> {
    const over = new AbortController();
    const pause = sleep(ms, false, { signal: AbortSignal.any([signal, over.signal]) }).catch(() => false);
    const isRung = await Promise.race([this.#rung.promise.then(() => true), pause]);
    over.abort();
    this.#rung = Promise.withResolvers<void>();
    return isRung;
  }
}
