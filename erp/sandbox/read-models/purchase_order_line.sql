-- @key purchase_order_id, item_no
-- @base purchase_item
-- @from purchase_item       select * from unnest($1::text[], $2::text[])
-- @from purchase_header     select purchase_no, item_no from erp.purchase_item where purchase_no = any($1)
-- @from business_partner    select i.purchase_no, i.item_no from erp.purchase_header s
--   join erp.purchase_item i using (purchase_no) where s.vendor_no = any($1)
-- @from plant               select i.purchase_no, i.item_no from erp.purchase_header s
--   join erp.purchase_item i using (purchase_no) where s.plant_code = any($1)
-- @from read.product_label  select purchase_no, item_no from erp.purchase_item where material_no = any($1)
-- @from read.unit_label     select purchase_no, item_no from erp.purchase_item where uom_code = any($1)
select i.purchase_no as purchase_order_id, i.item_no, s.purchase_no as order_number,
  case s.status_code
    when 'D' then 'DRAFT' when 'Q' then 'QUOTATION' when 'A' then 'CONFIRMED' when 'B' then 'IN_PROGRESS'
    when 'C' then 'DONE' when 'X' then 'CANCELLED' end as order_status,
  coalesce(s.order_date, s.created_on) as order_date,
  case when i.item_no ~ '^[0-9]{1,9}$' then i.item_no::int end as position,
  s.vendor_no as supplier_id, p.name1 as supplier_name, plant.plant_code,
  i.material_no as product_id, product.code as product_code, product.name as product_name,
  coalesce(i.item_text, product.name) as description, i.order_qty as quantity, i.received_qty as received_quantity,
  open.quantity as open_quantity, unit.symbol as unit,
  case when open.quantity > 0 then i.planned_date end as planned_date, open.quantity > 0 as is_open,
  round(i.net_price / i.price_unit, 4) as unit_price, round(i.order_qty * i.net_price / i.price_unit, 2) as net_amount,
  s.currency_code as currency
from erp.purchase_item i
join erp.purchase_header s on s.purchase_no = i.purchase_no
join erp.business_partner p on p.partner_no = s.vendor_no
left join erp.plant plant on plant.plant_code = s.plant_code
left join read.product_label product on product.id = i.material_no
left join read.unit_label unit on unit.id = i.uom_code
cross join lateral (
  select case when s.status_code = 'B' and i.delivery_complete is null
    then greatest(i.order_qty - i.received_qty, 0) else 0 end as quantity) open
where s.company_code = :company
