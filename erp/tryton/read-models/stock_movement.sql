-- @key id
-- @base stock_move
-- @from stock_move                 select id from erp.stock_move where id = any($1)
-- @from read.product_label         select id from erp.stock_move where product = any($1)
-- @from read.place                 select id from erp.stock_move where from_location = any($1)
--   union all select id from erp.stock_move where to_location = any($1)
-- @from read.unit_label            select id from erp.stock_move where uom = any($1)
-- @from production                 select id from erp.stock_move where production_input = any($1)
--   union all select id from erp.stock_move where production_output = any($1)
-- @from stock_shipment_out         select m.id from unnest($1::int[]) k(id)
--   join erp.stock_move m on m.shipment = 'stock.shipment.out,' || k.id
-- @from stock_shipment_in          select m.id from unnest($1::int[]) k(id)
--   join erp.stock_move m on m.shipment = 'stock.shipment.in,' || k.id
-- @from stock_shipment_internal    select m.id from unnest($1::int[]) k(id)
--   join erp.stock_move m on m.shipment = 'stock.shipment.internal,' || k.id
-- @from stock_shipment_out_return  select m.id from unnest($1::int[]) k(id)
--   join erp.stock_move m on m.shipment = 'stock.shipment.out.return,' || k.id
-- @from stock_shipment_in_return   select m.id from unnest($1::int[]) k(id)
--   join erp.stock_move m on m.shipment = 'stock.shipment.in.return,' || k.id
select m.id, m.product as product_id, product.code as product_code, product.name as product_name,
  m.from_location as from_location_id, source.code as from_location_code, source.name as from_location_name,
  m.to_location as to_location_id, target.code as to_location_code, target.name as to_location_name,
  coalesce(source.plant_code, target.plant_code) as plant_code,
  case
    when 'lost_found' in (source.kind_code, target.kind_code) then 'CORRECTION'
    when source.kind_code = 'supplier' and target.kind_code = 'storage' then 'RECEIPT'
    when source.kind_code = 'storage' and target.kind_code = 'customer' then 'DELIVERY'
    when source.kind_code = 'storage' and target.kind_code = 'storage' then 'TRANSFER'
    when target.kind_code = 'production' then 'PRODUCTION_INPUT'
    when source.kind_code = 'production' then 'PRODUCTION_OUTPUT'
    when source.kind_code = 'customer' and target.kind_code = 'storage' then 'CUSTOMER_RETURN'
    when source.kind_code = 'storage' and target.kind_code = 'supplier' then 'SUPPLIER_RETURN'
    else 'OTHER' end as kind,
  case m.state
    when 'staging' then 'STAGING' when 'draft' then 'PLANNED' when 'assigned' then 'RESERVED'
    when 'done' then 'DONE' when 'cancelled' then 'CANCELLED' end as status,
  m.state as status_code, m.quantity::numeric as quantity, unit.symbol as unit, m.planned_date, m.effective_date,
  coalesce(m.effective_date, m.planned_date, m.create_date::date, date '1970-01-01') as movement_date,
  coalesce(production.number, shipment_out.number, shipment_in.number, internal.number, out_return.number,
    in_return.number) as document_number
from erp.stock_move m
join read.product_label product on product.id = m.product
join read.place source on source.id = m.from_location
join read.place target on target.id = m.to_location
join read.unit_label unit on unit.id = m.uom
left join erp.production on production.id = coalesce(m.production_input, m.production_output)
left join erp.stock_shipment_out shipment_out on shipment_out.id =
  case when m.shipment ~ '^stock[.]shipment[.]out,[0-9]{1,9}$' then split_part(m.shipment, ',', 2)::int end
left join erp.stock_shipment_in shipment_in on shipment_in.id =
  case when m.shipment ~ '^stock[.]shipment[.]in,[0-9]{1,9}$' then split_part(m.shipment, ',', 2)::int end
left join erp.stock_shipment_internal internal on internal.id =
  case when m.shipment ~ '^stock[.]shipment[.]internal,[0-9]{1,9}$' then split_part(m.shipment, ',', 2)::int end
left join erp.stock_shipment_out_return out_return on out_return.id =
  case when m.shipment ~ '^stock[.]shipment[.]out[.]return,[0-9]{1,9}$' then split_part(m.shipment, ',', 2)::int end
left join erp.stock_shipment_in_return in_return on in_return.id =
  case when m.shipment ~ '^stock[.]shipment[.]in[.]return,[0-9]{1,9}$' then split_part(m.shipment, ',', 2)::int end
where m.company = :company
