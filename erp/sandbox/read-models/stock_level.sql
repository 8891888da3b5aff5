-- @key product_id, location_id
-- @from read.stock_year     select product_id, location_id
--   from unnest($1::text[], $2::text[], $3::date[]) k(product_id, location_id, year)
-- @from read.product_label  select distinct product_id, location_id from read.stock_year where product_id = any($1)
-- @from read.place          select distinct product_id, location_id from read.stock_year where location_id = any($1)
select q.product_id, q.location_id, product.code as product_code, product.name as product_name,
  place.id as location_code, place.name as location_name, place.plant_code, place.plant_name,
  q.quantity, q.reserved, q.quantity - q.reserved as available, q.incoming, q.outgoing,
  q.quantity + q.incoming - q.outgoing as forecast, product.unit
from (
  select product_id, location_id, sum(quantity) as quantity, sum(reserved) as reserved,
    sum(incoming) as incoming, sum(outgoing) as outgoing
  from read.stock_year group by product_id, location_id) q
join read.place place on place.id = q.location_id
join read.product_label product on product.id = q.product_id
