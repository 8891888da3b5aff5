/**
 * The SQL that the ERP's database administrator runs once, and again after tables were added.
 *
 * It may be run twice. It grants reading of the named tables and nothing else. setup-check.ts checks what it sets up.
 */
import type { MirrorTable } from '../connector.ts';
import { ident, literal } from './sql.ts';

export interface SetupSettings {
  readonly schema: string;
  readonly tables: readonly MirrorTable[];
  readonly publication: string;
  readonly role: string;
  /** What may be run, too: it is printed, and not run. */
  readonly onceSql?: readonly string[] | undefined;
}

/** @param version of the ERP's server, its major number, e.g. 15 */
export function erpSetupSql(
  { schema, tables, publication, role, onceSql = [] }: SetupSettings,
  version: number,
): string {
  const names = tables.map(({ name }) => `${ident(schema)}.${ident(name)}`).toSorted();
  const list = names.map((name) => `\n  ${name}`).join(',');
  const options = version >= 13 ? ' with (publish_via_partition_root = true)' : '';
  return `-- What Skiff needs in the ERP's database (PostgreSQL ${version}). Run it as superuser, connected to that database.

-- 1. The server: logical replication, and room for two slots (one of them is used now and then for minutes).
--    Changing wal_level or the numbers needs a restart.
--      show wal_level;                -- logical
--      show max_replication_slots;    -- at least 2 more than are in use
--      show max_wal_senders;          -- at least 3 more than are in use
${
  version >= 13
    ? `--    A slot keeps WAL until Skiff has read it. This is the brake should Skiff be away for long:
--      alter system set max_slot_wal_keep_size = '16GB';`
    : `--    A slot keeps WAL until Skiff has read it, and PostgreSQL ${version} has no brake of its own: watch the disk.`
}
--    pg_hba.conf: let ${role} in from Skiff's machine to this database.

-- 2. Every table has its primary key. Without one the ERP itself could no longer update a published table.
do $$
declare
  bare text;
begin
  select string_agg(c.oid::regclass::text, ', ') into bare
  from pg_class c
  where c.oid in (${names.map((name) => `\n      ${literal(name)}::regclass`).join(',')})
    and c.relreplident <> 'f'
    and not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary);
  if bare is not null then
    raise exception 'Tables without a primary key: %', bare;
  end if;
end $$;

-- 3. The role. Give it a password of its own: alter role ${ident(role)} password '…';
do $$
begin
  if not exists (select from pg_roles where rolname = ${literal(role)}) then
    create role ${ident(role)};
  end if;
end $$;
alter role ${ident(role)} login replication;

-- 4. What it may read.
do $$
begin
  execute format('grant connect on database %I to %I', current_database(), ${literal(role)});
end $$;
grant usage on schema ${ident(schema)} to ${ident(role)};
grant select on${list}
to ${ident(role)};
-- So that Skiff can name the open transaction it waits for, and since when.
grant pg_read_all_stats to ${ident(role)};

-- 5. What is streamed.
do $$
begin
  if not exists (select from pg_publication where pubname = ${literal(publication)}) then
    create publication ${ident(publication)}${options};
  end if;
end $$;
alter publication ${ident(publication)} set table${list};
${onceSql.length > 0 ? mayBeRun(onceSql) : ''}`;
}

const mayBeRun = (statements: readonly string[]): string => `
-- 6. Where Skiff writes too, and its owner allows it: the ERP then refuses a second document of one command by itself.
--    One by one, and then set SKIFF_ERP_WRITES=key.
${statements.map((statement) => statement.replace(/^/gm, '--      ')).join('\n')}
`;
