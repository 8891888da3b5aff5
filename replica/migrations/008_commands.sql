-- Writes that are asked of the ERP (commands/).

-- Commands proposed together.
create table skiff.plan (
  id uuid primary key,
  number bigint generated always as identity unique,
  proposer text not null,
  note text,
  proposed_at timestamptz not null default clock_timestamp()
);

-- The place of a command among those of its business key; given under a lock on that key, so in order of commits.
create sequence skiff.command_queue;

create table skiff.command (
  id uuid primary key,
  number bigint generated always as identity unique,
  type text not null,
  state text not null check (state in ('PROPOSED', 'APPROVED', 'REJECTED', 'EXPIRED', 'CANCELLED', 'QUEUED', 'SENT',
    'UNKNOWN', 'FAILED', 'ACKNOWLEDGED', 'CONFIRMED', 'OVERDUE', 'DEAD_LETTER')),
  plan uuid references skiff.plan,
  proposer text not null,
  -- Who wrote the content as it now is: the proposer, or who edited it last. Neither approves it.
  author text not null,
  plant text not null,
  business_key text not null,
  -- What is asked, and its hash: an approval is of one content.
  content json not null,
  content_hash text not null,
  -- The scopes of whom each of the approvals it needs must have.
  approvals_needed text[] not null,
  -- What of the replica the proposer had before their eyes, by name; null where nobody approves.
  premise json,
  premise_as_of timestamptz,
  expires_at timestamptz,
  -- Why it stands where it does, for people.
  reason text,
  -- Of the request it came by; sent along to the ERP.
  trace_id text not null,
  -- Rises with every change.
  version bigint not null default 1,
  proposed_at timestamptz not null default clock_timestamp(),
  changed_at timestamptz not null default clock_timestamp(),

  queue_number bigint,
  queued_at timestamptz,
  -- Not to be touched before.
  due_at timestamptz,
  -- Requests to the ERP that were begun. Who holds the lease of another attempt has nothing to say any more.
  attempts integer not null default 0,
  -- Times in a row that it could not be sent.
  failures integer not null default 0,
  lease_holder uuid,
  lease_until timestamptz,
  sent_at timestamptz,
  -- RETRY, REJECTED, NEEDS_PERSON, UNKNOWN
  fault text,
  -- What the ERP said, and what a planner is told of it.
  erp_answer text,
  user_errors json not null default '[]',
  document_type text,
  document_id text,
  document_version text,
  acknowledged_at timestamptz,
  confirmed_at timestamptz,
  -- Fields whose value in the ERP was another one already when it was confirmed.
  overtaken text[],
  -- Those behind it with the same key wait: also for a person who finds out what became of it.
  holds_key boolean generated always as (
    state in ('QUEUED', 'SENT', 'UNKNOWN', 'FAILED') or (state = 'DEAD_LETTER' and fault = 'UNKNOWN')) stored
);
create index command_line on skiff.command (business_key, queue_number) where holds_key;
create index command_waiting on skiff.command (queue_number) where state in ('QUEUED', 'FAILED');
create index command_open on skiff.command (due_at) where state in ('SENT', 'UNKNOWN', 'ACKNOWLEDGED', 'OVERDUE');
create index command_expiring on skiff.command (expires_at) where state = 'PROPOSED';
create index command_state on skiff.command (state, number);
create index command_plan on skiff.command (plan, number) where plan is not null;
create index command_document on skiff.command (document_type, document_id) where document_id is not null;

-- What was asked under which key. A principal's key is their own: the same word of another is another key.
create table skiff.command_request (
  principal text not null,
  key text not null,
  hash text not null,
  command uuid references skiff.command,
  plan uuid references skiff.plan,
  at timestamptz not null default clock_timestamp(),
  primary key (principal, key)
);

create table skiff.command_approval (
  command uuid not null references skiff.command,
  content_hash text not null,
  approver text not null,
  scope text not null,
  -- As the approver saw it.
  premise json,
  at timestamptz not null default clock_timestamp(),
  -- After an edit, or when the premise no longer held, it counts for nothing.
  voided_at timestamptz
);
create unique index command_approval_once on skiff.command_approval (command, approver) where voided_at is null;

-- The audit: written in the transaction of what it tells of, and never again.
create table skiff.command_event (
  id bigint generated always as identity primary key,
  command uuid not null references skiff.command,
  version bigint not null,
  at timestamptz not null default clock_timestamp(),
  actor text not null,
  action text not null,
  from_state text,
  to_state text not null,
  detail json not null,
  trace_id text not null,
  -- Where the request came from; null for what Skiff did by itself.
  address text
);
create index command_event_of on skiff.command_event (command, id);

create function skiff.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'skiff.command_event is only ever added to';
end $$;
create trigger append_only before update or delete or truncate on skiff.command_event
  for each statement execute function skiff.refuse_change();

-- Which database this is, as dispatchers last saw it. Another one was restored from a backup: nothing is sent until an
-- operator has confirmed.
create table skiff.command_gate (
  singleton boolean primary key default true check (singleton),
  database text,
  closed_because text,
  changed_at timestamptz not null default clock_timestamp()
);
insert into skiff.command_gate default values;
