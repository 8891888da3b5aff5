-- @key id
-- @base sale_sale
-- @from sale_sale          select id from erp.sale_sale where id = any($1)
-- @from party_party        select id from erp.sale_sale where party = any($1)
-- @from currency_currency  select id from erp.sale_sale where currency = any($1)
-- @from read.place         select id from erp.sale_sale where warehouse = any($1)
-- @from sale_line          select sale from erp.sale_line where id = any($1)
select s.id, s.number, s.reference as customer_reference,
  case s.state
    when 'draft' then 'DRAFT' when 'quotation' then 'QUOTATION' when 'confirmed' then 'CONFIRMED'
    when 'processing' then 'IN_PROGRESS' when 'done' then 'DONE' when 'cancelled' then 'CANCELLED' end as status,
  s.state as status_code,
  case s.shipment_state
    when 'none' then 'NONE' when 'waiting' then 'OPEN' when 'sent' then 'COMPLETE'
    when 'exception' then 'EXCEPTION' end as delivery_status,
  case s.invoice_state
    when 'none' then 'NONE' when 'waiting' then 'OPEN' when 'paid' then 'PAID'
    when 'exception' then 'EXCEPTION' end as billing_status,
  coalesce(s.sale_date, s.create_date::date, date '1970-01-01') as order_date, s.shipping_date as requested_date,
  s.party as customer_id, party.code as customer_code,
  coalesce(nullif(party.name, ''), '[' || party.code || ']') as customer_name,
  place.plant_code, place.plant_name, currency.code as currency,
  -- Tryton keeps an order's amounts once it is confirmed. Before, the taxes are known to its program alone.
  coalesce(case when confirmed then s.untaxed_amount_cache end, line.amount) as net_amount,
  case when confirmed then s.tax_amount_cache end as tax_amount,
  case when confirmed then s.total_amount_cache end as total_amount,
  line.count as line_count, coalesce(s.write_date, s.create_date) as updated_at
from erp.sale_sale s
cross join lateral (select s.state in ('confirmed', 'processing', 'done', 'cancelled') as confirmed) state
join erp.party_party party on party.id = s.party
join erp.currency_currency currency on currency.id = s.currency
left join read.place place on place.id = s.warehouse
cross join lateral (
  -- Tryton rounds a half to the even neighbour.
  select count(*)::int as count, coalesce(sum(currency.rounding *
    case when abs(steps - trunc(steps)) = 0.5 and trunc(steps) % 2 = 0 then trunc(steps) else round(steps) end), 0)
    as amount
  from erp.sale_line l
  cross join lateral (select l.quantity::numeric * l.unit_price / nullif(currency.rounding, 0) as steps) r
  where l.sale = s.id and l.type = 'line') line
where s.company = :company
