-- Intermediate: `stock_day`, summed by month.
-- @key product_id, location_id, month
-- @from read.stock_day  select product_id, location_id, month
--   from unnest($1::text[], $2::text[], $3::date[], $4::date[]) k(product_id, location_id, month, day)
select product_id, location_id, month, sum(quantity) as quantity, sum(reserved) as reserved,
  sum(incoming) as incoming, sum(outgoing) as outgoing
from read.stock_day
group by product_id, location_id, month
