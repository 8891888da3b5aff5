/**
 * Lends a read model for every flat type, filled by hand with rows that refer to each other:
 *
 *     await using models = await readModels();
 *
 * Row n of a type points to row n of others, wrapped around. Every 13th reference points nowhere and
 * every 11th value that may be null is null.
 */

import { createHash } from 'node:crypto';
import type pg from 'pg';
import { connect, exportPool, rowPool } from '../replica/connect.ts';
import { dataVersion } from '../replica/data-version.ts';
import { flatExports, type OpenExport } from '../replica/exports.ts';
import { type FlatField, type FlatSchema, type FlatType, plantField } from '../replica/flat-type.ts';
import type { FreshnessQuestion, FreshnessSource } from '../replica/fresh-enough.ts';
import { migrate } from '../replica/migrate.ts';
import { protect } from '../replica/protection.ts';
import type { Queryable, Statement } from '../replica/queryable.ts';
import { indexesFor } from '../replica/read/indexes.ts';
import { flatReads, type OpenReads } from '../replica/read.ts';
import { scopedRows } from '../replica/scoped-rows.ts';
import type { ModelFreshness, ServedModel, ServedModels } from '../replica/served.ts';
import { deployedSchema } from '../schema/deployed.ts';
import { testPostgres } from './postgres.ts';

export const TODAY = '2026-11-22';
const ROWS = 60;
const LOCATIONS = 15;
const EXPORT_MS = 60_000;

const KEYS: Readonly<Record<string, readonly string[]>> = {
  StockLevel: ['product_id', 'location_id'],
  PeriodCost: ['period', 'plant_code', 'cost_center_code'],
};

const SQL_TYPES: Readonly<Record<string, string>> = {
  ID: 'integer',
  Int: 'integer',
  Float: 'double precision',
  Boolean: 'boolean',
  Decimal: 'numeric',
  BigInt: 'bigint',
  Date: 'date',
  DateTime: 'timestamp with time zone',
};

export interface Lent extends AsyncDisposable {
  readonly url: string;
  query(text: string): Promise<unknown>;
}

export interface ReadModels extends AsyncDisposable {
  readonly url: string;
  readonly flat: FlatSchema;
  readonly served: ServedModels;
  /** Of a replica that does not move: nothing that is asked of it comes true. */
  readonly source: FreshnessSource;
  /** What was asked of it so far. */
  readonly questions: FreshnessQuestion[];
  /** As a subgraph's process has them. */
  readonly rows: Queryable;
  readonly open: OpenReads;
  readonly openExport: OpenExport;
  /** As this process has last seen it. */
  version(type: string): string;
  /** Says of a type's rows that they are others now, as whoever changes them does. */
  changed(type: string): Promise<void>;
  /** The statements run so far. */
  readonly statements: Statement[];
  /** What the next answers say of a type; by default every one is fresh. */
  readonly freshness: Map<string, ModelFreshness>;
  query(text: string): Promise<unknown>;
}

/** A database of its own, on the run's server unless another one is lent. */
export async function readModels(lend: () => Promise<Lent> = testPostgres): Promise<ReadModels> {
  const { flat } = deployedSchema();
  const db = await lend();
  const client = await connect(db.url, 'builder');
  await migrate(client);
  const models = new Map<string, ServedModel>();
  for (const type of flat.types) models.set(type.name, await createModel(type, client));
  const { rows: heads } = await client.query<{ epoch: string }>('select epoch from skiff.head');
  const epoch = heads[0]?.epoch ?? '';
  await client.end();

  const exporters = exportPool(db.url, 4, EXPORT_MS);
  const changes = new Map<string, number>();
  const readers = scopedRows(rowPool(db.url, 4));
  const statements: Statement[] = [];
  const freshness = new Map<string, ModelFreshness>();
  const questions: FreshnessQuestion[] = [];
  const served: ServedModels = {
    has: (type) => models.has(type),
    get(type) {
      const model = models.get(type);
      if (!model) throw new Error(`${type} is not served`);
      return model;
    },
    freshness: (type) =>
      freshness.get(type) ?? { asOf: new Date(), deletionsAsOf: new Date(), incomplete: false, stopped: false },
  };
  const rows: Queryable = {
    query(statement, scope) {
      statements.push(statement);
      return readers.query(statement, scope);
    },
  };
  return {
    url: db.url,
    flat,
    served,
    source: {
      freshness: served.freshness,
      position: { epoch: '0badcafe', batch: 7n },
      latestNow: () => Date.now(),
      refresh: async () => {},
      ask(question, signal) {
        questions.push(question);
        return forever(signal);
      },
      until: (_isSo, signal) => forever(signal),
    },
    questions,
    rows,
    open: flatReads(flat, served, rows),
    openExport: flatExports(flat, served, exporters, EXPORT_MS),
    version: (type) => dataVersion({ epoch, hash: served.get(type).hash, lastChange: String(changes.get(type) ?? 0) }),
    async changed(type) {
      changes.set(type, (changes.get(type) ?? 0) + 1);
      const { hash } = served.get(type);
      await db.query(`update skiff.read_model set last_change = last_change + 1 where hash = '${hash}'`);
    },
    statements,
    freshness,
    query: (text) => db.query(text),
    async [Symbol.asyncDispose]() {
      await Promise.all([readers.end(), exporters.end()]);
      await db[Symbol.asyncDispose]();
    },
  };
}

const forever = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

async function createModel(type: FlatType, client: pg.Client): Promise<ServedModel> {
  const stored = type.fields.filter(({ computed }) => computed === undefined);
  const key = KEYS[type.name] ?? ['id'];
  const columns = Object.fromEntries(
    stored
      .filter(({ name }) => name !== 'id' || key.includes('id'))
      .map((field) => [field.column, SQL_TYPES[field.type] ?? 'text']),
  );
  const table = `read.${type.model}`;
  const list = Object.entries(columns).map(([column, sqlType]) => `${column} ${sqlType}`);
  await client.query(`create table ${table} (${list.join(', ')}, primary key (${key.join(', ')}))`);
  for (const { name, definition } of indexesFor(type, key)) {
    await client.query(`create index "${type.model}_${name}" on ${table} ${definition}`);
  }
  const rows = Array.from({ length: ROWS }, (_, at) =>
    Object.fromEntries(stored.map((field) => [field.column, sample(field, at + 1)])),
  );
  await client.query(`insert into ${table} select * from json_populate_recordset(null::${table}, $1)`, [
    JSON.stringify(rows),
  ]);
  await client.query(`analyze ${table}`);
  await protect(client, table, plantField(type)?.column ?? null);
  const hash = createHash('sha256').update(type.name).digest('hex').slice(0, 8);
  await client.query(`insert into skiff.read_model (hash, model, definition, state) values ($1, $2, '{}', 'ready')`, [
    hash,
    type.model,
  ]);
  const keyColumns = key.map((column) => ({ column, type: columns[column] ?? 'text' }));
  return { type: type.name, hash, table, key: keyColumns, columns, logged: Object.keys(columns) };
}

/** A day before or after today, by days. */
const day = (offset: number): string =>
  new Date(Date.parse(TODAY) + offset * 86_400_000).toISOString().slice(0, 'YYYY-MM-DD'.length);

function sample(field: FlatField, n: number): unknown {
  if (field.name === 'id') return n;
  if (field.nullable && n % 11 === 0) return null;
  if (field.values) return field.values[n % field.values.length];
  switch (field.type) {
    case 'ID':
      if (field.name === 'locationId') return (n % LOCATIONS) + 1;
      return n % 13 === 0 && field.nullable ? 9_999 : n;
    case 'Int':
      return n % 7;
    case 'Boolean':
      return n % 2 === 0;
    case 'Decimal':
      return `${n}.50`;
    case 'BigInt':
      return `90071992547409${n}`;
    case 'Date':
      return day((n % 20) - 10);
    case 'DateTime':
      return `${day(-n)}T08:00:00.000001Z`;
    default:
      if (field.name === 'plantCode') return `P${(n % 5) + 1}`;
      if (field.name === 'period') return `2026-${String((n % 12) + 1).padStart(2, '0')}`;
      return `${field.name} ${String(n).padStart(4, '0')}`;
  }
}
