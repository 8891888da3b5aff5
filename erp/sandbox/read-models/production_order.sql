-- @key id
-- @base production_header
-- @from production_header     select unnest($1::text[])
-- @from production_item       select production_no from unnest($1::text[], $2::text[]) k(production_no, item_no)
-- @from production_operation  select production_no from unnest($1::text[], $2::text[]) k(production_no, operation_no)
-- @from plant                 select production_no from erp.production_header where plant_code = any($1)
-- @from bom_header            select h.production_no from unnest($1::text[], $2::smallint[]) k(bom_no, bom_alternative)
--   join erp.production_header h using (bom_no, bom_alternative)
-- @from routing_header        select production_no from erp.production_header where routing_no = any($1)
-- @from read.product_label    select production_no from erp.production_header where material_no = any($1)
-- @from read.unit_label       select production_no from erp.production_header where uom_code = any($1)
select h.production_no as id, h.production_no as number, h.reference,
  case h.status_code
    when 'PLND' then 'PROPOSED' when 'CRTD' then 'DRAFT' when 'REL' then 'WAITING' when 'MACM' then 'RESERVED'
    when 'PCNF' then 'RUNNING' when 'TECO' then 'DONE' when 'DLFL' then 'CANCELLED' end as status,
  h.status_code, h.material_no as product_id, product.code as product_code, product.name as product_name,
  h.order_qty as quantity, item.received as produced_quantity, unit.symbol as unit,
  coalesce(h.planned_start, h.planned_end, h.created_on) as planned_start_date,
  coalesce(h.planned_end, h.planned_start, h.created_on) as planned_end_date,
  h.actual_start as actual_start_date, h.actual_end as actual_end_date,
  plant.plant_code, plant.name as plant_name, bom.bom_text as bom_name, routing.routing_text as routing_name,
  operation.count as operation_count, operation.finished as finished_operation_count,
  h.sales_order_no as sales_order_id, h.sales_order_no as sales_order_number, h.changed_at as updated_at
from erp.production_header h
join erp.plant plant on plant.plant_code = h.plant_code and plant.company_code = :company
left join read.product_label product on product.id = h.material_no
left join read.unit_label unit on unit.id = h.uom_code
left join erp.bom_header bom on bom.bom_no = h.bom_no and bom.alternative = h.bom_alternative
left join erp.routing_header routing on routing.routing_no = h.routing_no
cross join lateral (
  select coalesce(sum(i.received_qty), 0) as received
  from erp.production_item i where i.production_no = h.production_no and i.material_no = h.material_no) item
cross join lateral (
  select count(*)::int as count, count(*) filter (where o.status_code = 'CNF')::int as finished
  from erp.production_operation o where o.production_no = h.production_no) operation
