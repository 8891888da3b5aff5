/**
 * The one writer of mirror and read models in a process: everything that writes them takes its turn here.
 *
 * Between processes the advisory lock does the same. A connection that is lost is opened anew and the turn repeated:
 * a turn is one transaction, so a repeated one finds either nothing of it or has nothing left to do.
 */
import type pg from 'pg';
import type { Change } from '../../erp/change.ts';
import { isAtOrAfter, type Watermark } from '../../erp/watermark.ts';
import type { Log } from '../../runtime/log.ts';
import { connect } from '../connect.ts';
import { storedTables } from '../mirror.ts';
import { registered } from '../model/registry.ts';
import { type ApplierState, applyChanges, type BatchResult, beginBatch, type Turn } from './batch.ts';
import { isFaultOfData } from './rewrite.ts';

/** What becomes true with a position, and travels with the first batch that comes so far. */
export interface Companion {
  readonly position: Watermark;
  /** Queues its statements. Called again when the batch is repeated. */
  write(turn: Turn): Promise<unknown>;
  /** The batch is committed. */
  done(): void;
}

export interface Applier {
  /** How many changes a batch should hold at the most, by how long the last ones took. */
  readonly batchSize: number;
  apply(changes: readonly Change[], through: Watermark | null): Promise<BatchResult>;
  /** Whoever is in it when a batch has come to its position goes with that batch. A turn of its own would wait behind others. */
  readonly companions: Set<Companion>;
  /** One transaction under the applier's lock. */
  turn<T>(work: (turn: Turn) => Promise<T>): Promise<T>;
  /** After tables or definitions changed: they are read again before the next turn. */
  forget(): void;
  close(): Promise<void>;
}

/**
 * A batch should take no longer than this, so that nothing waits long behind the lock. Only a backlog makes batches that
 * large, and it is caught up with sooner for it: a third sooner than by batches of 100 ms.
 */
const targetMs = 500;
/** Of as many the change log still names every key (`rewrite.ts`). */
const largest = 2_000;
const smallest = 20;

export async function createApplier(connectionString: string, source: string, log: Log): Promise<Applier> {
  let client: pg.Client | null = await connect(connectionString, 'applier');
  let state: ApplierState | null = null;
  let batchSize = 200;
  let last: Promise<unknown> = Promise.resolve();
  let closed = false;
  const companions = new Set<Companion>();

  const load = async (db: pg.Client): Promise<ApplierState> => {
    const tables = await storedTables(db);
    const copied = await db.query<{ name: string }>(`select name from skiff.mirror_table where copying`);
    return {
      source,
      tables: new Map(tables.map((table) => [table.name, table])),
      models: (await registered(db)).filter(({ state }) => state !== 'waiting'),
      copied: new Set(copied.rows.map(({ name }) => name)),
    };
  };

  const once = async <T>(work: (db: pg.Client, state: ApplierState) => Promise<T>): Promise<T> => {
    client ??= await connect(connectionString, 'applier');
    try {
      state ??= await load(client);
      return await work(client, state);
    } catch (error) {
      // Whatever is still queued on the connection belongs to a failed transaction.
      await client.query('rollback').catch(() => undefined);
      state = null;
      throw error;
    }
  };

  const batch = async (
    changes: readonly Change[],
    through: Watermark | null,
    careful: boolean,
  ): Promise<BatchResult> => {
    let along: readonly Companion[] = [];
    const alongside = (turn: Turn) => {
      along = [...companions].filter(({ position }) => through !== null && isAtOrAfter(through, position));
      return along.length === 0 ? undefined : Promise.all(along.map((one) => one.write(turn)));
    };
    const result = await once((db, state) => applyChanges(db, state, changes, through, careful, alongside));
    for (const one of along) one.done();
    return result;
  };

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };

  const reconnecting = async <T>(work: () => Promise<T>): Promise<T> => {
    for (let attempt = 0; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        if (closed || isFaultOfData(error) || attempt >= 5) throw error;
        log.warn({ err: error, attempt }, 'the replica database interrupted a batch; it is repeated');
        await client?.end().catch(() => undefined);
        client = null;
        state = null;
        await new Promise((resolve) => setTimeout(resolve, 50 * 4 ** attempt));
      }
    }
  };

  return {
    get batchSize() {
      return batchSize;
    },
    companions,
    apply: (changes, through) =>
      inTurn(async () => {
        const began = performance.now();
        const result = await reconnecting(async () => {
          try {
            return await batch(changes, through, false);
          } catch (error) {
            if (!isFaultOfData(error)) throw error;
            log.warn({ err: error }, 'a row broke a read model; the batch is repeated with care');
            const careful = await batch(changes, through, true);
            state = null;
            return careful;
          }
        });
        if (result.disturbed) state = null;
        const took = performance.now() - began;
        if (changes.length >= batchSize / 2 || took > targetMs) {
          const fitting = (changes.length * targetMs) / took;
          batchSize = Math.round(Math.min(largest, Math.max(smallest, (batchSize + fitting) / 2)));
        }
        return result;
      }),
    turn: (work) =>
      inTurn(() =>
        reconnecting(() =>
          once(async (db, state) => {
            const batch = await beginBatch(db);
            const result = await work({ db, batch, state });
            await db.query('commit');
            return result;
          }),
        ),
      ),
    forget: () => {
      state = null;
    },
    close: async () => {
      closed = true;
      await last;
      await client?.end();
      client = null;
    },
  };
}
