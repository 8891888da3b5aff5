-- What an order consumes stands in one table, what it yields in another: the direction is part of the key.
-- @key production_order_id, direction, item_no
-- @from production_component  select production_no, 'INPUT', item_no
--   from unnest($1::text[], $2::text[]) k(production_no, item_no)
-- @from production_item       select production_no, 'OUTPUT', item_no
--   from unnest($1::text[], $2::text[]) k(production_no, item_no)
-- @from production_header     select production_no, 'INPUT', item_no from erp.production_component
--   where production_no = any($1)
--   union all select production_no, 'OUTPUT', item_no from erp.production_item where production_no = any($1)
-- @from plant                 select h.production_no, 'INPUT', c.item_no from erp.production_header h
--   join erp.production_component c using (production_no) where h.plant_code = any($1)
--   union all select h.production_no, 'OUTPUT', i.item_no from erp.production_header h
--   join erp.production_item i using (production_no) where h.plant_code = any($1)
-- @from read.product_label    select production_no, 'INPUT', item_no from erp.production_component
--   where material_no = any($1)
--   union all select production_no, 'OUTPUT', item_no from erp.production_item where material_no = any($1)
-- @from read.unit_label       select production_no, 'INPUT', item_no from erp.production_component
--   where uom_code = any($1)
--   union all select production_no, 'OUTPUT', item_no from erp.production_item where uom_code = any($1)
select material.production_no as production_order_id, material.direction, material.item_no,
  h.production_no as production_order_number, material.material_no as product_id, product.code as product_code,
  product.name as product_name, material.quantity, unit.symbol as unit,
  case
    when material.done_qty >= material.quantity then 'DONE'
    when h.status_code = 'DLFL' then 'CANCELLED'
    when h.status_code = 'PLND' then 'STAGING'
    when h.status_code in ('MACM', 'PCNF') and material.direction = 'INPUT' then 'RESERVED'
    else 'PLANNED' end as status,
  h.status_code, coalesce(material.planned_date, h.planned_end) as planned_date,
  case when material.done_qty >= material.quantity then material.last_date end as effective_date, plant.plant_code
from (
  select production_no, 'INPUT' as direction, item_no, material_no, required_qty as quantity,
    withdrawn_qty as done_qty, uom_code, required_on as planned_date, last_withdrawal as last_date
  from erp.production_component
  union all
  select production_no, 'OUTPUT', item_no, material_no, planned_qty, received_qty, uom_code, null, last_receipt
  from erp.production_item) material
join erp.production_header h on h.production_no = material.production_no
join erp.plant plant on plant.plant_code = h.plant_code and plant.company_code = :company
join read.product_label product on product.id = material.material_no
join read.unit_label unit on unit.id = material.uom_code
