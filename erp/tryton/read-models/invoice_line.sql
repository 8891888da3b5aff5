-- @key id
-- @base account_invoice_line
-- @from account_invoice_line  select id from erp.account_invoice_line where id = any($1)
-- @from account_invoice       select id from erp.account_invoice_line where invoice = any($1)
-- @from party_party           select l.id from erp.account_invoice i
--   join erp.account_invoice_line l on l.invoice = i.id
--   where i.party = any($1)
-- @from currency_currency     select id from erp.account_invoice_line where currency = any($1)
-- @from sale_line             select il.id from unnest($1::int[]) k(id)
--   join erp.account_invoice_line il on il.origin = 'sale.line,' || k.id
-- @from purchase_line         select il.id from unnest($1::int[]) k(id)
--   join erp.account_invoice_line il on il.origin = 'purchase.line,' || k.id
-- @from read.product_label    select id from erp.account_invoice_line where product = any($1)
-- @from read.unit_label       select id from erp.account_invoice_line where unit = any($1)
select l.id, i.id as invoice_id, i.number as invoice_number,
  case i.type when 'out' then 'CUSTOMER' when 'in' then 'SUPPLIER' end as invoice_kind,
  case i.state
    when 'draft' then 'DRAFT' when 'validated' then 'VALIDATED' when 'posted' then 'POSTED' when 'paid' then 'PAID'
    when 'cancelled' then 'CANCELLED' end as invoice_status,
  coalesce(i.invoice_date, i.create_date::date, date '1970-01-01') as invoice_date, l.sequence as position,
  coalesce(nullif(party.name, ''), '[' || party.code || ']') as partner_name,
  l.product as product_id, product.code as product_code, product.name as product_name, l.description,
  l.quantity::numeric as quantity, unit.symbol as unit, l.unit_price,
  currency.rounding *
    case when abs(steps - trunc(steps)) = 0.5 and trunc(steps) % 2 = 0 then trunc(steps) else round(steps) end
    as net_amount,
  currency.code as currency, sl.sale as sales_order_id, pl.purchase as purchase_order_id
from erp.account_invoice_line l
join erp.account_invoice i on i.id = l.invoice
join erp.party_party party on party.id = i.party
join erp.currency_currency currency on currency.id = l.currency
cross join lateral (select l.quantity::numeric * l.unit_price / nullif(currency.rounding, 0) as steps) r
left join read.product_label product on product.id = l.product
left join read.unit_label unit on unit.id = l.unit
left join erp.sale_line sl
  on sl.id = case when l.origin ~ '^sale[.]line,[0-9]{1,9}$' then split_part(l.origin, ',', 2)::int end
left join erp.purchase_line pl
  on pl.id = case when l.origin ~ '^purchase[.]line,[0-9]{1,9}$' then split_part(l.origin, ',', 2)::int end
where l.type = 'line' and i.company = :company
