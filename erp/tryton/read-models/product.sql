-- @key id
-- @base product_product
-- @from product_product       select id from erp.product_product where id = any($1)
-- @from product_template      select id from erp.product_product where template = any($1)
-- @from product_list_price    select p.id from erp.product_list_price x
--   join erp.product_product p on p.template = x.template where x.id = any($1)
-- @from product_cost_price    select product from erp.product_cost_price where id = any($1)
-- @from product_category      select p.id from erp.product_template t
--   join erp.product_product p on p.template = t.id where t.account_category = any($1)
-- @from company_company       select id from erp.product_product where exists (select from unnest($1::int[]) c
--   where c = :company)
-- @from currency_currency     select p.id from erp.company_company co cross join erp.product_product p
--   where co.id = :company and co.currency = any($1)
-- @from read.product_label    select unnest($1::int[])
-- @from read.translated_text  select p.id from unnest($1::text[], $2::int[]) k(name, res_id)
--   join erp.product_product p on p.id = k.res_id where k.name = 'product.product,description'
--   union select p.id from unnest($1::text[], $2::int[]) k(name, res_id)
--   join erp.product_template t on t.account_category = k.res_id
--   join erp.product_product p on p.template = t.id where k.name = 'product.category,name'
select p.id, label.code, label.name, coalesce(description.value, p.description) as description,
  case t.type when 'goods' then 'GOODS' when 'assets' then 'ASSET' when 'service' then 'SERVICE' end as kind,
  t.type as kind_code, coalesce(category_name.value, category.name) as category,
  label.unit, label.unit_digits, list.list_price, cost.cost_price, currency.code as currency,
  coalesce(p.active and t.active, false) as is_active, coalesce(t.salable, false) as is_sold,
  coalesce(t.purchasable, false) as is_purchased, coalesce(t.producible, false) as is_produced
from erp.product_product p
join erp.product_template t on t.id = p.template
join read.product_label label on label.id = p.id
join erp.company_company company on company.id = :company
join erp.currency_currency currency on currency.id = company.currency
left join read.translated_text description
  on description.name = 'product.product,description' and description.res_id = p.id
left join erp.product_category category on category.id = t.account_category
left join read.translated_text category_name
  on category_name.name = 'product.category,name' and category_name.res_id = category.id
left join lateral (
  select x.list_price from erp.product_list_price x
  where x.template = t.id and (x.company = :company or x.company is null)
  order by x.company nulls last, x.id limit 1) list on true
left join lateral (
  select x.cost_price from erp.product_cost_price x
  where x.product = p.id and (x.company = :company or x.company is null)
  order by x.company nulls last, x.id limit 1) cost on true
