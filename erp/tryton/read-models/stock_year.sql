-- Intermediate: `stock_month`, summed by year, so that what has moved for decades costs what a new product costs.
-- @key location_id, product_id, year
-- @from read.stock_month  select location_id, product_id, year
--   from unnest($1::int[], $2::int[], $3::date[], $4::date[]) k(location_id, product_id, year, month)
select location_id, product_id, year,
  sum(quantity) as quantity, sum(reserved) as reserved, sum(incoming) as incoming, sum(outgoing) as outgoing
from read.stock_month
group by location_id, product_id, year
