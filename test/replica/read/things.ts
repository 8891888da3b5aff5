/**
 * Lends two read models made by hand, with a column of every kind: `Thing` with a key of one column,
 * `Pair` with a key of two. No engine fills them; a test does.
 */
import type pg from 'pg';
import { ALL_PLANTS } from '../../../replica/access-scope.ts';
import { connect, rowPool } from '../../../replica/connect.ts';
import { type FlatField, type FlatSchema, type FlatType, plantField } from '../../../replica/flat-type.ts';
import { migrate } from '../../../replica/migrate.ts';
import { protect } from '../../../replica/protection.ts';
import type { Queryable, Statement } from '../../../replica/queryable.ts';
import { indexesFor } from '../../../replica/read/indexes.ts';
import { type FlatReads, flatReads, type OpenReads } from '../../../replica/read.ts';
import { scopedRows } from '../../../replica/scoped-rows.ts';
import type { ServedModel, ServedModels } from '../../../replica/served.ts';
import { testPostgres } from '../../postgres.ts';

const field = (name: string, type: string, flags: Partial<FlatField> = {}): FlatField => ({
  name,
  column: name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  type,
  nullable: false,
  ...flags,
});
const optional = { nullable: true } as const;
const listed = { filter: true, sort: true } as const;

const thingFields = [
  field('id', 'ID'),
  field('code', 'String', listed),
  field('name', 'String', { ...listed, ...optional, search: true }),
  field('kind', 'ThingKind', { filter: true, values: ['BOLT', 'NUT', 'WASHER'] }),
  field('isActive', 'Boolean', { filter: true }),
  field('size', 'Int', { ...listed, ...optional }),
  field('weight', 'Decimal', listed),
  field('share', 'Decimal', { ...listed, ...optional }),
  field('serial', 'BigInt', { ...listed }),
  field('due', 'Date', { ...listed, ...optional }),
  field('madeAt', 'DateTime', listed),
  field('seenAt', 'DateTime', { ...listed, ...optional }),
  field('groupId', 'ID', { ...optional, filter: true }),
  field('plantCode', 'String', { ...optional, filter: true }),
  field('daysLate', 'Int', { ...optional, computed: '$today - due' }),
];

export const thing: FlatType = {
  name: 'Thing',
  model: 'thing',
  subgraph: 'things',
  plant: { field: 'plantCode' },
  fields: thingFields,
};

/** The things of the table that are late, which is decided when they are read. */
export const lateThing: FlatType = { ...thing, name: 'LateThing', model: 'late_thing', where: 'due < $today' };

export const pair: FlatType = {
  name: 'Pair',
  model: 'pair',
  subgraph: 'things',
  plant: { none: 'Pairs belong to nobody.' },
  fields: [
    field('id', 'ID'),
    field('number', 'Int', { filter: true }),
    field('word', 'String', { filter: true }),
    field('note', 'String', optional),
  ],
};

export const flat: FlatSchema = { types: [thing, lateThing, pair], references: [] };

const thingColumns = {
  id: 'integer',
  code: 'character varying(40)',
  name: 'text',
  kind: 'text',
  is_active: 'boolean',
  size: 'integer',
  weight: 'numeric(20,4)',
  share: 'double precision',
  serial: 'bigint',
  due: 'date',
  made_at: 'timestamp with time zone',
  seen_at: 'timestamp without time zone',
  group_id: 'integer',
  plant_code: 'text',
};
const pairColumns = { number: 'integer', word: 'text', note: 'text' };

const models: readonly ServedModel[] = [
  { type: 'Thing', table: 'read.thing', key: [{ column: 'id', type: 'integer' }], columns: thingColumns },
  { type: 'LateThing', table: 'read.thing', key: [{ column: 'id', type: 'integer' }], columns: thingColumns },
  {
    type: 'Pair',
    table: 'read.pair',
    key: [
      { column: 'number', type: 'integer' },
      { column: 'word', type: 'text' },
    ],
    columns: pairColumns,
  },
].map((model) => ({ hash: '00000000', logged: [], ...model }));

export function served(all: readonly ServedModel[] = models): ServedModels {
  const get = (type: string) => {
    const model = all.find((candidate) => candidate.type === type);
    if (!model) throw new Error(`${type} is not served`);
    return model;
  };
  return {
    has: (type) => all.some((model) => model.type === type),
    get,
    freshness: () => ({ asOf: new Date(), deletionsAsOf: new Date(), incomplete: false, stopped: false }),
  };
}

export interface Things extends AsyncDisposable {
  readonly url: string;
  readonly open: OpenReads;
  readonly reads: FlatReads;
  /** The statements run so far. */
  readonly statements: Statement[];
  /** Connections as reads have them, and as who may do everything. */
  readonly readers: pg.Pool;
  readonly owners: pg.Pool;
  /** Runs SQL with no limit on its time. */
  query(text: string): Promise<unknown>;
  insert(table: 'thing' | 'pair', rows: readonly Record<string, unknown>[]): Promise<void>;
}

export const TODAY = '2026-11-22';

export async function things(settings: Readonly<Record<string, string>> = {}): Promise<Things> {
  const db = await testPostgres();

  const client = await connect(db.url, 'builder');
  await migrate(client);
  await createTable(client, 'read.thing', thingColumns, ['id'], thing);
  await createTable(client, 'read.pair', pairColumns, ['number', 'word'], pair);

  await client.end();
  const readers = rowPool(db.url, 4, settings);
  const rows = scopedRows(readers);
  const statements: Statement[] = [];
  const counted: Queryable = {
    query(statement, scope) {
      statements.push(statement);
      return rows.query(statement, scope);
    },
  };
  const open = flatReads(flat, served(), counted);
  return {
    url: db.url,
    open,
    reads: open(TODAY, ALL_PLANTS),
    statements,
    readers,
    owners: db.pool,
    query: (text) => db.query(text),
    async insert(table, rows) {
      const text = JSON.stringify(rows);
      await db.query(`truncate read.${table}`);
      await db.query(`insert into read.${table} select * from json_populate_recordset(null::read.${table}, $1)`, [
        text,
      ]);
      await db.query(`analyze read.${table}`);
    },
    async [Symbol.asyncDispose]() {
      await rows.end();
      await db[Symbol.asyncDispose]();
    },
  };
}

async function createTable(
  client: pg.Client,
  table: string,
  columns: Readonly<Record<string, string>>,
  key: readonly string[],
  type: FlatType,
): Promise<void> {
  const list = Object.entries(columns).map(([name, sqlType]) => `"${name}" ${sqlType}`);
  await client.query(`create table ${table} (${list.join(', ')}, primary key (${key.join(', ')}))`);
  for (const { name, definition } of indexesFor(type, key)) {
    await client.query(`create index "${table.slice('read.'.length)}_${name}" on ${table} ${definition}`);
  }
  await protect(client, table, plantField(type)?.column ?? null);
}
