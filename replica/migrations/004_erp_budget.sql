-- What the processes that call one ERP know together: erp/budget/state.ts.
create table skiff.erp_budget (
  -- The address of its API.
  erp text primary key,
  version bigint not null,
  state json not null
)
-- The row is rewritten with every call: room for it on its page.
with (fillfactor = 20);
