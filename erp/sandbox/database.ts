/**
 * Makes an empty database the sandbox ERP's: tables, two years of rows, foreign keys, and what Skiff's capture needs.
 *
 * One transaction: who is interrupted in it finds the database empty again. The publication and the role are made by
 * the very SQL that `npm start -- erp-setup` prints for any ERP.
 */
import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import { erpSetupSql } from '../postgres/setup-sql.ts';
import { connector } from './connector.ts';
import type { SeedSettings } from './seed/size.ts';
import type { OnProgress } from './seed/step.ts';
import { seedSandbox, today } from './seed.ts';

export interface SandboxSettings extends Omit<SeedSettings, 'baseDate'> {
  /** Today if left out. */
  readonly baseDate?: string;
  /** Without them rows may point to what is not there. */
  readonly foreignKeys?: boolean;
  /** Who may read the tables and their changes. */
  readonly role?: string;
  readonly onProgress?: OnProgress;
}

const ddl = (file: string): Promise<string> => readFile(new URL(file, import.meta.url), 'utf8');

export async function createSandboxDatabase(client: pg.ClientBase, settings: SandboxSettings): Promise<void> {
  const { baseDate = today(), foreignKeys = true, role = 'skiff', onProgress } = settings;
  const { tables, publication } = connector({});
  await client.query('begin');
  try {
    await client.query(await ddl('schema.sql'));
    await seedSandbox(client, { ...settings, baseDate }, onProgress);
    await client.query(await ddl('row-versions.sql'));
    if (foreignKeys) await client.query(await ddl('foreign-keys.sql'));
    const { rows } = await client.query<{ version: string }>(
      `select (current_setting('server_version_num')::int / 10000)::text as version`,
    );
    await client.query(erpSetupSql({ schema: 'public', tables, publication, role }, Number(rows[0]?.version)));
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  }
  await client.query('vacuum (analyze)');
}

export async function isSandboxDatabase(client: pg.ClientBase): Promise<boolean> {
  const { rowCount } = await client.query(`select where to_regclass('sales_header') is not null`);
  return rowCount === 1;
}

/** Indexes every link between tables, which the ERP itself does not. */
export async function indexForeignKeys(client: pg.ClientBase): Promise<void> {
  await client.query(await ddl('foreign-key-indexes.sql'));
  await client.query('analyze');
}
