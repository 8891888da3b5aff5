-- @key invoice_id, item_no
-- @base invoice_item
-- @from invoice_item        select * from unnest($1::text[], $2::text[])
-- @from invoice_header      select document_no, item_no from erp.invoice_item where document_no = any($1)
-- @from business_partner    select i.document_no, i.item_no from erp.invoice_header h
--   join erp.invoice_item i using (document_no) where h.partner_no = any($1)
-- @from read.product_label  select document_no, item_no from erp.invoice_item where material_no = any($1)
-- @from read.unit_label     select document_no, item_no from erp.invoice_item where uom_code = any($1)
select i.document_no as invoice_id, i.item_no, h.invoice_number,
  case when h.invoice_type in ('RV', 'CR') then 'CUSTOMER' when h.invoice_type = 'RE' then 'SUPPLIER' end
    as invoice_kind,
  case h.status_code
    when 'D' then 'DRAFT' when 'V' then 'VALIDATED' when 'O' then 'POSTED' when 'P' then 'PAID'
    when 'X' then 'CANCELLED' end as invoice_status,
  coalesce(h.invoice_date, h.created_on) as invoice_date,
  case when i.item_no ~ '^[0-9]{1,9}$' then i.item_no::int end as position,
  p.name1 as partner_name, i.material_no as product_id, product.code as product_code, product.name as product_name,
  coalesce(i.item_text, product.name) as description, i.quantity, unit.symbol as unit,
  round(i.net_price / i.price_unit, 4) as unit_price, round(i.quantity * i.net_price / i.price_unit, 2) as net_amount,
  h.currency_code as currency, i.sales_order_no as sales_order_id, i.purchase_no as purchase_order_id
from erp.invoice_item i
join erp.invoice_header h on h.document_no = i.document_no
join erp.business_partner p on p.partner_no = h.partner_no
left join read.product_label product on product.id = i.material_no
left join read.unit_label unit on unit.id = i.uom_code
where h.company_code = :company
