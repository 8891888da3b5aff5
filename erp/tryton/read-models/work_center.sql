-- @key id
-- @base production_work_center
-- @from production_work_center           select id from erp.production_work_center where id = any($1)
-- @from production_work_center_category  select id from erp.production_work_center where category = any($1)
-- @from company_company                  select id from erp.production_work_center where company = any($1)
-- @from currency_currency                select wc.id from erp.company_company co
--   join erp.production_work_center wc on wc.company = co.id where co.currency = any($1)
-- @from read.place                       select id from erp.production_work_center where warehouse = any($1)
-- @from read.translated_text
--   select wc.id from unnest($1::text[], $2::int[]) k(name, res_id)
--   join erp.production_work_center wc on wc.id = k.res_id
--   where k.name = 'production.work.center,name'
--   union select wc.id from unnest($1::text[], $2::int[]) k(name, res_id)
--   join erp.production_work_center wc on wc.category = k.res_id where k.name = 'production.work.center.category,name'
select wc.id, null::text as code, coalesce(name.value, wc.name) as name,
  coalesce(category_name.value, category.name) as category, wc.parent as parent_id, place.plant_code, place.plant_name,
  wc.cost_price as cost_rate, case wc.cost_method when 'hour' then 'HOUR' when 'cycle' then 'CYCLE' end as cost_basis,
  currency.code as currency, coalesce(wc.active, false) as is_active
from erp.production_work_center wc
join read.place place on place.id = wc.warehouse
join erp.company_company company on company.id = wc.company
join erp.currency_currency currency on currency.id = company.currency
left join read.translated_text name on name.name = 'production.work.center,name' and name.res_id = wc.id
left join erp.production_work_center_category category on category.id = wc.category
left join read.translated_text category_name
  on category_name.name = 'production.work.center.category,name' and category_name.res_id = category.id
where wc.company = :company
