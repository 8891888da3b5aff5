-- Intermediate: plants and locations in one, with the plant they belong to. A location that took a plant's code is left out.
-- @key id
-- @from plant             select unnest($1::text[])
--   union all select location_code from erp.storage_location where plant_code = any($1)
-- @from storage_location  select unnest($1::text[])
select p.plant_code as id, p.name, 'WK' as kind_code, p.plant_code, p.name as plant_name
from erp.plant p
where p.company_code = :company
union all
select l.location_code, l.name, l.location_type, p.plant_code, p.name
from erp.storage_location l
left join erp.plant p on p.plant_code = l.plant_code and p.company_code = :company
where (l.plant_code is null or p.plant_code is not null)
  and not exists (select from erp.plant same where same.plant_code = l.location_code)
