/** What a row's values look like when they arrive, by snapshot and by stream. */
import { describe, expect, test } from 'vitest';
import type { MirrorTable } from '../../../erp/connector.ts';
import { erpDatabase, erpServer, versions } from './erp.ts';
import { RecordingSink } from './recording-sink.ts';
import { runCapture, until } from './running-capture.ts';

const kinds: MirrorTable = {
  name: 'kinds of "value"',
  key: ['id'],
  columns: {
    id: 'bigint',
    amount: 'numeric',
    price: 'numeric(12,4)',
    'is open': 'boolean',
    day: 'date',
    at: 'timestamp',
    at_zone: 'timestamptz',
    clock: 'time',
    span: 'interval',
    ratio: 'double precision',
    small_ratio: 'real',
    name: 'varchar(80)',
    code: 'char(6)',
    raw: 'bytea',
    document: 'jsonb',
    list: 'text[]',
    state: 'text',
    ident: 'uuid',
  },
};

const ddl = `
  create type order_state as enum ('draft', 'done');
  create domain money_amount as numeric;
  create table "kinds of ""value""" (
    ignored text, id bigint primary key, amount money_amount, price numeric(12,4), "is open" boolean, day date,
    at timestamp, at_zone timestamptz, clock time, span interval, ratio double precision, small_ratio real,
    name varchar(80), code char(6), raw bytea, document jsonb, list text[], state order_state, ident uuid)`;

const rows = String.raw`
  ('x', 1, 123456789012345678901234567890.123456789, 12.3400, true, '2026-03-01', '2026-03-29 02:30:00.123456',
    '2026-03-01 00:00:00+09', '23:59:59.999999', '1 year 2 mons 3 days 04:05:06.789', 0.1, 0.1,
    E'tab\t newline\n return\r backslash\\ quote" \\N', 'ab', '\xdeadbeef', '{"a": [1, "ü"]}', '{a,NULL,"b,c"}', 'done',
    '00112233-4455-6677-8899-aabbccddeeff'),
  ('y', 2, 'NaN', null, false, 'infinity', '-infinity', 'infinity', '00:00', '-1 days', 'Infinity', 'NaN',
    '', '', '', 'null', '{}', 'draft', null),
  (null, 3, 0.00, -0.5, null, '0044-03-15 BC', '0001-01-01 00:00:00 BC', '9999-12-31 23:59:59.999999Z', null, '0',
    1e-300, 3.4028235e38, U&'\FEFFmark \FEFF 😀 \0085 \2028', 'äöü', null, '"\u0001"', null, null, null),
  (null, 9007199254740993, null, null, null, null, null, null, null, null, 0.30000000000000004, 16777217, null, null,
    null, null, null, null, null)`;

describe.each(versions)('on PostgreSQL %i', (version) => {
  const server = erpServer(version);

  test('values arrive as the ERP printed them, whatever its settings, by snapshot and by stream', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables: [kinds] });
    const name = new URL(erp.ownerUrl).pathname.slice(1);
    await erp.query(`alter database ${name} set timezone = 'Asia/Tokyo'`);
    await erp.query(`alter database ${name} set datestyle = 'German, DMY'`);
    await erp.query(`alter database ${name} set intervalstyle = 'postgres_verbose'`);
    await erp.query(`alter database ${name} set extra_float_digits = 0`);
    await erp.query(`alter database ${name} set bytea_output = 'escape'`);
    await erp.query(`set timezone = 'UTC'; insert into "kinds of ""value""" values ${rows}`);
    const sink = new RecordingSink([kinds]);
    await using running = runCapture(erp, [kinds], sink);
    await running.caughtUp();

    const bySnapshot = sink.rows(kinds.name);
    expect(sink.reports).toEqual([{ table: kinds.name, faults: [] }]);
    expect(bySnapshot).toEqual(await erp.rows({ ...kinds, name: 'kinds of ""value""' }));
    expect(bySnapshot[0]).toMatchObject({
      day: '2026-03-01',
      at_zone: '2026-02-28 15:00:00+00',
      span: 'P1Y2M3DT4H5M6.789S',
    });
    expect(bySnapshot[2]?.name?.startsWith('\uFEFFmark')).toBe(true);

    await erp.query('delete from "kinds of ""value"""');
    await running.caughtUp();
    expect(sink.rows(kinds.name)).toEqual([]);

    await erp.query(`set timezone = 'UTC'; insert into "kinds of ""value""" values ${rows}`);
    await running.caughtUp();
    expect(sink.rows(kinds.name)).toEqual(bySnapshot);
  });

  const documents: MirrorTable = {
    name: 'document',
    key: ['id'],
    columns: { id: 'integer', title: 'text', body: 'text' },
  };
  const documentDdl = 'create table document (id int primary key, title text, body text, other text)';
  const large = `(select string_agg(md5(g::text), '') from generate_series(1, 1000) g)`;

  test('a large value that an update left alone is absent from the change, and kept', async () => {
    await using erp = await erpDatabase(server, version, { ddl: documentDdl, tables: [documents] });
    await erp.query(`insert into document values (1, 'a', ${large}, ${large})`);
    const sink = new RecordingSink([documents]);
    await using running = runCapture(erp, [documents], sink);
    await running.caughtUp();

    await erp.query(`update document set title = 'b'`);
    await running.caughtUp();

    const [change] = sink.applied.flatMap(({ changes }) => changes);
    expect(change).toEqual({ op: 'upsert', table: 'document', row: { id: '1', title: 'b' } });
    expect(sink.rows('document')).toEqual(await erp.rows(documents));
  });

  test('a table that sends its whole old rows fills large values in, and tells a changed key', async () => {
    const full = `${documentDdl}; alter table document replica identity full`;
    await using erp = await erpDatabase(server, version, { ddl: full, tables: [documents] });
    await erp.query(`insert into document values (1, 'a', ${large}, ${large}), (2, 'c', null, null)`);
    const sink = new RecordingSink([documents]);
    await using running = runCapture(erp, [documents], sink);
    await running.caughtUp();

    await erp.query(`update document set title = 'b' where id = 1`);
    await erp.query(`update document set id = 7 where id = 1`);
    await erp.query('delete from document where id = 2');
    await running.caughtUp();

    const changes = sink.applied.flatMap((call) => call.changes);
    expect(Object.keys(changes[0]?.op === 'upsert' ? changes[0].row : {})).toEqual(['id', 'title', 'body']);
    expect(changes[0]).not.toHaveProperty('oldKey');
    expect(changes[1]).toMatchObject({ op: 'upsert', oldKey: { id: '1' }, row: { id: '7' } });
    expect(changes[2]).toEqual({ op: 'delete', table: 'document', key: { id: '2' } });
    expect(sink.rows('document')).toEqual(await erp.rows(documents));
  });

  test('a changed primary key names the key before, and unchanged values come with the old row', async () => {
    await using erp = await erpDatabase(server, version, { ddl: documentDdl, tables: [documents] });
    await erp.query(`insert into document values (1, 'a', ${large}, null)`);
    const sink = new RecordingSink([documents]);
    await using running = runCapture(erp, [documents], sink);
    await running.caughtUp();

    await erp.query('update document set id = 2');
    await running.caughtUp();

    const [change] = sink.applied.flatMap(({ changes }) => changes);
    expect(change).toEqual({ op: 'upsert', table: 'document', oldKey: { id: '1' }, row: { id: '2', title: 'a' } });
    expect(sink.rows('document')).toEqual(await erp.rows(documents));
  });

  test('TRUNCATE arrives in its place, once for each mirrored table it names', async () => {
    const other: MirrorTable = { name: 'other', key: ['id'], columns: { id: 'integer' } };
    const tables = [documents, other];
    const bothDdl = `${documentDdl}; create table other (id int primary key); create table unmirrored (id int primary key)`;
    await using erp = await erpDatabase(server, version, { ddl: bothDdl, tables });
    await erp.query('alter publication skiff add table unmirrored');
    await erp.query(`insert into document values (1); insert into other values (1)`);
    const sink = new RecordingSink(tables);
    await using running = runCapture(erp, tables, sink);
    await running.caughtUp();

    await erp.query(
      'begin; insert into document values (2); truncate document, other, unmirrored; insert into document values (3); commit',
    );
    await running.caughtUp();

    expect(sink.applied.flatMap(({ changes }) => changes).map(({ op, table }) => `${op} ${table}`)).toEqual([
      'upsert document',
      'truncate document',
      'truncate other',
      'upsert document',
    ]);
    expect(sink.rows('document').map(({ id }) => id)).toEqual(['3']);
  });

  test('a rolled back transaction and a rolled back savepoint leave nothing', async () => {
    await using erp = await erpDatabase(server, version, { ddl: documentDdl, tables: [documents] });
    const sink = new RecordingSink([documents]);
    await using running = runCapture(erp, [documents], sink);
    await running.caughtUp();

    await erp.query('begin; insert into document values (1); rollback');
    await erp.query(
      'begin; insert into document values (2); savepoint s; insert into document values (3); rollback to s; commit',
    );
    await until(() => sink.rows('document').length > 0);

    expect(sink.rows('document').map(({ id }) => id)).toEqual(['2']);
  });
});
