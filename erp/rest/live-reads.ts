/**
 * Live reads: who asks for the same table or the same keys in the same moment shares one call (SEMANTICS.md C6).
 *
 * A walk serves who asked before it began, and who is content with the time it began at.
 */
import type { LiveRead } from '../connector.ts';
import { keyJoiner, type ReadKeys } from '../key-joiner.ts';
import type { Caller, TableReader } from './table-reader.ts';

/** So long others who ask the same are waited for: little beside what a call takes. */
const GATHER_MS = 20;
/** Nobody who asks waits longer; who asked for less has left before. */
const DEADLINE_MS = 10_000;

interface Joined {
  readonly walk: ReadKeys;
  readonly keys: ReadKeys;
}

export class LiveReads {
  readonly #joined: ReadonlyMap<string, Joined>;
  readonly #readers: ReadonlyMap<string, TableReader>;
  /** Walks under way, by when they began on this process's clock. */
  readonly #running = new Map<string, { readonly begunAt: Date; readonly done: Promise<void> }>();

  constructor(readers: ReadonlyMap<string, TableReader>, keysPerCall: number, clock: () => Promise<string>) {
    this.#readers = readers;
    const caller = (signal: AbortSignal): Caller => ({ kind: 'interactive', signal, deadlineMs: DEADLINE_MS });
    this.#joined = new Map(
      [...readers].map(([name, reader]) => [
        name,
        {
          walk: keyJoiner({
            most: 1,
            gatherMs: GATHER_MS,
            read: async (_, signal) => {
              const running = { begunAt: new Date(await clock()), done: reader.pollNow(caller(signal)) };
              this.#running.set(name, running);
              await running.done.finally(() => {
                if (this.#running.get(name) === running) this.#running.delete(name);
              });
            },
          }),
          keys: keyJoiner({
            most: keysPerCall,
            gatherMs: GATHER_MS,
            read: (keys, signal) =>
              reader.readKeys(
                keys.map((key) => JSON.parse(key)),
                caller(signal),
              ),
          }),
        },
      ]),
    );
  }

  async read({ tables, rows, asOf }: LiveRead, signal: AbortSignal): Promise<void> {
    const walks = [...new Set(tables)].map((table) => this.#walk(table, asOf, signal));
    const named = [...rows].map(([table, keys]) =>
      this.#of(table).keys(
        keys.map((key) => JSON.stringify(key)),
        signal,
      ),
    );
    await Promise.all([...walks, ...named]);
  }

  async #walk(table: string, asOf: Date | undefined, signal: AbortSignal): Promise<void> {
    const { walk } = this.#of(table);
    const known = this.#readers.get(table)?.asOf;
    if (asOf && known && known >= asOf) return;
    const running = this.#running.get(table);
    if (asOf && running && running.begunAt >= asOf) await Promise.race([running.done, whenAborted(signal)]);
    else await walk([table], signal);
  }

  #of(table: string): Joined {
    const joined = this.#joined.get(table);
    if (!joined) throw new TypeError(`${table} is not mirrored`);
    return joined;
  }
}

const whenAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
