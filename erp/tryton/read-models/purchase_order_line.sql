-- @key id
-- @base purchase_line
-- @from purchase_line       select id from erp.purchase_line where id = any($1)
-- @from purchase_purchase   select id from erp.purchase_line where purchase = any($1)
-- @from party_party         select l.id from erp.purchase_purchase s
--   join erp.purchase_line l on l.purchase = s.id where s.party = any($1)
-- @from currency_currency   select l.id from erp.purchase_purchase s join erp.purchase_line l on l.purchase = s.id
--   where s.currency = any($1)
-- @from read.place          select l.id from erp.purchase_purchase s join erp.purchase_line l on l.purchase = s.id
--   where s.warehouse = any($1)
-- @from read.product_label  select id from erp.purchase_line where product = any($1)
-- @from read.unit_label     select id from erp.purchase_line where unit = any($1)
--   union select l.id from erp.stock_move m join erp.purchase_line l
--   on l.id = case when m.origin ~ '^purchase[.]line,[0-9]{1,9}$' then split_part(m.origin, ',', 2)::int end
--   where m.uom = any($1)
-- @from stock_move
--   select case when origin ~ '^purchase[.]line,[0-9]{1,9}$' then split_part(origin, ',', 2)::int end
--   from erp.stock_move where id = any($1)
select l.id, l.purchase as purchase_order_id, s.number as order_number,
  case s.state
    when 'draft' then 'DRAFT' when 'quotation' then 'QUOTATION' when 'confirmed' then 'CONFIRMED'
    when 'processing' then 'IN_PROGRESS' when 'done' then 'DONE' when 'cancelled' then 'CANCELLED' end as order_status,
  coalesce(s.purchase_date, s.create_date::date, date '1970-01-01') as order_date, l.sequence as position,
  s.party as supplier_id, coalesce(nullif(party.name, ''), '[' || party.code || ']') as supplier_name,
  place.plant_code, l.product as product_id, product.code as product_code, product.name as product_name, l.description,
  l.quantity::numeric as quantity, sign(l.quantity::numeric) * moved.done as received_quantity,
  sign(l.quantity::numeric) * moved.open as open_quantity, unit.symbol as unit, moved.planned_date,
  moved.open <> 0 as is_open, l.unit_price,
  currency.rounding *
    case when abs(steps - trunc(steps)) = 0.5 and trunc(steps) % 2 = 0 then trunc(steps) else round(steps) end
    as net_amount,
  currency.code as currency
from erp.purchase_line l
join erp.purchase_purchase s on s.id = l.purchase
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
  where m.origin = 'purchase.line,' || l.id) moved
where l.type = 'line' and s.company = :company
