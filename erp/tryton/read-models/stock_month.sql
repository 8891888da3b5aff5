-- Intermediate: `stock_day`, summed by month.
-- @key location_id, product_id, year, month
-- @from read.stock_day  select location_id, product_id, make_date(extract(year from month)::int, 1, 1), month
--   from unnest($1::int[], $2::int[], $3::date[], $4::date[]) k(location_id, product_id, month, day)
select location_id, product_id, make_date(extract(year from month)::int, 1, 1) as year, month,
  sum(quantity) as quantity, sum(reserved) as reserved, sum(incoming) as incoming, sum(outgoing) as outgoing
from read.stock_day
group by location_id, product_id, month
