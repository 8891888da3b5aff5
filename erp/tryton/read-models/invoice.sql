-- @key id
-- @base account_invoice
-- @from account_invoice       select id from erp.account_invoice where id = any($1)
-- @from party_party           select id from erp.account_invoice where party = any($1)
-- @from currency_currency     select id from erp.account_invoice where currency = any($1)
-- @from account_invoice_line  select invoice from erp.account_invoice_line where id = any($1)
-- @from account_invoice_tax   select invoice from erp.account_invoice_tax where id = any($1)
-- @from sale_line             select il.invoice from unnest($1::int[]) k(id)
--   join erp.account_invoice_line il on il.origin = 'sale.line,' || k.id
-- @from sale_sale             select il.invoice from erp.sale_line l
--   join erp.account_invoice_line il on il.origin = 'sale.line,' || l.id where l.sale = any($1)
-- @from purchase_line         select il.invoice from unnest($1::int[]) k(id)
--   join erp.account_invoice_line il on il.origin = 'purchase.line,' || k.id
-- @from purchase_purchase     select il.invoice from erp.purchase_line l
--   join erp.account_invoice_line il on il.origin = 'purchase.line,' || l.id where l.purchase = any($1)
select i.id, i.number, i.reference, case i.type when 'out' then 'CUSTOMER' when 'in' then 'SUPPLIER' end as kind,
  i.type as kind_code,
  case i.state
    when 'draft' then 'DRAFT' when 'validated' then 'VALIDATED' when 'posted' then 'POSTED' when 'paid' then 'PAID'
    when 'cancelled' then 'CANCELLED' end as status,
  i.state as status_code, coalesce(i.invoice_date, i.create_date::date, date '1970-01-01') as invoice_date,
  case i.type when 'out' then i.party end as customer_id, case i.type when 'in' then i.party end as supplier_id,
  party.code as partner_code, coalesce(nullif(party.name, ''), '[' || party.code || ']') as partner_name,
  sale.id as sales_order_id, sale.number as sales_order_number,
  purchase.id as purchase_order_id, purchase.number as purchase_order_number,
  currency.code as currency, line.amount as net_amount, tax.amount as tax_amount,
  line.amount + tax.amount as total_amount, line.count as line_count,
  coalesce(i.write_date, i.create_date) as updated_at
from erp.account_invoice i
join erp.party_party party on party.id = i.party
join erp.currency_currency currency on currency.id = i.currency
cross join lateral (
  -- Tryton rounds a half to the even neighbour.
  select count(*)::int as count, coalesce(sum(currency.rounding *
    case when abs(steps - trunc(steps)) = 0.5 and trunc(steps) % 2 = 0 then trunc(steps) else round(steps) end), 0)
    as amount,
    case when min(sl.sale) = max(sl.sale) then min(sl.sale) end as only_sale,
    case when min(pl.purchase) = max(pl.purchase) then min(pl.purchase) end as only_purchase
  from erp.account_invoice_line l
  cross join lateral (select l.quantity::numeric * l.unit_price / nullif(currency.rounding, 0) as steps) r
  left join erp.sale_line sl
    on sl.id = case when l.origin ~ '^sale[.]line,[0-9]{1,9}$' then split_part(l.origin, ',', 2)::int end
  left join erp.purchase_line pl
    on pl.id = case when l.origin ~ '^purchase[.]line,[0-9]{1,9}$' then split_part(l.origin, ',', 2)::int end
  where l.invoice = i.id and l.type = 'line') line
cross join lateral (
  select coalesce(sum(x.amount), 0) as amount from erp.account_invoice_tax x where x.invoice = i.id) tax
left join erp.sale_sale sale on sale.id = line.only_sale
left join erp.purchase_purchase purchase on purchase.id = line.only_purchase
where i.company = :company
