-- @key bom_no, alternative, item_no
-- @base bom_item
-- @from bom_item            select * from unnest($1::text[], $2::smallint[], $3::text[])
-- @from bom_header          select i.bom_no, i.alternative, i.item_no
--   from unnest($1::text[], $2::smallint[]) k(bom_no, alternative) join erp.bom_item i using (bom_no)
-- @from read.product_label  select i.bom_no, i.alternative, i.item_no from erp.bom_header h
--   join erp.bom_item i using (bom_no, alternative) where h.material_no = any($1)
--   union select bom_no, alternative, item_no from erp.bom_item where component_no = any($1)
-- @from read.unit_label     select bom_no, alternative, item_no from erp.bom_item where uom_code = any($1)
--   union select i.bom_no, i.alternative, i.item_no from erp.bom_header h
--   join erp.bom_item i using (bom_no, alternative) where h.uom_code = any($1)
select i.bom_no, i.alternative, i.item_no, i.bom_no || '/' || i.alternative as bom_id, h.bom_text as bom_name,
  not exists (select from erp.bom_header other where other.bom_no = h.bom_no and other.alternative < h.alternative)
    as is_default,
  h.material_no as product_id, product.code as product_code, product.name as product_name,
  h.base_qty as output_quantity, output.symbol as output_unit,
  case when i.item_no ~ '^[0-9]{1,9}$' then i.item_no::int end as position,
  i.component_no as component_id, component.code as component_code, component.name as component_name,
  i.component_qty as quantity, unit.symbol as unit
from erp.bom_item i
join erp.bom_header h on h.bom_no = i.bom_no and h.alternative = i.alternative
join read.product_label product on product.id = h.material_no
join read.product_label component on component.id = i.component_no
join read.unit_label unit on unit.id = i.uom_code
left join read.unit_label output on output.id = h.uom_code
