-- @key id
-- @base stock_location
-- @from stock_location  select id from erp.stock_location where id = any($1)
-- @from read.place      select unnest($1::int[])
select l.id, place.code, place.name,
  case l.type
    when 'warehouse' then 'PLANT' when 'storage' then 'STORAGE' when 'production' then 'PRODUCTION'
    when 'customer' then 'CUSTOMER' when 'supplier' then 'SUPPLIER' when 'lost_found' then 'CORRECTION'
    when 'drop' then 'DROP_SHIPMENT' when 'view' then 'GROUP' end as kind,
  l.type as kind_code, coalesce(l.active, false) as is_active, l.parent as parent_id,
  place.plant_code, place.plant_name
from erp.stock_location l
join read.place place on place.id = l.id
