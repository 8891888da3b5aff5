-- What the migrations add up to. Written by `npm run generate:schema-sql`; do not edit.

create extension pg_trgm;

create schema copying;
comment on schema copying is 'Tables while they are copied, before they are merged into the mirror.';

create schema erp;
comment on schema erp is 'Raw copy of the ERP''s tables, as the ERP names them.';

create schema model;
comment on schema model is 'One view per read-model definition: what its rows ought to be.';

create schema read;
comment on schema read is 'One table per read-model definition: what its rows are.';

create schema skiff;

create table skiff.api_key (
  name text not null,
  hash bytea not null,
  scopes text[] not null,
  plants text[],
  created_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  previous_hash bytea,
  previous_until timestamp with time zone,
  PRIMARY KEY (name),
  UNIQUE (hash),
  UNIQUE (previous_hash)
);

create table skiff.build_key (
  hash text not null,
  key text[] not null,
  PRIMARY KEY (hash, key),
  FOREIGN KEY (hash) REFERENCES skiff.read_model(hash) ON DELETE CASCADE
);

create table skiff.change_log (
  batch bigint not null,
  hash text not null,
  op text not null,
  key text[],
  columns text[],
  old jsonb,
  new jsonb,
  at timestamp with time zone default now() not null,
  CHECK ((op = ANY (ARRAY['insert'::text, 'update'::text, 'delete'::text, 'all'::text])))
);
CREATE INDEX change_log_at ON skiff.change_log USING brin (at);
CREATE INDEX change_log_batch ON skiff.change_log USING btree (batch);

create table skiff.command (
  id uuid not null,
  number bigint generated always as identity not null,
  type text not null,
  state text not null,
  plan uuid,
  proposer text not null,
  author text not null,
  plant text not null,
  business_key text not null,
  content json not null,
  content_hash text not null,
  approvals_needed text[] not null,
  premise json,
  premise_as_of timestamp with time zone,
  expires_at timestamp with time zone,
  reason text,
  trace_id text not null,
  version bigint default 1 not null,
  proposed_at timestamp with time zone default clock_timestamp() not null,
  changed_at timestamp with time zone default clock_timestamp() not null,
  queue_number bigint,
  queued_at timestamp with time zone,
  due_at timestamp with time zone,
  attempts integer default 0 not null,
  failures integer default 0 not null,
  lease_holder uuid,
  lease_until timestamp with time zone,
  sent_at timestamp with time zone,
  fault text,
  erp_answer text,
  user_errors json default '[]'::json not null,
  document_type text,
  document_id text,
  document_version text,
  acknowledged_at timestamp with time zone,
  confirmed_at timestamp with time zone,
  overtaken text[],
  holds_key boolean generated always as (((state = ANY (ARRAY['QUEUED'::text, 'SENT'::text, 'UNKNOWN'::text, 'FAILED'::text])) OR ((state = 'DEAD_LETTER'::text) AND (fault = 'UNKNOWN'::text)))) stored,
  PRIMARY KEY (id),
  UNIQUE (number),
  FOREIGN KEY (plan) REFERENCES skiff.plan(id),
  CHECK ((state = ANY (ARRAY['PROPOSED'::text, 'APPROVED'::text, 'REJECTED'::text, 'EXPIRED'::text, 'CANCELLED'::text, 'QUEUED'::text, 'SENT'::text, 'UNKNOWN'::text, 'FAILED'::text, 'ACKNOWLEDGED'::text, 'CONFIRMED'::text, 'OVERDUE'::text, 'DEAD_LETTER'::text])))
);
CREATE INDEX command_document ON skiff.command USING btree (document_type, document_id) WHERE (document_id IS NOT NULL);
CREATE INDEX command_expiring ON skiff.command USING btree (expires_at) WHERE (state = 'PROPOSED'::text);
CREATE INDEX command_line ON skiff.command USING btree (business_key, queue_number) WHERE holds_key;
CREATE INDEX command_open ON skiff.command USING btree (due_at) WHERE (state = ANY (ARRAY['SENT'::text, 'UNKNOWN'::text, 'ACKNOWLEDGED'::text, 'OVERDUE'::text]));
CREATE INDEX command_plan ON skiff.command USING btree (plan, number) WHERE (plan IS NOT NULL);
CREATE INDEX command_state ON skiff.command USING btree (state, number);
CREATE INDEX command_waiting ON skiff.command USING btree (queue_number) WHERE (state = ANY (ARRAY['QUEUED'::text, 'FAILED'::text]));

create table skiff.command_approval (
  command uuid not null,
  content_hash text not null,
  approver text not null,
  scope text not null,
  premise json,
  at timestamp with time zone default clock_timestamp() not null,
  voided_at timestamp with time zone,
  FOREIGN KEY (command) REFERENCES skiff.command(id)
);
CREATE UNIQUE INDEX command_approval_once ON skiff.command_approval USING btree (command, approver) WHERE (voided_at IS NULL);

create table skiff.command_event (
  id bigint generated always as identity not null,
  command uuid not null,
  version bigint not null,
  at timestamp with time zone default clock_timestamp() not null,
  actor text not null,
  action text not null,
  from_state text,
  to_state text not null,
  detail json not null,
  trace_id text not null,
  address text,
  PRIMARY KEY (id),
  FOREIGN KEY (command) REFERENCES skiff.command(id)
);
CREATE INDEX command_event_of ON skiff.command_event USING btree (command, id);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON skiff.command_event FOR EACH STATEMENT EXECUTE FUNCTION skiff.refuse_change();

create table skiff.command_gate (
  singleton boolean default true not null,
  database text,
  closed_because text,
  changed_at timestamp with time zone default clock_timestamp() not null,
  PRIMARY KEY (singleton),
  CHECK (singleton)
);

create table skiff.command_request (
  principal text not null,
  key text not null,
  hash text not null,
  command uuid,
  plan uuid,
  at timestamp with time zone default clock_timestamp() not null,
  PRIMARY KEY (principal, key),
  FOREIGN KEY (command) REFERENCES skiff.command(id),
  FOREIGN KEY (plan) REFERENCES skiff.plan(id)
);

create table skiff.erp_budget (
  erp text not null,
  version bigint not null,
  state json not null,
  PRIMARY KEY (erp)
) with (fillfactor=20);

create table skiff.event (
  subscription text not null,
  sequence bigint not null,
  arrival bigint generated always as identity not null,
  at timestamp with time zone default clock_timestamp() not null,
  table_name text not null,
  key text[] not null,
  version bigint not null,
  is_read boolean not null,
  PRIMARY KEY (subscription, sequence)
);
CREATE INDEX event_to_read ON skiff.event USING btree (table_name, key) WHERE (NOT is_read);

create table skiff.event_stream (
  subscription text not null,
  through bigint not null,
  PRIMARY KEY (subscription)
);

create unlogged table skiff.freshness_request (
  id uuid not null,
  hashes text[] not null,
  max_staleness_ms bigint not null,
  asked_at timestamp with time zone default clock_timestamp() not null,
  answer text,
  as_of timestamp with time zone,
  ids json default '{}'::json not null,
  PRIMARY KEY (id),
  CHECK ((answer = ANY (ARRAY['fresh'::text, 'unavailable'::text])))
);
CREATE INDEX freshness_request_open ON skiff.freshness_request USING btree (asked_at) WHERE (answer IS NULL);

create table skiff.head (
  singleton boolean default true not null,
  batch bigint default 0 not null,
  registry bigint default 0 not null,
  epoch text default substr(md5((gen_random_uuid())::text), 1, 8) not null,
  PRIMARY KEY (singleton),
  CHECK (singleton)
);

create table skiff.listed_key (
  table_name text not null,
  key text[] not null,
  PRIMARY KEY (table_name, key)
);

create table skiff.migration (
  name text not null,
  applied_at timestamp with time zone default now() not null,
  PRIMARY KEY (name)
);

create table skiff.mirror_table (
  name text not null,
  key text[] not null,
  columns json not null,
  state text not null,
  faults jsonb default '[]'::jsonb not null,
  copying boolean default false not null,
  PRIMARY KEY (name),
  CHECK ((state = ANY (ARRAY['empty'::text, 'copy'::text, 'ready'::text])))
);

create table skiff.pending (
  id bigint generated always as identity not null,
  hash text not null,
  source text,
  key text[],
  batch bigint not null,
  as_of timestamp with time zone,
  done_to text[],
  PRIMARY KEY (id),
  FOREIGN KEY (hash) REFERENCES skiff.read_model(hash) ON DELETE CASCADE
);
CREATE INDEX pending_hash ON skiff.pending USING btree (hash);
CREATE UNIQUE INDEX pending_once ON skiff.pending USING btree (hash, source, key) NULLS NOT DISTINCT;

create table skiff.plan (
  id uuid not null,
  number bigint generated always as identity not null,
  proposer text not null,
  note text,
  proposed_at timestamp with time zone default clock_timestamp() not null,
  PRIMARY KEY (id),
  UNIQUE (number)
);

create table skiff.quarantine (
  hash text not null,
  key text[] not null,
  error text not null,
  since timestamp with time zone default now() not null,
  PRIMARY KEY (hash, key),
  FOREIGN KEY (hash) REFERENCES skiff.read_model(hash) ON DELETE CASCADE
);

create table skiff.read_model (
  hash text not null,
  model text not null,
  definition json not null,
  state text not null,
  stopped text,
  as_of timestamp with time zone,
  last_change bigint default 0 not null,
  registered_at timestamp with time zone default now() not null,
  claimed_at timestamp with time zone default now() not null,
  deletions_as_of timestamp with time zone,
  PRIMARY KEY (hash),
  CHECK ((state = ANY (ARRAY['waiting'::text, 'building'::text, 'ready'::text])))
);

create table skiff.report (
  singleton boolean default true not null,
  at timestamp with time zone not null,
  report json not null,
  PRIMARY KEY (singleton),
  CHECK (singleton)
);

create table skiff.row_version (
  table_name text not null,
  key text[] not null,
  version bigint,
  at timestamp with time zone not null,
  PRIMARY KEY (table_name, key)
) with (fillfactor=80);
CREATE INDEX row_version_gone ON skiff.row_version USING btree (at) WHERE (version IS NULL);

create table skiff.slot_watch (
  slot text not null,
  at timestamp with time zone not null,
  watch json not null,
  PRIMARY KEY (slot)
);

create table skiff.table_poll (
  table_name text not null,
  polled_to_ms bigint,
  walk text,
  sweep text,
  as_of timestamp with time zone,
  deletions_as_of timestamp with time zone,
  PRIMARY KEY (table_name)
);

create table skiff.touched (
  table_name text not null,
  key text[] not null,
  missing text[] not null,
  PRIMARY KEY (table_name, key)
);

create table skiff.watermark (
  source text not null,
  system text not null,
  timeline text not null,
  slot text not null,
  applied text collate "C" not null,
  as_of timestamp with time zone,
  PRIMARY KEY (source)
);

CREATE OR REPLACE FUNCTION skiff.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'skiff.command_event is only ever added to';
end $function$
;

grant usage on schema read to skiff_reader;

grant usage on schema read to skiff_reader_of_all;
