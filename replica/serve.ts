/** What a process needs to answer from read models: connections, and the models its connector declares, once they are there. */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Connector } from '../erp/connector.ts';
import type { Log } from '../runtime/log.ts';
import type { Shutdown } from '../runtime/shutdown.ts';
import { connect, pool, rowPool } from './connect.ts';
import { definitionsOf } from './declare.ts';
import type { FlatSchema } from './flat-type.ts';
import { migrate } from './migrate.ts';
import { missingForSpeed } from './protection.ts';
import { type ScopedRows, scopedRows } from './scoped-rows.ts';
import { type Serving, serveModels } from './serving.ts';

export interface ServeSettings {
  readonly databaseUrl: string;
  readonly connector: Connector;
  readonly flat: FlatSchema;
  readonly log: Log;
  readonly shutdown: Shutdown;
}

const connections = 3;
const rowConnections = 10;
const lookEveryMs = 100;
const sayEveryMs = 15_000;

export interface Served {
  /** For what is known about read models. */
  readonly db: pg.Pool;
  /** For the rows in them. */
  readonly rows: ScopedRows;
  readonly serving: Serving;
}

/** Resolves when every type is served, or when the process is about to end. */
export async function serveReplica(settings: ServeSettings): Promise<Served> {
  const { databaseUrl, connector, flat, log, shutdown } = settings;
  const db = pool(databaseUrl, connections);
  const rows = scopedRows(rowPool(databaseUrl, rowConnections));
  shutdown.add({ name: 'connections to the replica', stop: () => Promise.all([db.end(), rows.end()]) });
  const setUp = await connect(databaseUrl, 'builder');
  await migrate(setUp);
  const slow = await missingForSpeed(setUp);
  if (slow !== null) {
    log.warn(
      { run: slow },
      'Searches and comparisons of decimals are slow for callers with some plants until an administrator of the database runs what is named',
    );
  }
  const definitions = await definitionsOf(setUp, connector, flat);
  await setUp.end();
  const serving = await serveModels(db, definitions);
  shutdown.add({ name: 'serving', stop: () => serving.close() });
  await served(serving, log, shutdown.signal);
  return { db, rows, serving };
}

/** On a first start it takes as long as the copy and the builds. */
async function served(serving: Serving, log: Log, signal: AbortSignal): Promise<void> {
  for (let said = performance.now(); serving.missing().length > 0 && !signal.aborted; ) {
    if (performance.now() - said > sayEveryMs) {
      said = performance.now();
      log.info({ types: serving.missing() }, 'waiting for read models');
    }
    await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await serving.refresh();
  }
}
