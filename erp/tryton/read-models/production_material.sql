-- @key id
-- @base stock_move
-- @from stock_move          select id from erp.stock_move where id = any($1)
-- @from production          select id from erp.stock_move where production_input = any($1)
--   union all select id from erp.stock_move where production_output = any($1)
-- @from read.place          select m.id from erp.production o join erp.stock_move m on m.production_input = o.id
--   where o.warehouse = any($1)
--   union all select m.id from erp.production o join erp.stock_move m on m.production_output = o.id
--   where o.warehouse = any($1)
-- @from read.product_label  select id from erp.stock_move where product = any($1)
-- @from read.unit_label     select id from erp.stock_move where uom = any($1)
select m.id, o.id as production_order_id, o.number as production_order_number,
  case when m.production_input is not null then 'INPUT' else 'OUTPUT' end as direction,
  m.product as product_id, product.code as product_code, product.name as product_name,
  m.quantity::numeric as quantity, unit.symbol as unit,
  case m.state
    when 'staging' then 'STAGING' when 'draft' then 'PLANNED' when 'assigned' then 'RESERVED'
    when 'done' then 'DONE' when 'cancelled' then 'CANCELLED' end as status,
  m.state as status_code, m.planned_date, m.effective_date, place.plant_code
from erp.stock_move m
join erp.production o on o.id = coalesce(m.production_input, m.production_output)
join read.place place on place.id = o.warehouse
join read.product_label product on product.id = m.product
join read.unit_label unit on unit.id = m.uom
where o.company = :company
