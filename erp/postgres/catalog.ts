/**
 * What the ERP's catalog says of the tables we mirror, and of the server.
 */
import type pg from 'pg';
import { z } from 'zod';

const Column = z.object({
  name: z.string(),
  typeOid: z.number(),
  typeModifier: z.number(),
  /** Generated columns are not streamed, unless a publication says so (from 18). */
  isGenerated: z.boolean(),
});

const FoundTable = z.object({
  name: z.string(),
  oid: z.number(),
  kind: z.enum(['table', 'partitioned', 'other']),
  replicaIdentity: z.enum(['default', 'nothing', 'full', 'index']),
  /** Primary-key columns in their order; none without a primary key. */
  key: z.array(z.string()),
  columns: z.array(Column),
  hasChildren: z.boolean(),
  maySelect: z.boolean(),
  isPublished: z.boolean(),
  /** Identifies its entry in the publication; null where the publication takes all tables. */
  publishedAs: z.number().nullable(),
  /** The publication sends some of its rows only (from 15). */
  isFiltered: z.boolean(),
  /** Row-level security hides rows of it from us. */
  hidesRows: z.boolean(),
  /** As the server last counted; 0 or less if it never did. */
  estimatedRows: z.number(),
});
export type FoundTable = z.infer<typeof FoundTable>;

export interface CatalogQuestion {
  readonly schema: string;
  readonly publication: string;
  readonly tables: readonly string[];
}

/** The tables that exist. */
export async function readCatalog(
  control: pg.Client,
  { schema, publication, tables }: CatalogQuestion,
): Promise<ReadonlyMap<string, FoundTable>> {
  const { rows } = await control.query<{ found: string }>({
    name: 'erp_catalog',
    text: /* sql */ `
      select json_build_object(
        'name', c.relname,
        'oid', c.oid::bigint,
        'kind', case c.relkind when 'r' then 'table' when 'p' then 'partitioned' else 'other' end,
        'replicaIdentity',
          case c.relreplident when 'd' then 'default' when 'f' then 'full' when 'i' then 'index' else 'nothing' end,
        'key', coalesce((
          select json_agg(a.attname order by k.place)
          from pg_catalog.pg_index i
          cross join unnest(i.indkey) with ordinality k (attnum, place)
          join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
          where i.indrelid = c.oid and i.indisprimary and k.place <= i.indnkeyatts), '[]'),
        'columns', coalesce((
          select json_agg(json_build_object(
            'name', a.attname,
            'typeOid', a.atttypid::bigint,
            'typeModifier', a.atttypmod,
            'isGenerated', coalesce(to_json(a) ->> 'attgenerated', '') <> '' and not p.sends_generated) order by a.attnum)
          from pg_catalog.pg_attribute a
          where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '[]'),
        'hasChildren', c.relkind = 'r' and exists (select from pg_catalog.pg_inherits h where h.inhparent = c.oid),
        'maySelect', pg_catalog.has_table_privilege(c.oid, 'select'),
        'isPublished', published.tablename is not null,
        'publishedAs', (
          select pr.oid::bigint from pg_catalog.pg_publication_rel pr
          join pg_catalog.pg_publication pu on pu.oid = pr.prpubid
          where pr.prrelid = c.oid and pu.pubname = $2),
        'isFiltered', to_json(published) ->> 'rowfilter' is not null,
        'hidesRows', pg_catalog.row_security_active(c.oid),
        'estimatedRows', case when c.relkind <> 'p' then c.reltuples::bigint else (
          select coalesce(sum(greatest(l.reltuples, 0)), 0)::bigint
          from pg_catalog.pg_inherits h join pg_catalog.pg_class l on l.oid = h.inhrelid where h.inhparent = c.oid) end
      ) as found
      from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      left join pg_catalog.pg_publication_tables published
        on published.pubname = $2 and published.schemaname = n.nspname and published.tablename = c.relname
      left join lateral (
        select coalesce(to_json(p) ->> 'pubgencols', 'n') = 's' as sends_generated
        from pg_catalog.pg_publication p where p.pubname = $2) p on true
      where n.nspname = $1 and c.relname = any($3) and c.relkind in ('r', 'p', 'v', 'm', 'f')`,
    values: [schema, publication, tables],
  });
  return new Map(
    rows.map(({ found }) => {
      const table = FoundTable.parse(JSON.parse(found));
      return [table.name, table];
    }),
  );
}

const FoundServer = z.object({
  version: z.number(),
  database: z.string(),
  role: z.string(),
  isStandby: z.boolean(),
  walLevel: z.string(),
  mayReplicate: z.boolean(),
  mayReadStatistics: z.boolean(),
  mayUseSchema: z.boolean(),
  maxSlots: z.number(),
  usedSlots: z.number(),
  publication: z
    .object({
      insert: z.boolean(),
      update: z.boolean(),
      delete: z.boolean(),
      truncate: z.boolean(),
      /** Changes of partitions come under their root's name (from 13). */
      viaRoot: z.boolean(),
    })
    .nullable(),
});
export type FoundServer = z.infer<typeof FoundServer>;

export async function readServer(
  control: pg.Client,
  { schema, publication }: Pick<CatalogQuestion, 'schema' | 'publication'>,
): Promise<FoundServer> {
  const { rows } = await control.query<{ found: string }>({
    name: 'erp_server',
    text: /* sql */ `
      select json_build_object(
        'version', current_setting('server_version_num')::int,
        'database', current_database(),
        'role', current_user,
        'isStandby', pg_catalog.pg_is_in_recovery(),
        'walLevel', current_setting('wal_level'),
        'mayReplicate', r.rolreplication or r.rolsuper,
        'mayReadStatistics', pg_catalog.pg_has_role('pg_read_all_stats', 'usage'),
        'mayUseSchema', coalesce((
          select pg_catalog.has_schema_privilege(n.oid, 'usage')
          from pg_catalog.pg_namespace n where n.nspname = $1), false),
        'maxSlots', current_setting('max_replication_slots')::int,
        'usedSlots', (select count(*) from pg_catalog.pg_replication_slots),
        'publication', (
          select json_build_object('insert', p.pubinsert, 'update', p.pubupdate, 'delete', p.pubdelete,
            'truncate', p.pubtruncate, 'viaRoot', coalesce((to_json(p) ->> 'pubviaroot')::boolean, false))
          from pg_catalog.pg_publication p where p.pubname = $2)
      ) as found
      from pg_catalog.pg_roles r where r.rolname = current_user`,
    values: [schema, publication],
  });
  return FoundServer.parse(JSON.parse(rows[0]?.found ?? 'null'));
}
