-- @key id
-- @base production
-- @from production          select id from erp.production where id = any($1)
-- @from production_work     select production from erp.production_work where id = any($1)
-- @from stock_move          select production_output from erp.stock_move where id = any($1)
-- @from sale_line           select o.id from unnest($1::int[]) k(id)
--   join erp.production o on o.origin = 'sale.line,' || k.id
-- @from sale_sale           select o.id from erp.sale_line l join erp.production o on o.origin = 'sale.line,' || l.id
--   where l.sale = any($1)
-- @from production_bom      select id from erp.production where bom = any($1)
-- @from production_routing  select id from erp.production where routing = any($1)
-- @from read.place          select id from erp.production where warehouse = any($1)
-- @from read.product_label  select id from erp.production where product = any($1)
-- @from read.unit_label     select id from erp.production where uom = any($1)
--   union select production_output from erp.stock_move where uom = any($1)
-- @from read.translated_text
--   select o.id from unnest($1::text[], $2::int[]) k(name, res_id) join erp.production o on o.bom = k.res_id
--   where k.name = 'production.bom,name'
--   union select o.id from unnest($1::text[], $2::int[]) k(name, res_id) join erp.production o on o.routing = k.res_id
--   where k.name = 'production.routing,name'
select o.id, o.number, o.reference,
  case o.state
    when 'request' then 'PROPOSED' when 'draft' then 'DRAFT' when 'waiting' then 'WAITING'
    when 'assigned' then 'RESERVED' when 'running' then 'RUNNING' when 'done' then 'DONE'
    when 'cancelled' then 'CANCELLED' end as status,
  o.state as status_code, o.product as product_id, product.code as product_code, product.name as product_name,
  o.quantity::numeric as quantity, made.quantity as produced_quantity, unit.symbol as unit,
  coalesce(o.planned_start_date, o.planned_date, o.create_date::date, date '1970-01-01') as planned_start_date,
  coalesce(o.planned_date, o.planned_start_date, o.create_date::date, date '1970-01-01') as planned_end_date,
  o.effective_start_date as actual_start_date, o.effective_date as actual_end_date,
  place.plant_code, place.plant_name, coalesce(bom_name.value, bom.name) as bom_name,
  coalesce(routing_name.value, routing.name) as routing_name, work.count as operation_count,
  work.finished as finished_operation_count, sale.id as sales_order_id, sale.number as sales_order_number,
  coalesce(o.write_date, o.create_date) as updated_at
from erp.production o
join read.place place on place.id = o.warehouse
left join read.product_label product on product.id = o.product
left join read.unit_label unit on unit.id = o.uom
left join erp.production_bom bom on bom.id = o.bom
left join read.translated_text bom_name on bom_name.name = 'production.bom,name' and bom_name.res_id = bom.id
left join erp.production_routing routing on routing.id = o.routing
left join read.translated_text routing_name
  on routing_name.name = 'production.routing,name' and routing_name.res_id = routing.id
left join erp.sale_line sale_line
  on sale_line.id = case when o.origin ~ '^sale[.]line,[0-9]{1,9}$' then split_part(o.origin, ',', 2)::int end
left join erp.sale_sale sale on sale.id = sale_line.sale
cross join lateral (
  select count(*)::int as count, (count(*) filter (where w.state in ('finished', 'done')))::int as finished
  from erp.production_work w where w.production = o.id) work
cross join lateral (
  select coalesce(sum(round((m.quantity * move_unit.factor / nullif(unit.factor, 0))::numeric, unit.digits)), 0)
    as quantity
  from erp.stock_move m join read.unit_label move_unit on move_unit.id = m.uom
  where m.production_output = o.id and m.product = o.product and m.state = 'done') made
where o.company = :company
