-- Every line of an open shipment that is planned for a day; which of them are late is asked when they are read.
-- @key id
-- @base stock_move
-- @from stock_move          select id from erp.stock_move where id = any($1)
-- @from stock_shipment_out  select m.id from unnest($1::int[]) k(id)
--   join erp.stock_move m on m.shipment = 'stock.shipment.out,' || k.id
-- @from party_party         select m.id from erp.stock_shipment_out sh
--   join erp.stock_move m on m.shipment = 'stock.shipment.out,' || sh.id where sh.customer = any($1)
-- @from party_address       select m.id from erp.stock_shipment_out sh
--   join erp.stock_move m on m.shipment = 'stock.shipment.out,' || sh.id where sh.delivery_address = any($1)
-- @from country_country     select m.id from erp.party_address a
--   join erp.stock_shipment_out sh on sh.delivery_address = a.id
--   join erp.stock_move m on m.shipment = 'stock.shipment.out,' || sh.id where a.country = any($1)
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
-- @from currency_currency   select id from erp.stock_move where currency = any($1)
-- @from read.product_label  select id from erp.stock_move where product = any($1)
-- @from read.unit_label     select id from erp.stock_move where uom = any($1)
select m.id, sh.number as shipment_number,
  case sh.state
    when 'draft' then 'DRAFT' when 'waiting' then 'WAITING' when 'assigned' then 'RESERVED'
    when 'picked' then 'PICKED' when 'packed' then 'PACKED' end as status,
  sh.state as status_code, sh.planned_date, party.code as customer_code,
  coalesce(nullif(party.name, ''), '[' || party.code || ']') as customer_name,
  address.city, country.code as country_code, place.plant_code, place.plant_name, null::text as carrier_name,
  sale.number as order_number, sale.reference as customer_reference, sale.sale_date as order_date,
  product.code as product_code, product.name as product_name, m.quantity::numeric as quantity, unit.symbol as unit,
  currency.rounding *
    case when abs(steps - trunc(steps)) = 0.5 and trunc(steps) % 2 = 0 then trunc(steps) else round(steps) end
    as net_amount,
  currency.code as currency, sh.id as shipment_id, l.sale as order_id, sh.customer as customer_id,
  m.product as product_id
from erp.stock_move m
join erp.stock_shipment_out sh on sh.id =
  case when m.shipment ~ '^stock[.]shipment[.]out,[0-9]{1,9}$' then split_part(m.shipment, ',', 2)::int end
join erp.stock_location warehouse on warehouse.id = sh.warehouse and warehouse.output_location = m.from_location
join read.place place on place.id = sh.warehouse
join erp.party_party party on party.id = sh.customer
join erp.party_address address on address.id = sh.delivery_address
left join erp.country_country country on country.id = address.country
join read.product_label product on product.id = m.product
join read.unit_label unit on unit.id = m.uom
left join erp.currency_currency currency on currency.id = m.currency
cross join lateral (select m.quantity::numeric * m.unit_price / nullif(currency.rounding, 0) as steps) r
left join erp.sale_line l
  on l.id = case when m.origin ~ '^sale[.]line,[0-9]{1,9}$' then split_part(m.origin, ',', 2)::int end
left join erp.sale_sale sale on sale.id = l.sale
where sh.company = :company and sh.planned_date is not null
  and sh.state in ('draft', 'waiting', 'assigned', 'picked', 'packed') and m.state not in ('done', 'cancelled')
