-- What a capture by events has been told. Empty while there are no webhooks.

create table skiff.event_stream (
  subscription text primary key,
  -- Everything up to here was taken, or seen by polls that began later.
  through bigint not null
);

create table skiff.event (
  subscription text not null,
  sequence bigint not null,
  arrival bigint not null generated always as identity,
  at timestamptz not null default clock_timestamp(),
  table_name text not null,
  key text[] not null,
  version bigint not null,
  -- A row that nobody has to read any more. It stays while numbers before it are missing.
  is_read boolean not null,
  primary key (subscription, sequence)
);
create index event_to_read on skiff.event (table_name, key) where not is_read;
