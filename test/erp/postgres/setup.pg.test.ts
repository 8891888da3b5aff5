/** What the ERP has to be set up with: printed, checked line by line, and named when it is missing. */
import { describe, expect, test } from 'vitest';
import type { MirrorTable } from '../../../erp/connector.ts';
import { connectErp } from '../../../erp/postgres/connect.ts';
import { checkErpSetup } from '../../../erp/postgres/setup-check.ts';
import { erpSetupSql } from '../../../erp/postgres/setup-sql.ts';
import { OperatorFault } from '../../../runtime/errors.ts';
import { type Erp, erpDatabase, erpServer, PUBLICATION, ROLE, versions } from './erp.ts';
import { RecordingSink } from './recording-sink.ts';
import { runCapture, until } from './running-capture.ts';

const item: MirrorTable = { name: 'item', key: ['id'], columns: { id: 'integer', name: 'text' } };
const tables = [item];
const ddl = 'create table item (id int primary key, name text)';

/** What stops the start, as the messages of all faults. */
async function messages(erp: Erp, asked: readonly MirrorTable[] = tables, url = erp.url): Promise<string[]> {
  const control = await connectErp(url, 'control');
  const faults = await checkErpSetup(control, {
    schema: 'public',
    tables: asked,
    publication: PUBLICATION,
    slot: erp.slot,
  });
  await control.end();
  return faults.map(({ message }) => message);
}

async function faultOfStart(erp: Erp, asked: readonly MirrorTable[], connectionString = erp.url) {
  await using running = runCapture(erp, asked, new RecordingSink(asked), { connectionString });
  const fault = await running.ended.then(
    () => null,
    (error: unknown) => error,
  );
  expect(fault).toBeInstanceOf(OperatorFault);
  const { rows } = await erp.query('select from pg_replication_slots where slot_name = $1', [erp.slot]);
  expect(rows).toEqual([]);
  return fault instanceof OperatorFault ? fault : null;
}

describe.each(versions)('on PostgreSQL %i', (version) => {
  const server = erpServer(version);

  test('what erp-setup prints is all that capture needs, and may be run again', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    await erp.query(erpSetupSql({ schema: 'public', tables, publication: PUBLICATION, role: ROLE }, version));

    expect(await messages(erp)).toEqual([]);
    const sink = new RecordingSink(tables);
    await using running = runCapture(erp, tables, sink);
    await running.caughtUp();
    expect(running.status()).toMatchObject({ state: 'streaming', fault: null });
  });

  test('it refuses to publish a table without a primary key, which the ERP could then not update', async () => {
    await using erp = await erpDatabase(server, version, { ddl: 'create table item (id int)', tables, isBare: true });
    const sql = erpSetupSql({ schema: 'public', tables, publication: PUBLICATION, role: ROLE }, version);

    await expect(erp.query(sql)).rejects.toThrow('Tables without a primary key: item');
  });

  test('each line of it that is missing is named, all at once', async () => {
    const other: MirrorTable = { name: 'other', key: ['id'], columns: { id: 'integer' } };
    const keyless: MirrorTable = { name: 'keyless', key: ['id'], columns: { id: 'integer' } };
    const absent: MirrorTable = { name: 'absent', key: ['id'], columns: { id: 'integer' } };
    const wide: MirrorTable = { ...item, columns: { ...item.columns, id: 'smallint', colour: 'text' } };
    await using erp = await erpDatabase(server, version, { ddl, tables });
    await erp.query(`
      create table other (id int primary key);
      create table keyless (id int);
      grant select on keyless to ${ROLE};
      alter publication skiff add table keyless;
      alter publication skiff set (publish = 'insert, update')`);

    const found = await messages(erp, [wide, other, keyless, absent]);

    expect(found).toEqual([
      `The publication "skiff" does not send every kind of change; it leaves out delete, truncate.`,
      `The column "id" of "public.item" is integer, declared as smallint.`,
      `The table "public.item" has no column "colour", declared as text.`,
      `The role "${ROLE}" may not select from "public.other".`,
      `The publication "skiff" lacks the table "public.other".`,
      `The table "public.keyless" has no primary key; its key is declared as (id).`,
      `The ERP's database has no table "public.absent".`,
    ]);
  });

  test('a role that may not replicate, read the schema or look at statistics is told so', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables, isBare: true });
    await erp.query(`
      drop role if exists bare;
      create role bare login;
      revoke all on schema public from public;
      create publication skiff for table item`);
    const url = new URL(erp.ownerUrl);
    url.username = 'bare';

    const found = await messages(erp, tables, url.href);

    expect(found.slice(0, 4)).toEqual([
      'The role "bare" has no REPLICATION right.',
      expect.stringContaining('The role "bare" may not use the schema "public"'),
      expect.stringContaining('The role "bare" is no member of pg_read_all_stats'),
      'The role "bare" may not select from "public.item".',
    ]);
    const fault = await faultOfStart(erp, tables, url.href);
    expect(fault?.message).toContain('The role "bare" has no REPLICATION right.');
    expect(fault?.remedy).toContain('erp-setup');
    await erp.query('drop owned by bare; drop role bare');
  });

  test('a row filter, row-level security and a view are refused, where they exist', async () => {
    const view: MirrorTable = { name: 'item_view', key: ['id'], columns: { id: 'integer' } };
    await using erp = await erpDatabase(server, version, { ddl, tables });
    await erp.query(`
      create view item_view as select id from item;
      grant select on item_view to ${ROLE};
      alter table item enable row level security`);
    if (version >= 15) await erp.query('alter publication skiff set table item where (id > 5)');

    const found = await messages(erp, [item, view]);

    expect(found).toContainEqual(expect.stringContaining('Row-level security hides rows of "public.item"'));
    expect(found).toContainEqual('"public.item_view" is no table; its changes are not streamed.');
    if (version >= 15) expect(found).toContain('The publication "skiff" filters rows of "public.item".');
  });

  test('a partitioned table takes PostgreSQL 13, and a publication by its root', async () => {
    const partitioned = `
      create table item (id int primary key, name text) partition by range (id);
      create table item_low partition of item for values from (0) to (100)`;
    await using erp = await erpDatabase(server, version, { ddl: partitioned, tables, isBare: true });
    await erp.query(`
      create publication skiff for table ${version < 13 ? 'item_low' : 'item'};
      grant select on item to ${ROLE}`);

    expect(await messages(erp)).toEqual([
      version < 13
        ? 'The table "public.item" is partitioned, which takes PostgreSQL 13 or later.'
        : 'The publication "skiff" lacks the table "public.item", or it does not publish via partition root.',
    ]);
  });

  test('a slot of this name that another database uses is not touched', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    await using elsewhere = await erpDatabase(server, version, { ddl, tables });
    await elsewhere.query(`select pg_create_logical_replication_slot($1, 'pgoutput')`, [erp.slot]);

    expect(await messages(erp)).toEqual([expect.stringContaining(`"${erp.slot}" belongs to somebody else`)]);
  });

  test('an address, a database, a user or a URL that is wrong is one fault that names the setting', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    const url = (change: (url: URL) => void) => {
      const changed = new URL(erp.url);
      change(changed);
      return changed.href;
    };
    const cases = [
      [url((to) => to.searchParams.set('host', '/nowhere')), 'ERP_DATABASE_UNREACHABLE', 'does not answer'],
      [url((to) => (to.pathname = '/nothing')), 'ERP_DATABASE_UNREACHABLE', 'database "nothing" does not exist'],
      [url((to) => (to.username = 'nobody_here')), 'ERP_DATABASE_UNREACHABLE', 'role "nobody_here" does not exist'],
      ['mysql://somewhere/erp', 'CONFIGURATION', 'SKIFF_ERP_DATABASE_URL'],
    ] as const;

    for (const [connectionString, code, text] of cases) {
      const fault = await faultOfStart(erp, tables, connectionString);
      expect(fault?.code).toBe(code);
      expect(fault?.message).toContain(text);
      expect(`${fault?.message} ${fault?.remedy}`).toContain('SKIFF_ERP_DATABASE_URL');
    }
  });

  test('a replica that holds data rides out an ERP that is away at the start', async () => {
    await using erp = await erpDatabase(server, version, { ddl, tables });
    const sink = new RecordingSink(tables);
    const first = runCapture(erp, tables, sink);
    await first.caughtUp();
    await first.stop();
    const away = new URL(erp.url);
    away.searchParams.set('host', '/nowhere');

    await using second = runCapture(erp, tables, sink, { connectionString: away.href });

    await until(() => second.status().state === 'reconnecting');
    expect(second.status().fault).toContain('does not answer');
  });

  test('a table gone from the ERP keeps a new replica from starting, but not one that goes on', async () => {
    const other: MirrorTable = { name: 'other', key: ['id'], columns: { id: 'integer' } };
    const both = [item, other];
    const bothDdl = `${ddl}; create table other (id int primary key)`;
    await using erp = await erpDatabase(server, version, { ddl: bothDdl, tables: both });
    const sink = new RecordingSink(both);
    const first = runCapture(erp, both, sink);
    await first.caughtUp();
    await first.stop();
    await erp.query('drop table other');

    await using second = runCapture(erp, both, sink);
    await erp.query(`insert into item values (1, 'goes on')`);
    await second.caughtUp();
    await until(() => sink.faultsOf('other').length > 0);
    expect(sink.rows('item')).toHaveLength(1);
    expect(sink.faultsOf('other')).toEqual([
      { column: 'id', problem: 'missing', expected: 'integer', found: 'no such table' },
    ]);
    await second.stop();

    await erp.query('select pg_drop_replication_slot($1)', [erp.slot]);
    const fault = await faultOfStart(erp, both);
    expect(fault).toMatchObject({ code: 'TABLE_MISSING', message: expect.stringContaining('"public.other"') });
  });
});

describe('of a server that is not ready', () => {
  const server = erpServer(18, { wal_level: 'replica', max_replication_slots: 0 });

  test('wal_level and used-up slots are named', async () => {
    await using erp = await erpDatabase(server, 18, { ddl, tables });

    expect(await messages(erp)).toEqual([
      `The ERP's server has wal_level = replica; it has to be logical.`,
      `All 0 replication slots of the ERP's server (max_replication_slots) are taken.`,
    ]);
  });
});
