-- Intermediate: `stock_day`, summed by month.
-- @key product_id, location_id, year, month
-- @from read.stock_day  select product_id, location_id, make_date(extract(year from month)::int, 1, 1), month
--   from unnest($1::text[], $2::text[], $3::date[], $4::date[]) k(product_id, location_id, month, day)
select product_id, location_id, make_date(extract(year from month)::int, 1, 1) as year, month,
  sum(quantity) as quantity, sum(reserved) as reserved, sum(incoming) as incoming, sum(outgoing) as outgoing
from read.stock_day
group by product_id, location_id, month
