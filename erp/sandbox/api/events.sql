-- What feeds the webhooks: every committed change of a mirrored table, while there is somebody to tell. May be run again.
--
--   write ─► event_outbox ─► delivery (numbered per subscription) ─► POST
--
-- An event is numbered only once its transaction is committed, so that the numbers of a subscription have no gap
-- and nothing is committed behind a number that was sent.

create schema if not exists api;

create table if not exists api.subscription (
  id bigint generated always as identity primary key,
  url text not null unique,
  secret text not null,
  last_sequence bigint not null default 0
);

create table if not exists api.event_outbox (
  id bigint generated always as identity primary key,
  event jsonb not null
);

create table if not exists api.delivery (
  id bigint generated always as identity primary key,
  subscription bigint not null references api.subscription on delete cascade,
  events json not null,
  attempts int not null default 0,
  due timestamptz not null default now()
);
create index if not exists delivery_due on api.delivery (subscription, due, id);

-- Its arguments are the names of the key's columns.
create or replace function api.tell() returns trigger language plpgsql as $$
declare
  before jsonb;
  after jsonb;
  key_before jsonb;
  key_after jsonb;
begin
  if not exists (select from api.subscription) then
    return null;
  end if;
  if tg_op <> 'INSERT' then
    before := to_jsonb(old);
    select jsonb_agg(before ->> name order by place) into key_before from unnest(tg_argv) with ordinality as k(name, place);
  end if;
  if tg_op <> 'DELETE' then
    after := to_jsonb(new);
    select jsonb_agg(after ->> name order by place) into key_after from unnest(tg_argv) with ordinality as k(name, place);
  end if;
  -- A row that takes another key is gone under the old one.
  if before is not null and key_before is distinct from key_after then
    insert into api.event_outbox (event) values (jsonb_build_object('op', 'delete', 'table', tg_table_name, 'key', key_before,
      'version', nextval('number_row_version')::text, 'at', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')));
  end if;
  if after is not null then
    insert into api.event_outbox (event) values (jsonb_build_object('op', 'upsert', 'table', tg_table_name, 'key', key_after,
      'version', after ->> 'row_version', 'at', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')));
  end if;
  return null;
end $$;
