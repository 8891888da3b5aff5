-- @key id
-- @base production_work
-- @from production_work               select id from erp.production_work where id = any($1)
-- @from production                    select id from erp.production_work where production = any($1)
-- @from production_routing_operation  select id from erp.production_work where operation = any($1)
-- @from production_work_center        select id from erp.production_work where work_center = any($1)
-- @from production_work_cycle         select work from erp.production_work_cycle where id = any($1)
-- @from company_company               select id from erp.production_work where company = any($1)
-- @from currency_currency             select k.id from erp.company_company co
--   join erp.production_work k on k.company = co.id
--   where co.currency = any($1)
-- @from read.place                    select k.id from erp.production o
--   join erp.production_work k on k.production = o.id
--   where o.warehouse = any($1)
-- @from read.product_label            select k.id from erp.production o
--   join erp.production_work k on k.production = o.id
--   where o.product = any($1)
-- @from read.translated_text
--   select w.id from unnest($1::text[], $2::int[]) k(name, res_id) join erp.production_work w on w.operation = k.res_id
--   where k.name = 'production.routing.operation,name'
--   union select w.id from unnest($1::text[], $2::int[]) k(name, res_id)
--   join erp.production_work w on w.work_center = k.res_id where k.name = 'production.work.center,name'
select k.id, o.id as production_order_id, o.number as production_order_number, k.sequence as position,
  coalesce(operation_name.value, operation.name) as operation_name,
  case k.state
    when 'request' then 'PROPOSED' when 'draft' then 'DRAFT' when 'waiting' then 'WAITING' when 'running' then 'RUNNING'
    when 'finished' then 'FINISHED' when 'done' then 'DONE' end as status,
  k.state as status_code, k.work_center as work_center_id,
  coalesce(center_name.value, center.name) as work_center_name, place.plant_code,
  product.code as product_code, product.name as product_name,
  coalesce(o.planned_start_date, o.planned_date, o.create_date::date, date '1970-01-01') as planned_start_date,
  coalesce(o.planned_date, o.planned_start_date, o.create_date::date, date '1970-01-01') as planned_end_date,
  cycle.count as cycle_count, cycle.done as done_cycle_count, cycle.seconds as duration_seconds, cycle.cost,
  currency.code as currency
from erp.production_work k
join erp.production o on o.id = k.production
join read.place place on place.id = o.warehouse
join erp.production_routing_operation operation on operation.id = k.operation
join erp.company_company company on company.id = k.company
join erp.currency_currency currency on currency.id = company.currency
left join read.translated_text operation_name
  on operation_name.name = 'production.routing.operation,name' and operation_name.res_id = operation.id
left join erp.production_work_center center on center.id = k.work_center
left join read.translated_text center_name
  on center_name.name = 'production.work.center,name' and center_name.res_id = center.id
left join read.product_label product on product.id = o.product
cross join lateral (
  select (count(*) filter (where c.state <> 'cancelled'))::int as count,
    (count(*) filter (where c.state = 'done'))::int as done,
    coalesce(extract(epoch from sum(c.duration)), 0)::int as seconds, coalesce(sum(c.cost), 0) as cost
  from erp.production_work_cycle c where c.work = k.id) cycle
where k.company = :company
