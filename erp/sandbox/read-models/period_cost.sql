-- @key fiscal_period, plant_code, cost_center_code
-- @from period_cost       select fiscal_period, plant_code, cost_center
--   from unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[])
--   k(company_code, fiscal_period, plant_code, cost_center, cost_element) where k.company_code = :company
-- @from fiscal_period     select c.fiscal_period, c.plant_code, c.cost_center
--   from unnest($1::text[], $2::int[]) k(company_code, fiscal_period)
--   join erp.period_cost c using (company_code, fiscal_period) where k.company_code = :company
-- @from plant             select fiscal_period, plant_code, cost_center from erp.period_cost where plant_code = any($1)
-- @from cost_center_text  select c.fiscal_period, c.plant_code, c.cost_center
--   from unnest($1::text[], $2::text[]) k(cost_center, language_code)
--   join erp.period_cost c using (cost_center) where k.language_code = :language
-- @from company_code      select fiscal_period, plant_code, cost_center from erp.period_cost
--   where company_code = :company and :company = any($1)
select c.fiscal_period, c.plant_code, c.cost_center as cost_center_code,
  left(c.fiscal_period::text, 4) || '-' || right(c.fiscal_period::text, 2) as period, plant.name as plant_name,
  coalesce(t.name, c.cost_center) as cost_center_name, c.planned as planned_amount, c.actual as actual_amount,
  c.actual - c.planned as variance_amount, company.currency_code as currency,
  coalesce(p.status_code, 'O') = 'C' as is_closed
from (
  select fiscal_period, plant_code, cost_center, sum(planned_amount) as planned, sum(actual_amount) as actual
  from erp.period_cost where company_code = :company
  group by fiscal_period, plant_code, cost_center) c
join erp.plant plant on plant.plant_code = c.plant_code
join erp.company_code company on company.company_code = :company
left join erp.cost_center_text t on t.cost_center = c.cost_center and t.language_code = :language
left join erp.fiscal_period p on p.company_code = :company and p.fiscal_period = c.fiscal_period
