-- Intermediate: what other rows show of a product.
-- @key id
-- @from material         select unnest($1::text[])
-- @from material_text    select material_no from unnest($1::text[], $2::text[]) k(material_no, language_code)
--   where k.language_code = :language
-- @from read.unit_label  select material_no from erp.material where base_uom = any($1)
select m.material_no as id, m.article_no as code, coalesce(t.short_text, m.article_no, m.material_no) as name,
  u.symbol as unit, u.digits as unit_digits, m.material_type <> 'DIEN' as is_stocked
from erp.material m
join read.unit_label u on u.id = m.base_uom
left join erp.material_text t on t.material_no = m.material_no and t.language_code = :language
