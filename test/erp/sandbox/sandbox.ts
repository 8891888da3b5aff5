/**
 * Lends a sandbox ERP of its own:
 *
 *     await using erp = await sandboxErp(server, { lines: 1_000 });
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { postgresCapture } from '../../../erp/postgres/capture.ts';
import { connector as connectorOf } from '../../../erp/sandbox/connector.ts';
import { createSandboxDatabase, type SandboxSettings } from '../../../erp/sandbox/database.ts';
import { connect } from '../../../replica/connect.ts';
import type { FlatSchema } from '../../../replica/flat-type.ts';
import type { Definition } from '../../../replica/model/definition.ts';
import { startReplica } from '../../../replica/replica.ts';
import { type ModelVerdict, verifyAll } from '../../../replica/verify.ts';
import { createLog } from '../../../runtime/log.ts';
import { deployedSchema } from '../../../schema/deployed.ts';
import type { ErpServer } from '../postgres/erp.ts';

/** A Sunday, so that what happens on working days alone is seen to do so. */
export const BASE_DATE = '2026-11-22';

export interface SandboxErp extends AsyncDisposable {
  readonly name: string;
  readonly client: pg.Client;
  readonly pool: pg.Pool;
  readonly url: string;
  /** The first column of the first row, as a number. */
  count(sql: string, values?: readonly unknown[]): Promise<number>;
}

export async function sandboxErp(server: ErpServer, settings: SandboxSettings): Promise<SandboxErp> {
  const name = `sandbox_${randomBytes(6).toString('hex')}`;
  await administer(server, (admin) => admin.query(`create database ${name} template template0`));
  const url = server.url(name);
  const client = new pg.Client(url);
  client.on('error', () => {}); // its connection is cut off when the database is dropped
  await client.connect();
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  pool.on('error', () => {}); // likewise
  const dispose = async () => {
    await client.end();
    await pool.end();
    await administer(server, (admin) => dropDatabase(admin, name));
  };
  await createSandboxDatabase(client, { baseDate: BASE_DATE, ...settings }).catch(async (error) => {
    await dispose();
    throw error;
  });
  return {
    name,
    client,
    pool,
    url,
    async count(sql, values = []) {
      const { rows } = await client.query({ text: sql, values: [...values], rowMode: 'array' });
      return Number(rows[0]?.[0]);
    },
    [Symbol.asyncDispose]: dispose,
  };
}

export interface SandboxReplica extends AsyncDisposable {
  readonly flat: FlatSchema;
  readonly definitions: readonly Definition[];
  /** Answers with text, as PostgreSQL prints it. */
  readonly db: pg.Client;
  /** The table of a read model. */
  table(model: string): string;
  /** Everything that was committed in the ERP before is applied, also what had to wait behind the stream. */
  caughtUp(): Promise<void>;
  verify(): Promise<ModelVerdict[]>;
}

/** A replica on the same server that follows the sandbox, every read model built. */
export async function sandboxReplica(server: ErpServer, erp: SandboxErp): Promise<SandboxReplica> {
  const name = `replica_${erp.name}`;
  await administer(server, (admin) => admin.query(`create database ${name} template template0`));
  const connector = connectorOf({});
  const log = createLog({ level: 'warn' });
  const capture = postgresCapture({
    connectionString: erp.url,
    publication: connector.publication,
    slot: erp.name,
    tables: connector.tables,
    log,
  });
  const { flat } = deployedSchema();
  const built = Promise.withResolvers<void>();
  const replica = await startReplica({
    connectionString: server.url(name),
    connector,
    schema: flat,
    capture,
    log,
    onBuilt: built.resolve,
  });
  await Promise.race([built.promise, replica.done]);
  const db = await connect(server.url(name), 'applier');
  return {
    flat,
    definitions: replica.definitions,
    db,
    table(model) {
      const hash = replica.definitions.find((definition) => definition.model === model)?.hash;
      if (!hash) throw new Error(`There is no read model ${model}`);
      return `read."${model}_${hash}"`;
    },
    async caughtUp() {
      await capture.barrier(AbortSignal.timeout(120_000));
      const isPending = async () => ((await db.query('select from skiff.pending limit 1')).rowCount ?? 0) > 0;
      while (await isPending()) await Promise.race([sleep(20), replica.done]);
    },
    verify: () => verifyAll(db, () => {}),
    async [Symbol.asyncDispose]() {
      await replica.stop();
      await db.end();
      await administer(server, (admin) => dropDatabase(admin, name));
    },
  };
}

async function administer(server: ErpServer, work: (admin: pg.Client) => Promise<unknown>): Promise<void> {
  const admin = new pg.Client(server.url());
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.end();
  }
}

/** Connections and slots first: PostgreSQL 11 knows no `with (force)`. */
async function dropDatabase(admin: pg.Client, name: string): Promise<void> {
  for (;;) {
    await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
    try {
      await admin.query('select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = $1', [
        name,
      ]);
      await admin.query(`drop database ${name}`);
      return;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError && error.code === '55006')) throw error;
      await sleep(20);
    }
  }
}
