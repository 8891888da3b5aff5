-- @key shipment_id, item_no
-- @base delivery_item
-- @from delivery_item           select * from unnest($1::text[], $2::text[])
-- @from delivery_status         select * from unnest($1::text[], $2::text[])
-- @from delivery_header         select delivery_no, item_no from erp.delivery_item where delivery_no = any($1)
-- @from read.shipment_progress  select delivery_no, item_no from erp.delivery_item where delivery_no = any($1)
-- @from plant                   select i.delivery_no, i.item_no from erp.delivery_header h
--   join erp.delivery_item i using (delivery_no) where h.plant_code = any($1)
-- @from sales_schedule          select i.delivery_no, i.item_no
--   from unnest($1::text[], $2::text[], $3::text[]) k(sales_order_no, sales_item_no, schedule_no)
--   join erp.delivery_item i using (sales_order_no, sales_item_no, schedule_no)
-- @from read.product_label      select delivery_no, item_no from erp.delivery_item where material_no = any($1)
-- @from read.unit_label         select delivery_no, item_no from erp.delivery_item where uom_code = any($1)
select i.delivery_no as shipment_id, i.item_no, i.delivery_no as shipment_number, progress.status as shipment_status,
  coalesce(c.confirmed_date, h.planned_gi_date) as planned_date,
  case when st.goods_issue_status = 'C' then st.goods_issue_date end as shipped_date,
  i.sales_order_no as order_id, i.sales_order_no as order_number,
  -- The id of a sales order line: its key columns, joined.
  i.sales_order_no || ':' || i.sales_item_no as order_line_id,
  plant.plant_code, i.material_no as product_id, product.code as product_code, product.name as product_name,
  i.delivery_qty as quantity, unit.symbol as unit
from erp.delivery_item i
join erp.delivery_header h on h.delivery_no = i.delivery_no
join read.shipment_progress progress on progress.id = i.delivery_no
join erp.plant plant on plant.plant_code = h.plant_code and plant.company_code = :company
join read.product_label product on product.id = i.material_no
join read.unit_label unit on unit.id = i.uom_code
left join erp.delivery_status st on st.delivery_no = i.delivery_no and st.item_no = i.item_no
left join erp.sales_schedule c on c.order_no = i.sales_order_no and c.item_no = i.sales_item_no
  and c.schedule_no = i.schedule_no
