-- @key id
-- @base sales_header
-- @from sales_header      select unnest($1::text[])
-- @from business_partner  select order_no from erp.sales_header where sold_to = any($1)
-- @from plant             select order_no from erp.sales_header where plant_code = any($1)
-- @from sales_item        select order_no from unnest($1::text[], $2::text[]) k(order_no, item_no)
select s.order_no as id, s.order_no as number, s.customer_reference,
  case s.status_code
    when 'D' then 'DRAFT' when 'Q' then 'QUOTATION' when 'A' then 'CONFIRMED' when 'B' then 'IN_PROGRESS'
    when 'C' then 'DONE' when 'X' then 'CANCELLED' end as status,
  s.status_code,
  case coalesce(s.delivery_status, '')
    when '' then 'NONE' when 'A' then 'OPEN' when 'C' then 'COMPLETE' when 'E' then 'EXCEPTION' end as delivery_status,
  case coalesce(s.billing_status, '')
    when '' then 'NONE' when 'A' then 'OPEN' when 'C' then 'PAID' when 'E' then 'EXCEPTION' end as billing_status,
  coalesce(s.order_date, s.created_on) as order_date, s.requested_date, s.sold_to as customer_id,
  p.partner_no as customer_code, p.name1 as customer_name, plant.plant_code, plant.name as plant_name,
  s.currency_code as currency, item.amount as net_amount, s.tax_amount, item.amount + s.tax_amount as total_amount,
  item.count as line_count, s.changed_at as updated_at
from erp.sales_header s
join erp.business_partner p on p.partner_no = s.sold_to
left join erp.plant plant on plant.plant_code = s.plant_code
cross join lateral (
  select count(*)::int as count, coalesce(sum(round(i.order_qty * i.net_price / i.price_unit, 2)), 0) as amount
  from erp.sales_item i where i.order_no = s.order_no) item
where s.company_code = :company
