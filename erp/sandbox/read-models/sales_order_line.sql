-- @key order_id, item_no
-- @base sales_item
-- @from sales_item          select * from unnest($1::text[], $2::text[])
-- @from sales_header        select order_no, item_no from erp.sales_item where order_no = any($1)
-- @from business_partner    select i.order_no, i.item_no from erp.sales_header s
--   join erp.sales_item i using (order_no) where s.sold_to = any($1)
-- @from plant               select i.order_no, i.item_no from erp.sales_header s
--   join erp.sales_item i using (order_no) where s.plant_code = any($1)
-- @from sales_schedule      select order_no, item_no from unnest($1::text[], $2::text[], $3::text[])
--   k(order_no, item_no, schedule_no)
-- @from delivery_item       select i.sales_order_no, i.sales_item_no
--   from unnest($1::text[], $2::text[]) k(delivery_no, item_no) join erp.delivery_item i using (delivery_no, item_no)
-- @from delivery_status     select i.sales_order_no, i.sales_item_no
--   from unnest($1::text[], $2::text[]) k(delivery_no, item_no) join erp.delivery_item i using (delivery_no, item_no)
-- @from delivery_header     select sales_order_no, sales_item_no from erp.delivery_item where delivery_no = any($1)
-- @from read.product_label  select order_no, item_no from erp.sales_item where material_no = any($1)
-- @from read.unit_label     select order_no, item_no from erp.sales_item where uom_code = any($1)
select i.order_no as order_id, i.item_no, s.order_no as order_number,
  case s.status_code
    when 'D' then 'DRAFT' when 'Q' then 'QUOTATION' when 'A' then 'CONFIRMED' when 'B' then 'IN_PROGRESS'
    when 'C' then 'DONE' when 'X' then 'CANCELLED' end as order_status,
  coalesce(s.order_date, s.created_on) as order_date,
  case when i.item_no ~ '^[0-9]{1,9}$' then i.item_no::int end as position,
  s.sold_to as customer_id, p.name1 as customer_name, plant.plant_code,
  i.material_no as product_id, product.code as product_code, product.name as product_name,
  coalesce(i.item_text, product.name) as description, i.order_qty as quantity, delivered.left_qty as shipped_quantity,
  open.quantity as open_quantity, unit.symbol as unit,
  case when open.quantity > 0 then coalesce(delivered.planned_date, promised.day) end as planned_date,
  open.quantity > 0 as is_open,
  round(i.net_price / i.price_unit, 4) as unit_price, round(i.order_qty * i.net_price / i.price_unit, 2) as net_amount,
  s.currency_code as currency
from erp.sales_item i
join erp.sales_header s on s.order_no = i.order_no
join erp.business_partner p on p.partner_no = s.sold_to
left join erp.plant plant on plant.plant_code = s.plant_code
left join read.product_label product on product.id = i.material_no
left join read.unit_label unit on unit.id = i.uom_code
cross join lateral (
  select coalesce(sum(d.delivery_qty) filter (where st.goods_issue_status = 'C'), 0) as left_qty,
    min(coalesce(c.confirmed_date, h.planned_gi_date))
      filter (where st.goods_issue_status is distinct from 'C' and h.cancelled_on is null) as planned_date
  from erp.delivery_item d
  join erp.delivery_header h on h.delivery_no = d.delivery_no
  left join erp.delivery_status st on st.delivery_no = d.delivery_no and st.item_no = d.item_no
  left join erp.sales_schedule c on c.order_no = d.sales_order_no and c.item_no = d.sales_item_no
    and c.schedule_no = d.schedule_no
  where d.sales_order_no = i.order_no and d.sales_item_no = i.item_no) delivered
cross join lateral (
  select min(c.confirmed_date) as day from erp.sales_schedule c
  where c.order_no = i.order_no and c.item_no = i.item_no) promised
cross join lateral (
  -- Services and free text are never delivered.
  select case when s.status_code = 'B' and i.rejection_reason is null and product.is_stocked
    then greatest(i.order_qty - delivered.left_qty, 0) else 0 end as quantity) open
where s.company_code = :company
