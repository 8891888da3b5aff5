-- Intermediate: a unit of measure as it is shown, and how many of its product's base units it is.
-- @key id
-- @from product_uom           select id from erp.product_uom where id = any($1)
-- @from read.translated_text  select res_id from unnest($1::text[], $2::int[]) k(name, res_id)
--   where name = 'product.uom,symbol'
select u.id, coalesce(symbol.value, u.symbol) as symbol, u.digits, u.factor
from erp.product_uom u
left join read.translated_text symbol on symbol.name = 'product.uom,symbol' and symbol.res_id = u.id
