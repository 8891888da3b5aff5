-- @key id
-- @base purchase_header
-- @from purchase_header   select unnest($1::text[])
-- @from business_partner  select purchase_no from erp.purchase_header where vendor_no = any($1)
-- @from plant             select purchase_no from erp.purchase_header where plant_code = any($1)
-- @from purchase_item     select purchase_no from unnest($1::text[], $2::text[]) k(purchase_no, item_no)
select s.purchase_no as id, s.purchase_no as number, s.vendor_reference as supplier_reference,
  case s.status_code
    when 'D' then 'DRAFT' when 'Q' then 'QUOTATION' when 'A' then 'CONFIRMED' when 'B' then 'IN_PROGRESS'
    when 'C' then 'DONE' when 'X' then 'CANCELLED' end as status,
  s.status_code,
  case coalesce(s.delivery_status, '')
    when '' then 'NONE' when 'A' then 'OPEN' when 'C' then 'COMPLETE' when 'E' then 'EXCEPTION' end as delivery_status,
  case coalesce(s.billing_status, '')
    when '' then 'NONE' when 'A' then 'OPEN' when 'C' then 'PAID' when 'E' then 'EXCEPTION' end as billing_status,
  coalesce(s.order_date, s.created_on) as order_date, s.requested_date, s.vendor_no as supplier_id,
  p.partner_no as supplier_code, p.name1 as supplier_name, plant.plant_code, plant.name as plant_name,
  s.currency_code as currency, item.amount as net_amount, s.tax_amount, item.amount + s.tax_amount as total_amount,
  item.count as line_count, s.changed_at as updated_at
from erp.purchase_header s
join erp.business_partner p on p.partner_no = s.vendor_no
left join erp.plant plant on plant.plant_code = s.plant_code
cross join lateral (
  select count(*)::int as count, coalesce(sum(round(i.order_qty * i.net_price / i.price_unit, 2)), 0) as amount
  from erp.purchase_item i where i.purchase_no = s.purchase_no) item
where s.company_code = :company
