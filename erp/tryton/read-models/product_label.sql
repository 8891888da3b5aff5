-- Intermediate: what other rows show of a product.
-- @key id
-- @from product_product       select id from erp.product_product where id = any($1)
-- @from product_template      select id from erp.product_product where template = any($1)
-- @from read.unit_label       select p.id from erp.product_template t
--   join erp.product_product p on p.template = t.id where t.default_uom = any($1)
-- @from read.translated_text  select p.id from unnest($1::text[], $2::int[]) k(name, res_id)
--   join erp.product_product p on p.template = k.res_id where k.name = 'product.template,name'
select p.id, p.code, coalesce(name.value, t.name) as name, u.symbol as unit, u.digits as unit_digits
from erp.product_product p
join erp.product_template t on t.id = p.template
join read.unit_label u on u.id = t.default_uom
left join read.translated_text name on name.name = 'product.template,name' and name.res_id = t.id
