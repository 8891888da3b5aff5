-- @key id
-- @base material
-- @from material            select unnest($1::text[])
-- @from read.product_label  select unnest($1::text[])
-- @from material_text       select material_no from unnest($1::text[], $2::text[]) k(material_no, language_code)
--   where k.language_code = :language
-- @from material_group      select m.material_no from unnest($1::text[], $2::text[]) k(group_code, language_code)
--   join erp.material m using (group_code) where k.language_code = :language
-- @from sales_price         select material_no from unnest($1::text[], $2::text[], $3::text[])
--   k(material_no, company_code, price_list) where k.company_code = :company and k.price_list = '01'
-- @from material_valuation  select material_no from unnest($1::text[], $2::text[]) k(material_no, company_code)
--   where k.company_code = :company
-- @from company_code        select material_no from erp.material where :company = any($1)
select m.material_no as id, label.code, label.name, t.long_text as description,
  case m.material_type when 'DIEN' then 'SERVICE' when 'LEIH' then 'ASSET' else 'GOODS' end as kind,
  m.material_type as kind_code, g.description as category, label.unit, label.unit_digits,
  price.amount as list_price, valuation.standard_price as cost_price, company.currency_code as currency,
  m.deletion_flag is null as is_active, m.sales_status is not null as is_sold,
  m.purchase_status is not null as is_purchased, m.material_type in ('FERT', 'HALB') as is_produced
from erp.material m
join read.product_label label on label.id = m.material_no
join erp.company_code company on company.company_code = :company
left join erp.material_text t on t.material_no = m.material_no and t.language_code = :language
left join erp.material_group g on g.group_code = m.group_code and g.language_code = :language
left join erp.sales_price price
  on price.material_no = m.material_no and price.company_code = :company and price.price_list = '01'
left join erp.material_valuation valuation
  on valuation.material_no = m.material_no and valuation.company_code = :company
