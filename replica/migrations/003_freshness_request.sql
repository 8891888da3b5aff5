-- Tells this database from one it was rebuilt from: positions in the change log compare within one of them only.
alter table skiff.head add column epoch text not null default substr(md5(gen_random_uuid()::text), 1, 8);

-- Whoever needs read models fresher than they are asks here and wakes the process that plays the replica.
-- Unlogged: after a crash nobody waits for an answer any more, and nobody waits for the disk before.
create unlogged table skiff.freshness_request (
  id uuid primary key,
  -- Of the read models that are not fresh enough.
  hashes text[] not null,
  max_staleness_ms bigint not null,
  asked_at timestamptz not null default clock_timestamp(),
  -- fresh: everything committed in the ERP by as_of is applied, though keys may wait behind the stream;
  -- unavailable: the ERP cannot be asked at present
  answer text check (answer in ('fresh', 'unavailable')),
  -- When the ERP was asked: after the question, so that it answers it.
  as_of timestamptz
);
create index freshness_request_open on skiff.freshness_request (asked_at) where answer is null;
