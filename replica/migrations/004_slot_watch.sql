-- What the slot watchdog last saw in the ERP and has done: erp/postgres/watchdog.ts. It works without this, too.
create table skiff.slot_watch (
  slot text primary key,
  at timestamptz not null,
  watch json not null
);
