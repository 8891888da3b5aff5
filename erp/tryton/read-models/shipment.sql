-- @key id
-- @base stock_shipment_out
-- @from stock_shipment_out  select id from erp.stock_shipment_out where id = any($1)
-- @from party_party         select id from erp.stock_shipment_out where customer = any($1)
-- @from party_address       select id from erp.stock_shipment_out where delivery_address = any($1)
-- @from country_country     select sh.id from erp.party_address a
--   join erp.stock_shipment_out sh on sh.delivery_address = a.id where a.country = any($1)
-- @from stock_location      select id from erp.stock_shipment_out where warehouse = any($1)
-- @from read.place          select id from erp.stock_shipment_out where warehouse = any($1)
-- @from stock_move
--   select case when shipment ~ '^stock[.]shipment[.]out,[0-9]{1,9}$' then split_part(shipment, ',', 2)::int end
--   from erp.stock_move where id = any($1)
-- @from sale_line
--   select case when m.shipment ~ '^stock[.]shipment[.]out,[0-9]{1,9}$' then split_part(m.shipment, ',', 2)::int end
--   from unnest($1::int[]) k(id) join erp.stock_move m on m.origin = 'sale.line,' || k.id
-- @from sale_sale
--   select case when m.shipment ~ '^stock[.]shipment[.]out,[0-9]{1,9}$' then split_part(m.shipment, ',', 2)::int end
--   from erp.sale_line l join erp.stock_move m on m.origin = 'sale.line,' || l.id where l.sale = any($1)
select sh.id, sh.number,
  case sh.state
    when 'draft' then 'DRAFT' when 'waiting' then 'WAITING' when 'assigned' then 'RESERVED' when 'picked' then 'PICKED'
    when 'packed' then 'PACKED' when 'done' then 'SHIPPED' when 'cancelled' then 'CANCELLED' end as status,
  sh.state as status_code, sh.planned_date, sh.effective_date as shipped_date,
  coalesce(sh.effective_date, sh.planned_date, sh.create_date::date, date '1970-01-01') as shipping_date,
  sale.id as order_id, sale.number as order_number,
  sh.customer as customer_id, party.code as customer_code,
  coalesce(nullif(party.name, ''), '[' || party.code || ']') as customer_name,
  address.street, address.postal_code, address.city, country.code as country_code,
  place.plant_code, place.plant_name, null::text as carrier_name, line.count as line_count,
  coalesce(sh.write_date, sh.create_date) as updated_at
from erp.stock_shipment_out sh
join erp.stock_location warehouse on warehouse.id = sh.warehouse
join read.place place on place.id = sh.warehouse
join erp.party_party party on party.id = sh.customer
join erp.party_address address on address.id = sh.delivery_address
left join erp.country_country country on country.id = address.country
cross join lateral (
  select count(*)::int as count, case when min(l.sale) = max(l.sale) then min(l.sale) end as only_sale
  from erp.stock_move m
  left join erp.sale_line l
    on l.id = case when m.origin ~ '^sale[.]line,[0-9]{1,9}$' then split_part(m.origin, ',', 2)::int end
  where m.shipment = 'stock.shipment.out,' || sh.id and m.from_location = warehouse.output_location) line
left join erp.sale_sale sale on sale.id = line.only_sale
where sh.company = :company
