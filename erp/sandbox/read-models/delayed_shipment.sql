-- Every line that has not left yet: whether it is late by now is asked when it is read.
-- @key shipment_id, item_no
-- @base delivery_item
-- @from delivery_item           select * from unnest($1::text[], $2::text[])
-- @from delivery_status         select * from unnest($1::text[], $2::text[])
-- @from delivery_header         select delivery_no, item_no from erp.delivery_item where delivery_no = any($1)
-- @from read.shipment_progress  select delivery_no, item_no from erp.delivery_item where delivery_no = any($1)
-- @from business_partner        select i.delivery_no, i.item_no from erp.delivery_header h
--   join erp.delivery_item i using (delivery_no) where h.sold_to = any($1)
-- @from bp_address              select i.delivery_no, i.item_no
--   from unnest($1::text[], $2::smallint[]) k(partner_no, address_no)
--   join erp.delivery_header h on h.ship_to = k.partner_no and h.ship_to_address = k.address_no
--   join erp.delivery_item i using (delivery_no)
-- @from plant                   select i.delivery_no, i.item_no from erp.delivery_header h
--   join erp.delivery_item i using (delivery_no) where h.plant_code = any($1)
-- @from carrier                 select i.delivery_no, i.item_no from erp.delivery_header h
--   join erp.delivery_item i using (delivery_no) where h.carrier_code = any($1)
-- @from sales_header            select delivery_no, item_no from erp.delivery_item where sales_order_no = any($1)
-- @from sales_item              select i.delivery_no, i.item_no
--   from unnest($1::text[], $2::text[]) k(sales_order_no, sales_item_no)
--   join erp.delivery_item i using (sales_order_no, sales_item_no)
-- @from sales_schedule          select i.delivery_no, i.item_no
--   from unnest($1::text[], $2::text[], $3::text[]) k(sales_order_no, sales_item_no, schedule_no)
--   join erp.delivery_item i using (sales_order_no, sales_item_no, schedule_no)
-- @from read.product_label      select delivery_no, item_no from erp.delivery_item where material_no = any($1)
-- @from read.unit_label         select delivery_no, item_no from erp.delivery_item where uom_code = any($1)
select i.delivery_no as shipment_id, i.item_no, i.delivery_no as shipment_number, progress.status,
  progress.status_code, coalesce(c.confirmed_date, h.planned_gi_date, h.created_on) as planned_date,
  h.sold_to as customer_id, p.partner_no as customer_code, p.name1 as customer_name,
  address.city, address.country_code, plant.plant_code, plant.name as plant_name, carrier.name as carrier_name,
  i.sales_order_no as order_id, i.sales_order_no as order_number, s.customer_reference, s.order_date,
  i.material_no as product_id, product.code as product_code, product.name as product_name,
  i.delivery_qty as quantity, unit.symbol as unit,
  round(i.delivery_qty * item.net_price / item.price_unit, 2) as net_amount, s.currency_code as currency
from erp.delivery_item i
join erp.delivery_header h on h.delivery_no = i.delivery_no and h.cancelled_on is null
join read.shipment_progress progress on progress.id = i.delivery_no
join erp.business_partner p on p.partner_no = h.sold_to
join erp.plant plant on plant.plant_code = h.plant_code and plant.company_code = :company
join read.product_label product on product.id = i.material_no
join read.unit_label unit on unit.id = i.uom_code
left join erp.delivery_status st on st.delivery_no = i.delivery_no and st.item_no = i.item_no
left join erp.bp_address address on address.partner_no = h.ship_to and address.address_no = h.ship_to_address
left join erp.carrier carrier on carrier.carrier_code = h.carrier_code
left join erp.sales_header s on s.order_no = i.sales_order_no
left join erp.sales_item item on item.order_no = i.sales_order_no and item.item_no = i.sales_item_no
left join erp.sales_schedule c on c.order_no = i.sales_order_no and c.item_no = i.sales_item_no
  and c.schedule_no = i.schedule_no
where st.goods_issue_status is distinct from 'C'
