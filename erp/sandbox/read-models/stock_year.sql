-- Intermediate: `stock_month`, summed by year, so that what has moved for decades costs what a new product costs.
-- @key product_id, location_id, year
-- @from read.stock_month  select product_id, location_id, year
--   from unnest($1::text[], $2::text[], $3::date[], $4::date[]) k(product_id, location_id, year, month)
select product_id, location_id, year,
  sum(quantity) as quantity, sum(reserved) as reserved, sum(incoming) as incoming, sum(outgoing) as outgoing
from read.stock_month
group by product_id, location_id, year
