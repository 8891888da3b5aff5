-- @key id
-- @base stock_move
-- @from stock_move          select id from erp.stock_move where id = any($1)
-- @from stock_shipment_out  select m.id from unnest($1::int[]) k(id)
--   join erp.stock_move m on m.shipment = 'stock.shipment.out,' || k.id
-- @from stock_location      select m.id from erp.stock_location w
--   join erp.stock_move m on m.from_location = w.output_location
--   where w.id = any($1)
-- @from read.place          select m.id from erp.stock_location w
--   join erp.stock_move m on m.from_location = w.output_location
--   where w.id = any($1)
-- @from sale_line           select m.id from unnest($1::int[]) k(id)
--   join erp.stock_move m on m.origin = 'sale.line,' || k.id
-- @from sale_sale           select m.id from erp.sale_line l join erp.stock_move m on m.origin = 'sale.line,' || l.id
--   where l.sale = any($1)
-- @from read.product_label  select id from erp.stock_move where product = any($1)
-- @from read.unit_label     select id from erp.stock_move where uom = any($1)
select m.id, sh.id as shipment_id, sh.number as shipment_number,
  case sh.state
    when 'draft' then 'DRAFT' when 'waiting' then 'WAITING' when 'assigned' then 'RESERVED' when 'picked' then 'PICKED'
    when 'packed' then 'PACKED' when 'done' then 'SHIPPED' when 'cancelled' then 'CANCELLED' end as shipment_status,
  m.planned_date, m.effective_date as shipped_date, l.sale as order_id, sale.number as order_number,
  l.id as order_line_id, place.plant_code, m.product as product_id, product.code as product_code,
  product.name as product_name, m.quantity::numeric as quantity, unit.symbol as unit
from erp.stock_move m
join erp.stock_shipment_out sh on sh.id =
  case when m.shipment ~ '^stock[.]shipment[.]out,[0-9]{1,9}$' then split_part(m.shipment, ',', 2)::int end
join erp.stock_location warehouse on warehouse.id = sh.warehouse and warehouse.output_location = m.from_location
join read.place place on place.id = sh.warehouse
join read.product_label product on product.id = m.product
join read.unit_label unit on unit.id = m.uom
left join erp.sale_line l
  on l.id = case when m.origin ~ '^sale[.]line,[0-9]{1,9}$' then split_part(m.origin, ',', 2)::int end
left join erp.sale_sale sale on sale.id = l.sale
where sh.company = :company
