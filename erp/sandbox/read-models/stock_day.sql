-- Intermediate: what moved into and out of a storage location, per product and day. With `stock_month` and
-- `stock_year` it keeps the cost of a movement the same however many there are. The day is when it was posted, or, while open, when planned.
-- @key product_id, location_id, month, day
-- @from stock_movement
--   select material_no, location_code, day - extract(day from day)::int + 1, day from (
--     select material_no, to_location, coalesce(posting_date, planned_date, created_on)
--     from erp.stock_movement where movement_no = any($1)
--     union all
--     select material_no, from_location, coalesce(posting_date, planned_date, created_on)
--     from erp.stock_movement where movement_no = any($1)) leg(material_no, location_code, day)
-- @from storage_location
--   select material_no, location_code, day - extract(day from day)::int + 1, day from (
--     select material_no, to_location, coalesce(posting_date, planned_date, created_on)
--     from erp.stock_movement where to_location = any($1)
--     union all
--     select material_no, from_location, coalesce(posting_date, planned_date, created_on)
--     from erp.stock_movement where from_location = any($1)) leg(material_no, location_code, day)
select leg.product_id, leg.location_id, day - extract(day from day)::int + 1 as month, day,
  coalesce(sum(quantity) filter (where status_code = 'D'), 0) as quantity,
  coalesce(-sum(quantity) filter (where status_code = 'R' and is_out), 0) as reserved,
  coalesce(sum(quantity) filter (where status_code <> 'D' and not is_out), 0) as incoming,
  coalesce(-sum(quantity) filter (where status_code <> 'D' and is_out), 0) as outgoing
from (
  select material_no as product_id, to_location as location_id,
    coalesce(posting_date, planned_date, created_on) as day, status_code, false as is_out, quantity
  from erp.stock_movement where status_code in ('P', 'R', 'D')
  union all
  select material_no, from_location, coalesce(posting_date, planned_date, created_on), status_code, true, -quantity
  from erp.stock_movement where status_code in ('P', 'R', 'D')) leg
join erp.storage_location l on l.location_code = leg.location_id and l.location_type = 'ST'
where leg.product_id is not null and leg.day is not null
group by leg.product_id, leg.location_id, day
