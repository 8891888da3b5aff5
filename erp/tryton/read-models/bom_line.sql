-- @key product_bom, bom_input
-- @from product_product-production_bom  select other.id as product_bom, i.id as bom_input
--   from erp."product_product-production_bom" pb
--   join erp."product_product-production_bom" other on other.product = pb.product
--   join erp.production_bom_input i on i.bom = other.bom where pb.id = any($1)
-- @from production_bom                  select pb.id as product_bom, i.id as bom_input
--   from erp."product_product-production_bom" pb
--   join erp.production_bom_input i on i.bom = pb.bom where pb.bom = any($1)
-- @from production_bom_input            select pb.id as product_bom, i.id as bom_input from erp.production_bom_input i
--   join erp."product_product-production_bom" pb on pb.bom = i.bom where i.id = any($1)
-- @from production_bom_output           select pb.id as product_bom, i.id as bom_input from erp.production_bom_output o
--   join erp."product_product-production_bom" pb on pb.bom = o.bom
--   join erp.production_bom_input i on i.bom = pb.bom where o.id = any($1)
-- @from read.product_label              select pb.id as product_bom, i.id as bom_input
--   from erp."product_product-production_bom" pb
--   join erp.production_bom_input i on i.bom = pb.bom where pb.product = any($1)
--   union select pb.id as product_bom, i.id as bom_input from erp.production_bom_input i
--   join erp."product_product-production_bom" pb on pb.bom = i.bom where i.product = any($1)
-- @from read.unit_label                 select pb.id as product_bom, i.id as bom_input from erp.production_bom_input i
--   join erp."product_product-production_bom" pb on pb.bom = i.bom where i.uom = any($1)
--   union select pb.id as product_bom, i.id as bom_input from erp.production_bom_output o
--   join erp."product_product-production_bom" pb on pb.bom = o.bom
--   join erp.production_bom_input i on i.bom = pb.bom where o.uom = any($1)
-- @from read.translated_text            select pb.id as product_bom, i.id as bom_input
--   from unnest($1::text[], $2::int[]) k(name, res_id)
--   join erp."product_product-production_bom" pb on pb.bom = k.res_id
--   join erp.production_bom_input i on i.bom = pb.bom where k.name = 'production.bom,name'
select pb.id as product_bom, i.id as bom_input, bom.id as bom_id, coalesce(bom_name.value, bom.name) as bom_name,
  pb.id = (
    select x.id from erp."product_product-production_bom" x where x.product = pb.product
    order by x.sequence nulls first, x.id limit 1) as is_default,
  pb.product as product_id, product.code as product_code, product.name as product_name,
  output.quantity as output_quantity, output_unit.symbol as output_unit, null::int as position,
  i.product as component_id, component.code as component_code, component.name as component_name,
  i.quantity::numeric as quantity, unit.symbol as unit
from erp."product_product-production_bom" pb
join erp.production_bom bom on bom.id = pb.bom
join erp.production_bom_input i on i.bom = pb.bom
join read.product_label product on product.id = pb.product
join read.product_label component on component.id = i.product
join read.unit_label unit on unit.id = i.uom
left join lateral (
  select o.quantity::numeric as quantity, o.uom from erp.production_bom_output o
  where o.bom = pb.bom and o.product = pb.product order by o.id limit 1) output on true
left join read.unit_label output_unit on output_unit.id = output.uom
left join read.translated_text bom_name on bom_name.name = 'production.bom,name' and bom_name.res_id = bom.id
