-- @key id
-- @base invoice_header
-- @from invoice_header    select unnest($1::text[])
-- @from business_partner  select document_no from erp.invoice_header where partner_no = any($1)
-- @from invoice_item      select document_no from unnest($1::text[], $2::text[]) k(document_no, item_no)
select h.document_no as id, h.invoice_number as number, h.partner_reference as reference,
  case when h.invoice_type in ('RV', 'CR') then 'CUSTOMER' when h.invoice_type = 'RE' then 'SUPPLIER' end as kind,
  h.invoice_type as kind_code,
  case h.status_code
    when 'D' then 'DRAFT' when 'V' then 'VALIDATED' when 'O' then 'POSTED' when 'P' then 'PAID'
    when 'X' then 'CANCELLED' end as status,
  h.status_code, coalesce(h.invoice_date, h.created_on) as invoice_date,
  case when h.invoice_type in ('RV', 'CR') then h.partner_no end as customer_id,
  case when h.invoice_type = 'RE' then h.partner_no end as supplier_id,
  p.partner_no as partner_code, p.name1 as partner_name,
  item.only_sale as sales_order_id, item.only_sale as sales_order_number,
  item.only_purchase as purchase_order_id, item.only_purchase as purchase_order_number,
  h.currency_code as currency, item.amount as net_amount, h.tax_amount, item.amount + h.tax_amount as total_amount,
  item.count as line_count, h.changed_at as updated_at
from erp.invoice_header h
join erp.business_partner p on p.partner_no = h.partner_no
cross join lateral (
  select count(*)::int as count, coalesce(sum(round(i.quantity * i.net_price / i.price_unit, 2)), 0) as amount,
    case when min(i.sales_order_no) = max(i.sales_order_no) then min(i.sales_order_no) end as only_sale,
    case when min(i.purchase_no) = max(i.purchase_no) then min(i.purchase_no) end as only_purchase
  from erp.invoice_item i where i.document_no = h.document_no) item
where h.company_code = :company
