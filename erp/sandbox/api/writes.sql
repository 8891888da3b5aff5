-- What the API remembers of what it was asked to write; may be run again.

create table if not exists api.written (
  id bigint generated always as identity primary key,
  resource text not null,
  document_no text not null,
  external_reference text,
  idempotency_key text unique,
  fingerprint text not null,
  answer text not null,
  at timestamptz not null default now()
);
create index if not exists written_reference on api.written (resource, external_reference);
