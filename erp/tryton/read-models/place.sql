-- Intermediate: what other rows show of a location, and the plant it belongs to: the nearest warehouse around it,
-- or the one whose production location it is. A warehouse without a code is known by its id.
-- @key id
-- @from stock_location        with recursive below as (
--    select id from erp.stock_location where id = any($1)
--    union select production_location from erp.stock_location where id = any($1)
--    union select l.id from below join erp.stock_location l on l.parent = below.id)
--   select id from below
-- @from read.translated_text  with recursive below as (
--    select res_id as id from unnest($1::text[], $2::int[]) k(name, res_id) where name = 'stock.location,name'
--    union select l.production_location from unnest($1::text[], $2::int[]) k(name, res_id)
--      join erp.stock_location l on l.id = k.res_id where k.name = 'stock.location,name'
--    union select l.id from below join erp.stock_location l on l.parent = below.id)
--   select id from below
select l.id, l.code, coalesce(name.value, l.name) as name, l.type as kind_code,
  coalesce(nullif(plant.code, ''), plant.id::text) as plant_code, plant.name as plant_name
from erp.stock_location l
left join read.translated_text name on name.name = 'stock.location,name' and name.res_id = l.id
left join lateral (
  with recursive up as (
    select l.id, l.parent, 0 as steps
    union all
    select p.id, p.parent, up.steps + 1 from up join erp.stock_location p on p.id = up.parent where up.steps < 20)
  select w.id, w.code, coalesce(plant_name.value, w.name) as name
  from up
  join erp.stock_location w on w.type = 'warehouse' and (w.id = up.id or w.production_location = up.id)
  left join read.translated_text plant_name on plant_name.name = 'stock.location,name' and plant_name.res_id = w.id
  order by up.steps, w.id limit 1) plant on true
