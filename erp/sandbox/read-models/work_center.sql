-- @key id
-- @base work_center
-- @from work_center   select unnest($1::text[])
-- @from plant         select work_center from erp.work_center where plant_code = any($1)
-- @from company_code  select work_center from erp.work_center where :company = any($1)
select w.work_center as id, w.work_center as code, w.name, w.category, w.parent_work_center as parent_id,
  plant.plant_code, plant.name as plant_name, w.cost_rate,
  case when w.cost_rate is not null then case w.cost_basis when 'H' then 'HOUR' when 'C' then 'CYCLE' end end
    as cost_basis,
  company.currency_code as currency, w.deletion_flag is null as is_active
from erp.work_center w
join erp.plant plant on plant.plant_code = w.plant_code and plant.company_code = :company
join erp.company_code company on company.company_code = :company
