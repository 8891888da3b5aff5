-- What a capture through an API needs beside the mirror. Empty while every table is captured by replication.

-- How far each table is read.
create table skiff.table_poll (
  table_name text primary key,
  -- On the ERP's clock: from where the next walk has to read.
  polled_to_ms bigint,
  -- Where the walk and the key sweep under way stand, in the capture's words.
  walk text,
  sweep text,
  -- On this database's clock: the begin of the last complete walk, and of the last complete key sweep.
  as_of timestamptz,
  deletions_as_of timestamptz
);

-- The version of each row of the mirror that an API brought, and since when it is held. Without a version: a
-- tombstone, the row is gone and was known to be at that time.
create table skiff.row_version (
  table_name text not null,
  key text[] not null,
  version bigint,
  at timestamptz not null,
  primary key (table_name, key)
) with (fillfactor = 80);
create index row_version_gone on skiff.row_version (at) where version is null;

-- Keys that the key sweep under way has listed.
create table skiff.listed_key (
  table_name text not null,
  key text[] not null,
  primary key (table_name, key)
);

-- Up to when deletions are known: as_of where the stream brings them, a key sweep's begin where an API is polled.
alter table skiff.read_model add column deletions_as_of timestamptz;
update skiff.read_model set deletions_as_of = as_of;
