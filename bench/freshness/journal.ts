/**
 * Writes in the ERP at a steady rate, and remembers when each COMMIT was acknowledged: what every answer is judged by.
 *
 * Each order's reference counts up, and one writer at a time writes an order: what an answer shows of it says how far
 * back that answer is.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../databases.ts';

interface Commit {
  readonly value: number;
  /** By `performance.now()`, and by the clock of the machine, which the databases share. */
  readonly acknowledgedAt: number;
  readonly acknowledgedMs: number;
}

const MOST_ORDERS = 200;
const LANES = 4;

export class Journal {
  readonly orders: readonly string[];
  readonly #erp: Database;
  readonly #commits: ReadonlyMap<string, Commit[]>;
  #written = 0;

  private constructor(erp: Database, orders: readonly string[]) {
    this.#erp = erp;
    this.orders = orders;
    this.#commits = new Map(orders.map((order) => [order, []]));
  }

  /** Of closed orders, which no other transaction touches. */
  static async open(erp: Database): Promise<Journal> {
    const { rows } = await erp.pool.query<{ order_no: string }>(
      `select order_no from sales_header where status_code = 'C' order by random() limit ${MOST_ORDERS}`,
    );
    const journal = new Journal(
      erp,
      rows.map(({ order_no }) => order_no),
    );
    for (const order of journal.orders) await journal.#write(order);
    return journal;
  }

  get written(): number {
    return this.#written;
  }

  /** Until the signal aborts. */
  async writeAtRate(ratePerSecond: number, signal: AbortSignal): Promise<void> {
    const begun = performance.now();
    const lane = async (first: number) => {
      for (let turn = first; ; turn += LANES) {
        const wait = begun + (turn * 1_000) / ratePerSecond - performance.now();
        if (wait > 0) await sleep(wait, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) return;
        // Lanes never meet at an order: their number divides that of the lanes' turns.
        const own = this.orders.filter((_, at) => at % LANES === first);
        const order = own[Math.floor(turn / LANES) % own.length];
        if (order !== undefined) await this.#write(order);
      }
    };
    await Promise.all(Array.from({ length: LANES }, (_, at) => lane(at)));
  }

  /** The last value whose COMMIT was acknowledged at or before this moment; nought if none was. */
  acknowledgedBy(order: string, at: number): number {
    return this.#commits.get(order)?.findLast(({ acknowledgedAt }) => acknowledgedAt <= at)?.value ?? 0;
  }

  /** The same, by the machine's clock, which knows whole milliseconds only. */
  acknowledgedByClock(order: string, ms: number): number {
    return this.#commits.get(order)?.findLast(({ acknowledgedMs }) => acknowledgedMs < ms)?.value ?? 0;
  }

  async #write(order: string): Promise<void> {
    const commits = this.#commits.get(order);
    const value = (commits?.at(-1)?.value ?? 0) + 1;
    await this.#erp.pool.query({
      name: 'journal',
      text: 'update sales_header set customer_reference = $1 where order_no = $2',
      values: [String(value), order],
    });
    commits?.push({ value, acknowledgedAt: performance.now(), acknowledgedMs: Date.now() });
    this.#written++;
  }
}
