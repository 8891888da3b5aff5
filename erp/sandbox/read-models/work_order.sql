-- @key production_order_id, operation_no
-- @base production_operation
-- @from production_operation     select * from unnest($1::text[], $2::text[])
-- @from production_confirmation  select production_no, operation_no
--   from unnest($1::text[], $2::text[], $3::smallint[]) k(production_no, operation_no, confirmation_no)
-- @from production_header        select production_no, operation_no from erp.production_operation
--   where production_no = any($1)
-- @from plant                    select o.production_no, o.operation_no from erp.production_header h
--   join erp.production_operation o using (production_no) where h.plant_code = any($1)
-- @from company_code             select production_no, operation_no from erp.production_operation
--   where :company = any($1)
-- @from work_center              select production_no, operation_no from erp.production_operation
--   where work_center = any($1)
-- @from operation_text           select o.production_no, o.operation_no
--   from unnest($1::text[], $2::text[]) k(operation_code, language_code)
--   join erp.production_operation o using (operation_code) where k.language_code = :language
-- @from read.product_label       select o.production_no, o.operation_no from erp.production_header h
--   join erp.production_operation o using (production_no) where h.material_no = any($1)
select o.production_no as production_order_id, o.operation_no, h.production_no as production_order_number,
  case when o.operation_no ~ '^[0-9]{1,9}$' then o.operation_no::int end as position,
  coalesce(t.description, o.operation_code) as operation_name,
  case
    when h.status_code = 'PLND' then 'PROPOSED'
    when o.status_code = 'CNF' then case when h.status_code = 'TECO' then 'DONE' else 'FINISHED' end
    when o.status_code = 'STRT' then 'RUNNING'
    when o.status_code = 'REL' then 'WAITING'
    else 'DRAFT' end as status,
  o.status_code, o.work_center as work_center_id, w.name as work_center_name, plant.plant_code,
  product.code as product_code, product.name as product_name,
  coalesce(h.planned_start, h.planned_end, h.created_on) as planned_start_date,
  coalesce(h.planned_end, h.planned_start, h.created_on) as planned_end_date,
  cycle.count as cycle_count, cycle.done as done_cycle_count, round(cycle.minutes * 60)::int as duration_seconds,
  round(case w.cost_basis when 'C' then cycle.count else cycle.minutes / 60 end * coalesce(w.cost_rate, 0), 2) as cost,
  company.currency_code as currency
from erp.production_operation o
join erp.production_header h on h.production_no = o.production_no
join erp.plant plant on plant.plant_code = h.plant_code and plant.company_code = :company
join erp.company_code company on company.company_code = :company
left join erp.operation_text t on t.operation_code = o.operation_code and t.language_code = :language
left join erp.work_center w on w.work_center = o.work_center
left join read.product_label product on product.id = h.material_no
cross join lateral (
  select count(*)::int as count, count(*) filter (where c.status_code = 'D')::int as done,
    coalesce(sum(c.minutes), 0) as minutes
  from erp.production_confirmation c
  where c.production_no = o.production_no and c.operation_no = o.operation_no and c.status_code <> 'X') cycle
