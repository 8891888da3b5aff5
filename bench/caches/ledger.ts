/**
 * Writes in the ERP at a steady rate and remembers every state that each order has had, and from when on it was
 * committed: what every answer is judged by.
 *
 * One writer at a time writes an order. A state counts as possible from before its COMMIT is sent, and as owed from when
 * the COMMIT was acknowledged, by the clock of the machine, which all its processes share.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../erp/sandbox/random.ts';
import type { Database } from '../databases.ts';

export interface State {
  readonly value: number;
  readonly plant: string;
  readonly date: string;
  acknowledgedMs: number;
}

const LANES = 8;
const FIRST_DAY = Date.UTC(2030, 0, 1);
const DAYS = 300;
const DAY_MS = 86_400_000;

export class Ledger {
  readonly orders: readonly string[];
  readonly plants: readonly string[];
  readonly #erp: Database;
  readonly #random: Random;
  readonly #states = new Map<string, State[]>();
  readonly #busy = new Set<string>();
  #written = 0;

  private constructor(erp: Database, random: Random, orders: readonly string[], plants: readonly string[]) {
    this.#erp = erp;
    this.#random = random;
    this.orders = orders;
    this.plants = plants;
  }

  /** Of closed orders, which no other transaction touches. */
  static async open(erp: Database, random: Random, most: number): Promise<Ledger> {
    const [orders, plants] = await Promise.all([
      erp.pool.query<{ no: string }>(
        `select order_no as no from sales_header where status_code = 'C' order by order_no limit $1`,
        [most],
      ),
      erp.pool.query<{ code: string }>(
        `select plant_code as code from sales_header where plant_code is not null group by 1 order by count(*) desc limit 5`,
      ),
    ]);
    const ledger = new Ledger(
      erp,
      random,
      orders.rows.map(({ no }) => no),
      plants.rows.map(({ code }) => code),
    );
    for (const order of ledger.orders) await ledger.write(order);
    return ledger;
  }

  get written(): number {
    return this.#written;
  }

  /** Until the signal aborts; `pick` says which order is next. */
  async writeAtRate(ratePerSecond: number, pick: () => string, signal: AbortSignal): Promise<void> {
    const begun = performance.now();
    let turn = 0;
    const lane = async () => {
      while (!signal.aborted) {
        const wait = begun + (turn++ * 1_000) / ratePerSecond - performance.now();
        if (wait > 0) await sleep(wait, undefined, { signal }).catch(() => undefined);
        if (!signal.aborted) await this.write(pick());
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  }

  /** Resolves when it is committed. An order that is being written is left out. */
  async write(order: string): Promise<State | null> {
    if (this.#busy.has(order)) return null;
    this.#busy.add(order);
    try {
      const states = this.#states.get(order) ?? [];
      this.#states.set(order, states);
      const plant = this.#random.pick(this.plants) ?? '';
      const date = new Date(FIRST_DAY + this.#random.integer(0, DAYS) * DAY_MS).toISOString().slice(0, 10);
      const state = { value: (states.at(-1)?.value ?? 0) + 1, plant, date, acknowledgedMs: Number.POSITIVE_INFINITY };
      states.push(state);
      await this.#erp.pool.query({
        name: 'ledger',
        text: 'update sales_header set customer_reference = $1, plant_code = $2, order_date = $3 where order_no = $4',
        values: [String(state.value), plant, date, order],
      });
      state.acknowledgedMs = Date.now();
      this.#written++;
      return state;
    } finally {
      this.#busy.delete(order);
    }
  }

  /** The states that an answer as of this time may show: the one that was owed by then, and all later ones. */
  possible(order: string, asOfMs: number): readonly State[] {
    const states = this.#states.get(order) ?? [];
    // The clock shows whole milliseconds: one that was acknowledged within the same may be the later.
    return states.slice(
      Math.max(
        0,
        states.findLastIndex(({ acknowledgedMs }) => acknowledgedMs < asOfMs),
      ),
    );
  }

  has(order: string): boolean {
    return this.#states.has(order);
  }
}
