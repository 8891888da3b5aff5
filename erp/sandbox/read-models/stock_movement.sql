-- @key id
-- @base stock_movement
-- @from stock_movement      select unnest($1::bigint[])
-- @from read.product_label  select movement_no from erp.stock_movement where material_no = any($1)
-- @from read.unit_label     select movement_no from erp.stock_movement where uom_code = any($1)
-- @from read.place          select movement_no from erp.stock_movement where from_location = any($1)
--   union select movement_no from erp.stock_movement where to_location = any($1)
select m.movement_no as id, m.material_no as product_id, product.code as product_code, product.name as product_name,
  m.from_location as from_location_id, origin.id as from_location_code, origin.name as from_location_name,
  m.to_location as to_location_id, target.id as to_location_code, target.name as to_location_name,
  coalesce(origin.plant_code, target.plant_code) as plant_code,
  case
    when origin.kind_code = 'DI' or target.kind_code = 'DI' then 'CORRECTION'
    when origin.kind_code = 'ST' and target.kind_code = 'ST' then 'TRANSFER'
    when origin.kind_code = 'VE' and target.plant_code is not null then 'RECEIPT'
    when target.kind_code = 'VE' and origin.plant_code is not null then 'SUPPLIER_RETURN'
    when target.kind_code = 'CU' and origin.plant_code is not null then 'DELIVERY'
    when origin.kind_code = 'CU' and target.plant_code is not null then 'CUSTOMER_RETURN'
    when target.kind_code = 'PR' and origin.kind_code = 'ST' then 'PRODUCTION_INPUT'
    when origin.kind_code = 'PR' and target.kind_code = 'ST' then 'PRODUCTION_OUTPUT'
    else 'OTHER' end as kind,
  case m.status_code
    when 'P' then 'PLANNED' when 'R' then 'RESERVED' when 'D' then 'DONE' when 'X' then 'CANCELLED' end as status,
  m.status_code, m.quantity, unit.symbol as unit, m.planned_date, m.posting_date as effective_date,
  coalesce(m.posting_date, m.planned_date, m.created_on) as movement_date, m.reference_no as document_number
from erp.stock_movement m
join read.product_label product on product.id = m.material_no
join read.unit_label unit on unit.id = m.uom_code
join read.place origin on origin.id = m.from_location
join read.place target on target.id = m.to_location
