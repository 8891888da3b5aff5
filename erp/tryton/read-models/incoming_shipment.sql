-- @key id
-- @base stock_shipment_in
-- @from stock_shipment_in  select id from erp.stock_shipment_in where id = any($1)
-- @from party_party        select id from erp.stock_shipment_in where supplier = any($1)
-- @from stock_location     select id from erp.stock_shipment_in where warehouse = any($1)
-- @from read.place         select id from erp.stock_shipment_in where warehouse = any($1)
-- @from stock_move
--   select case when shipment ~ '^stock[.]shipment[.]in,[0-9]{1,9}$' then split_part(shipment, ',', 2)::int end
--   from erp.stock_move where id = any($1)
-- @from purchase_line
--   select case when m.shipment ~ '^stock[.]shipment[.]in,[0-9]{1,9}$' then split_part(m.shipment, ',', 2)::int end
--   from unnest($1::int[]) k(id) join erp.stock_move m on m.origin = 'purchase.line,' || k.id
-- @from purchase_purchase
--   select case when m.shipment ~ '^stock[.]shipment[.]in,[0-9]{1,9}$' then split_part(m.shipment, ',', 2)::int end
--   from erp.purchase_line l join erp.stock_move m on m.origin = 'purchase.line,' || l.id where l.purchase = any($1)
select sh.id, sh.number, sh.reference as supplier_reference,
  case sh.state
    when 'draft' then 'EXPECTED' when 'received' then 'RECEIVED' when 'done' then 'DONE'
    when 'cancelled' then 'CANCELLED' end as status,
  sh.state as status_code, sh.planned_date, sh.effective_date as received_date,
  coalesce(sh.effective_date, sh.planned_date, sh.create_date::date, date '1970-01-01') as arrival_date,
  purchase.id as purchase_order_id, purchase.number as purchase_order_number,
  sh.supplier as supplier_id, party.code as supplier_code,
  coalesce(nullif(party.name, ''), '[' || party.code || ']') as supplier_name,
  place.plant_code, place.plant_name, line.count as line_count, coalesce(sh.write_date, sh.create_date) as updated_at
from erp.stock_shipment_in sh
join erp.stock_location warehouse on warehouse.id = sh.warehouse
join read.place place on place.id = sh.warehouse
join erp.party_party party on party.id = sh.supplier
cross join lateral (
  select count(*)::int as count, case when min(l.purchase) = max(l.purchase) then min(l.purchase) end as only_purchase
  from erp.stock_move m
  left join erp.purchase_line l
    on l.id = case when m.origin ~ '^purchase[.]line,[0-9]{1,9}$' then split_part(m.origin, ',', 2)::int end
  -- Where goods come straight into storage there are no second movements from the input zone.
  where m.shipment = 'stock.shipment.in,' || sh.id
    and (m.to_location = warehouse.input_location or warehouse.input_location = warehouse.storage_location)) line
left join erp.purchase_purchase purchase on purchase.id = line.only_purchase
where sh.company = :company
