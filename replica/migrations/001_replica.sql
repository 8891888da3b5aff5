create schema erp;
create schema copying;
create schema model;
create schema read;
create extension if not exists pg_trgm;

comment on schema erp is 'Raw copy of the ERP''s tables, as the ERP names them.';
comment on schema copying is 'Tables while they are copied, before they are merged into the mirror.';
comment on schema model is 'One view per read-model definition: what its rows ought to be.';
comment on schema read is 'One table per read-model definition: what its rows are.';

-- What is applied, and when it was known to be complete. One row, written by the applier.
create table skiff.watermark (
  source text primary key,
  system text not null,
  timeline text not null,
  slot text not null,
  applied text collate "C" not null,
  as_of timestamptz
);

-- The change log's head, and a number that rises when definitions come or go. Locked by nobody: read under the applier's lock.
create table skiff.head (
  singleton boolean primary key default true check (singleton),
  batch bigint not null default 0,
  registry bigint not null default 0
);
insert into skiff.head default values;

create table skiff.mirror_table (
  name text primary key,
  key text[] not null,
  columns json not null,
  -- empty: never filled; copy: to be copied beside the stream; ready
  state text not null check (state in ('empty', 'copy', 'ready')),
  faults jsonb not null default '[]',
  -- A copy of it is being made: rows the stream changes are remembered.
  copying boolean not null default false
);

create table skiff.read_model (
  hash text primary key,
  model text not null,
  -- As text: jsonb would lose the order of columns.
  definition json not null,
  state text not null check (state in ('waiting', 'building', 'ready')),
  -- Why it is not maintained at present; null when it is.
  stopped text,
  as_of timestamptz,
  -- Change-log position of its last change ("the data version").
  last_change bigint not null default 0,
  registered_at timestamptz not null default now(),
  claimed_at timestamptz not null default now()
);

-- Which keys of which read model changed, in order of batches. Kept for an hour.
create table skiff.change_log (
  batch bigint not null,
  hash text not null,
  -- insert, update, delete; 'all' when a batch touched too many keys to name them
  op text not null check (op in ('insert', 'update', 'delete', 'all')),
  key text[],
  columns text[],
  old jsonb,
  new jsonb,
  at timestamptz not null default now()
);
create index change_log_batch on skiff.change_log (batch);
create index change_log_at on skiff.change_log using brin (at);

-- Work that waits behind the stream: the keys that a source row touches, or a whole read model.
create table skiff.pending (
  id bigint generated always as identity primary key,
  hash text not null references skiff.read_model on delete cascade,
  -- null: every key of the read model
  source text,
  key text[],
  batch bigint not null,
  -- The read model was complete up to here before this.
  as_of timestamptz,
  -- Keys in order; those up to here are done.
  done_to text[]
);
create index pending_hash on skiff.pending (hash);
create unique index pending_once on skiff.pending (hash, source, key) nulls not distinct;

-- Keys that changed while their read model is built.
create table skiff.build_key (
  hash text not null references skiff.read_model on delete cascade,
  key text[] not null,
  primary key (hash, key)
);

create table skiff.quarantine (
  hash text not null references skiff.read_model on delete cascade,
  key text[] not null,
  error text not null,
  since timestamptz not null default now(),
  primary key (hash, key)
);

-- Rows the stream changed while their table is copied: the copy must not overwrite them.
create table skiff.touched (
  table_name text not null,
  key text[] not null,
  -- Columns whose value no change has carried yet (large values an update left alone).
  missing text[] not null,
  primary key (table_name, key)
);

-- What the process that plays the replica says of itself, once a second.
create table skiff.report (
  singleton boolean primary key default true check (singleton),
  at timestamptz not null,
  report json not null
);
