-- Intermediate: what other rows show of a unit.
-- @key id
-- @from uom       select unnest($1::text[])
-- @from uom_text  select uom_code from unnest($1::text[], $2::text[]) k(uom_code, language_code)
--   where k.language_code = :language
select u.uom_code as id, coalesce(t.symbol, u.uom_code) as symbol, u.decimals::int as digits
from erp.uom u
left join erp.uom_text t on t.uom_code = u.uom_code and t.language_code = :language
