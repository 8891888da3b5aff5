-- @key id
-- @base sale_line
-- @from sale_line           select id from erp.sale_line where id = any($1)
-- @from sale_sale           select id from erp.sale_line where sale = any($1)
-- @from party_party         select l.id from erp.sale_sale s
--   join erp.sale_line l on l.sale = s.id where s.party = any($1)
-- @from currency_currency   select l.id from erp.sale_sale s join erp.sale_line l on l.sale = s.id
--   where s.currency = any($1)
-- @from read.place          select l.id from erp.sale_sale s join erp.sale_line l on l.sale = s.id
--   where s.warehouse = any($1)
-- @from read.product_label  select id from erp.sale_line where product = any($1)
-- @from read.unit_label     select id from erp.sale_line where unit = any($1)
--   union select l.id from erp.stock_move m join erp.sale_line l
--   on l.id = case when m.origin ~ '^sale[.]line,[0-9]{1,9}$' then split_part(m.origin, ',', 2)::int end
--   where m.uom = any($1)
-- @from stock_move
--   select case when origin ~ '^sale[.]line,[0-9]{1,9}$' then split_part(origin, ',', 2)::int end
--   from erp.stock_move where id = any($1)
select l.id, l.sale as order_id, s.number as order_number,
  case s.state
    when 'draft' then 'DRAFT' when 'quotation' then 'QUOTATION' when 'confirmed' then 'CONFIRMED'
    when 'processing' then 'IN_PROGRESS' when 'done' then 'DONE' when 'cancelled' then 'CANCELLED' end as order_status,
  coalesce(s.sale_date, s.create_date::date, date '1970-01-01') as order_date, l.sequence as position,
  s.party as customer_id, coalesce(nullif(party.name, ''), '[' || party.code || ']') as customer_name,
  place.plant_code, l.product as product_id, product.code as product_code, product.name as product_name, l.description,
  l.quantity::numeric as quantity, sign(l.quantity::numeric) * moved.done as shipped_quantity,
  sign(l.quantity::numeric) * moved.open as open_quantity, unit.symbol as unit, moved.planned_date,
  moved.open <> 0 as is_open, l.unit_price,
  currency.rounding *
    case when abs(steps - trunc(steps)) = 0.5 and trunc(steps) % 2 = 0 then trunc(steps) else round(steps) end
    as net_amount,
  currency.code as currency
from erp.sale_line l
join erp.sale_sale s on s.id = l.sale
join erp.party_party party on party.id = s.party
join erp.currency_currency currency on currency.id = s.currency
cross join lateral (select l.quantity::numeric * l.unit_price / nullif(currency.rounding, 0) as steps) r
left join read.place place on place.id = s.warehouse
left join read.product_label product on product.id = l.product
left join read.unit_label unit on unit.id = l.unit
cross join lateral (
  select coalesce(sum(converted.quantity) filter (where m.state = 'done'), 0) as done,
    coalesce(sum(converted.quantity) filter (where m.state in ('staging', 'draft', 'assigned')), 0) as open,
    min(m.planned_date) filter (where m.state in ('staging', 'draft', 'assigned')) as planned_date
  from erp.stock_move m
  join read.unit_label move_unit on move_unit.id = m.uom
  -- A movement may be in another unit than its line.
  cross join lateral (
    select round((m.quantity * move_unit.factor / nullif(unit.factor, 0))::numeric, unit.digits) as quantity) converted
  where m.origin = 'sale.line,' || l.id) moved
where l.type = 'line' and s.company = :company
