-- Intermediate: what moved into and out of a location, per product and day. With `stock_month` and
-- `stock_year` it keeps the cost of a movement the same however many there are. The day is when it happened, or, while open, when planned.
-- @key location_id, product_id, month, day
-- @from stock_move
--   select location_id, product_id, day - extract(day from day)::int + 1, day from (
--    select to_location, product, coalesce(effective_date, planned_date, create_date::date, date '1970-01-01')
--    from erp.stock_move where id = any($1)
--    union all
--    select from_location, product, coalesce(effective_date, planned_date, create_date::date, date '1970-01-01')
--    from erp.stock_move where id = any($1)) leg(location_id, product_id, day)
select location_id, product_id, day - extract(day from day)::int + 1 as month, day,
  coalesce(sum(quantity) filter (where state = 'done'), 0) as quantity,
  coalesce(-sum(quantity) filter (where state = 'assigned' and quantity < 0), 0) as reserved,
  coalesce(sum(quantity) filter (where state <> 'done' and quantity > 0), 0) as incoming,
  coalesce(-sum(quantity) filter (where state <> 'done' and quantity < 0), 0) as outgoing
from (
  select to_location as location_id, product as product_id,
    coalesce(effective_date, planned_date, create_date::date, date '1970-01-01') as day,
    state, internal_quantity::numeric as quantity
  from erp.stock_move where company = :company and state in ('draft', 'assigned', 'done')
  union all
  select from_location, product,
    coalesce(effective_date, planned_date, create_date::date, date '1970-01-01'),
    state, -internal_quantity::numeric
  from erp.stock_move where company = :company and state in ('draft', 'assigned', 'done')) leg
where location_id is not null and product_id is not null
group by location_id, product_id, day
