-- @key id
-- @from read.place        select unnest($1::text[])
-- @from storage_location  select unnest($1::text[])
select place.id, place.id as code, place.name,
  case place.kind_code
    when 'WK' then 'PLANT' when 'ST' then 'STORAGE' when 'PR' then 'PRODUCTION' when 'CU' then 'CUSTOMER'
    when 'VE' then 'SUPPLIER' when 'DI' then 'CORRECTION' end as kind,
  place.kind_code, l.blocked is null as is_active,
  case when place.kind_code <> 'WK' then place.plant_code end as parent_id, place.plant_code, place.plant_name
from read.place place
left join erp.storage_location l on l.location_code = place.id and place.kind_code <> 'WK'
