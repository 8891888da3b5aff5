/**
 * A working day in the sandbox ERP: orders, picks, goods issues, receipts, production reports, corrections, deletions.
 *
 * The same seed does the same to the same database, as long as nobody else writes to it; with more than one connection
 * the order of their commits is chance.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { Random } from './random.ts';
import type { TransactionKind } from './traffic/kind.ts';
import { masterDataKinds } from './traffic/master-data.ts';
import { salesKinds } from './traffic/sales.ts';
import { supplyKinds } from './traffic/supply.ts';

export const transactionKinds: readonly TransactionKind[] = [...salesKinds, ...supplyKinds, ...masterDataKinds];

export interface Transaction {
  readonly kind: string;
  /** The number of the document or master record it touched. */
  readonly document: string;
}

const allShares = transactionKinds.reduce((sum, { share }) => sum + share, 0);

function anyKind(random: Random): TransactionKind | undefined {
  let left = random.next() * allShares;
  return transactionKinds.find(({ share }) => {
    left -= share;
    return left < 0;
  });
}

/** Two transactions wanted the same rows; the ERP's user would try again. */
const COLLISIONS = new Set(['40P01', '40001', '23505']);

/** One transaction. A kind that finds nothing to do leaves it to another. */
export async function trafficTransaction(client: pg.ClientBase | pg.Pool, random: Random): Promise<Transaction> {
  for (;;) {
    const kind = anyKind(random);
    const done = kind && (await perform(client, kind, random));
    if (done) return done;
  }
}

/** Null when there was nothing to do. */
export async function perform(
  client: pg.ClientBase | pg.Pool,
  { name, random: count, sql }: TransactionKind,
  random: Random,
): Promise<Transaction | null> {
  try {
    const { rows } = await client.query<{ document: string }>({
      name: `traffic ${name}`,
      text: sql,
      values: Array.from({ length: count }, () => random.next()),
    });
    return rows[0] ? { kind: name, document: rows[0].document } : null;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (typeof code === 'string' && COLLISIONS.has(code)) return null;
    throw error;
  }
}

export interface TrafficSettings {
  readonly ratePerSecond: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onTransaction?: (transaction: Transaction) => void;
}

/** What one connection does in a second without falling behind. */
const PER_CONNECTION = 60;

/**
 * Transactions at a steady rate until the signal aborts. Who falls behind makes up for it: the rate holds on the
 * average while the database can keep up.
 */
export async function runTraffic(pool: pg.Pool, settings: TrafficSettings): Promise<void> {
  const { ratePerSecond, seed, signal, onTransaction } = settings;
  const connections = Math.min(Math.max(1, Math.ceil(ratePerSecond / PER_CONNECTION)), pool.options.max);
  const begun = performance.now();
  const lane = async (first: number): Promise<void> => {
    const random = new Random(seed + first);
    for (let turn = first; !signal.aborted; turn += connections) {
      const wait = begun + (turn * 1_000) / ratePerSecond - performance.now();
      if (wait > 0) await sleep(wait, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      const done = await trafficTransaction(pool, random);
      onTransaction?.(done);
    }
  };
  await Promise.all(Array.from({ length: connections }, (_, at) => lane(at)));
}
