#!/bin/bash
# scale.sh N: grows the database to about N outgoing movements (stock_move with a sale.line as origin). It clones, in
# SQL, the sales that were made through Tryton's API, with lines, taxes, shipments and movements. New ids and document
# numbers continue Tryton's own sequences, and stock is topped up, so that Tryton works on with the clones. Run again,
# it adds only what lacks.
#
# A clone has the state that Tryton gives such a sale, and expects no invoice (invoice_method 'manual'). Foreign keys
# are not checked while loading; the checks at the end show that no reference dangles.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/env.sh"
WANT=${1:?usage: scale.sh NUMBER_OF_OUTGOING_MOVES}
cd /
superuser_psql -v want="$WANT" -d "$TRYTON_DB" <<'SQL'
\timing off
set synchronous_commit = off;
set session_replication_role = replica;
begin;
-- Templates: sales made through the API (never clones of clones), one shipment each, live or done shipment.
create temp table t_ship on commit drop as
select sh.id as sh, s.id as sale, (row_number() over (order by sh.id) - 1)::int as r
from stock_shipment_out sh
join lateral (select distinct l.sale from stock_move m join sale_line l on m.origin = 'sale.line,' || l.id
              where m.shipment = 'stock.shipment.out,' || sh.id) x on true
join sale_sale s on s.id = x.sale
where sh.reference is null and s.reference like 'PO-%'
  and sh.state in ('waiting', 'assigned', 'picked', 'packed', 'done');
create temp table t_line on commit drop as
select l.id as line, t.r, (row_number() over (order by l.id) - 1)::int as n from sale_line l join t_ship t on t.sale = l.sale;
create temp table t_tax on commit drop as
select x.id as tax, tl.n as line_n, (row_number() over (order by x.id) - 1)::int as n
from sale_line_account_tax x join t_line tl on tl.line = x.line;
-- outgoing moves first, so that an inventory move can point at its outgoing move
create temp table t_move on commit drop as
select m.id as move, t.r, m.origin like 'sale.line,%' as outgoing,
  (row_number() over (order by m.origin like 'sale.line,%' desc, m.id) - 1)::int as n
from stock_move m join t_ship t on m.shipment = 'stock.shipment.out,' || t.sh;
alter table t_move add origin_n int;
update t_move x set origin_n = tl.n from stock_move m join t_line tl on m.origin = 'sale.line,' || tl.line
  where m.id = x.move and x.outgoing;
update t_move x set origin_n = o.n from stock_move m join t_move o on m.origin = 'stock.move,' || o.move
  where m.id = x.move and not x.outgoing;
create temp table c on commit drop as select
  (select count(*) from t_ship)::int ns, (select count(*) from t_line)::int nl, (select count(*) from t_tax)::int nt,
  (select count(*) from t_move)::int nm,
  (select coalesce(max(id), 0) from sale_sale) s0, (select coalesce(max(id), 0) from sale_line) l0,
  (select coalesce(max(id), 0) from sale_line_account_tax) t0, (select coalesce(max(id), 0) from stock_shipment_out) sh0,
  (select coalesce(max(id), 0) from stock_move) m0,
  (select max(number::bigint) from sale_sale where number ~ '^\d+$') snum,
  (select max(number::bigint) from stock_shipment_out where number ~ '^\d+$') shnum,
  greatest(0, ceil((:want - (select count(*) from stock_move where origin like 'sale.line,%'))
    / greatest(1, (select count(*) from t_move where outgoing))::numeric))::int k,
  (now() at time zone 'UTC')::timestamp(6) ts;
-- day shift of clone k: planned dates spread over -15..+15 days, done ones only into the past
create temp table g on commit drop as
select i as k, (i * 7919 % 31) - 15 as d, (i::bigint * 104729 % 365)::int as past from c, generate_series(0, c.k - 1) i;
analyze t_ship; analyze t_line; analyze t_tax; analyze t_move; analyze g;

insert into sale_sale (id, comment, company, confirmed_by, contact, create_date, create_uid, currency, description,
  invoice_address, invoice_method, invoice_party, invoice_state, number, origin, party, payment_term, quoted_by, reference,
  sale_date, shipment_address, shipment_method, shipment_party, shipment_state, shipping_date, state, tax_amount_cache,
  total_amount_cache, untaxed_amount_cache, warehouse, write_date, write_uid)
select c.s0 + 1 + g.k * c.ns + t.r, s.comment, s.company, s.confirmed_by, s.contact, c.ts, s.create_uid, s.currency,
  s.description, s.invoice_address, 'manual', s.invoice_party, 'none', (c.snum + 1 + g.k * c.ns + t.r)::text, s.origin, s.party,
  s.payment_term, s.quoted_by, 'CL-' || lpad((c.s0 + 1 + g.k * c.ns + t.r)::text, 8, '0'),
  s.sale_date - case when sh.state = 'done' then g.past else 15 end, s.shipment_address, s.shipment_method, s.shipment_party,
  s.shipment_state, s.shipping_date, case when s.shipment_state = 'sent' then 'done' else 'processing' end,
  s.tax_amount_cache, s.total_amount_cache, s.untaxed_amount_cache, s.warehouse, c.ts, s.write_uid
from c, g, t_ship t join sale_sale s on s.id = t.sale join stock_shipment_out sh on sh.id = t.sh;

insert into sale_line (id, actual_quantity, create_date, create_uid, description, note, product, quantity, sale, sequence, type,
  unit, unit_price, write_date, write_uid)
select c.l0 + 1 + g.k * c.nl + t.n, l.actual_quantity, c.ts, l.create_uid, l.description, l.note, l.product, l.quantity,
  c.s0 + 1 + g.k * c.ns + t.r, l.sequence, l.type, l.unit, l.unit_price, c.ts, l.write_uid
from c, g, t_line t join sale_line l on l.id = t.line;

insert into sale_line_account_tax (id, create_date, create_uid, line, tax)
select c.t0 + 1 + g.k * c.nt + t.n, c.ts, x.create_uid, c.l0 + 1 + g.k * c.nl + t.line_n, x.tax
from c, g, t_tax t join sale_line_account_tax x on x.id = t.tax;

insert into stock_shipment_out (id, company, create_date, create_uid, customer, delivery_address, done_by, effective_date, number,
  packed_by, picked_by, planned_date, reference, state, warehouse, write_date, write_uid)
select c.sh0 + 1 + g.k * c.ns + t.r, x.company, c.ts, x.create_uid, x.customer, x.delivery_address, x.done_by,
  x.effective_date - g.past, (c.shnum + 1 + g.k * c.ns + t.r)::text, x.packed_by, x.picked_by,
  x.planned_date + case when x.state = 'done' then -g.past else g.d end, 'CL', x.state, x.warehouse, c.ts, x.write_uid
from c, g, t_ship t join stock_shipment_out x on x.id = t.sh;

insert into stock_move (id, company, cost_price, create_date, create_uid, currency, effective_date, from_location,
  internal_quantity, origin, planned_date, product, quantity, shipment, state, to_location, unit_price, unit_price_updated,
  uom, write_date, write_uid, production_cost_price_updated)
select c.m0 + 1 + g.k * c.nm + t.n, m.company, m.cost_price, c.ts, m.create_uid, m.currency,
  m.effective_date - case when sh.state = 'done' then g.past else 0 end, m.from_location,
  m.internal_quantity,
  case when t.outgoing then 'sale.line,' || (c.l0 + 1 + g.k * c.nl + t.origin_n)
       when t.origin_n is not null then 'stock.move,' || (c.m0 + 1 + g.k * c.nm + t.origin_n) end,
  m.planned_date + case when sh.state = 'done' then -g.past else g.d end, m.product, m.quantity,
  'stock.shipment.out,' || (c.sh0 + 1 + g.k * c.ns + t.r), m.state, m.to_location, m.unit_price, m.unit_price_updated,
  m.uom, c.ts, m.write_uid, m.production_cost_price_updated
from c, g, t_move t join stock_move m on m.id = t.move join t_ship ts on ts.r = t.r join stock_shipment_out sh on sh.id = ts.sh;

-- Stock: bring back what the clones took out of each storage location, 400 days ago, from lost and found.
insert into stock_move (id, company, cost_price, create_date, create_uid, currency, effective_date, from_location,
  internal_quantity, planned_date, product, quantity, state, to_location, unit_price, unit_price_updated, uom,
  write_date, write_uid, production_cost_price_updated)
select c.m0 + c.k * c.nm + row_number() over (order by x.loc, x.product), x.company, x.cost, c.ts, 1, x.currency,
  x.day, lf.id, x.q, x.day, x.product, x.q, 'done', x.loc, x.cost, false, tp.default_uom, c.ts, 1, false
from c cross join lateral (
  select m.company, m.product, m.from_location as loc, sum(m.internal_quantity) q, max(m.cost_price) cost, max(cc.currency) currency,
    (current_date - 400) as day
  from stock_move m join company_company cc on cc.id = m.company
  where m.id > c.m0 and m.origin like 'stock.move,%' and m.state in ('done', 'assigned') group by 1, 2, 3) x
join product_product p on p.id = x.product join product_template tp on tp.id = p.template
cross join lateral (select id from stock_location where type = 'lost_found' order by id limit 1) lf
where c.k > 0;

-- id sequences: named <table>_id_seq, but not owned by the column, so pg_get_serial_sequence() gives null for them
select setval('sale_sale_id_seq', (select max(id) from sale_sale)), setval('sale_line_id_seq', (select max(id) from sale_line)),
  setval('sale_line_account_tax_id_seq', (select max(id) from sale_line_account_tax)),
  setval('stock_shipment_out_id_seq', (select max(id) from stock_shipment_out)),
  setval('stock_move_id_seq', (select max(id) from stock_move)) \g /dev/null
-- document numbers: Tryton keeps a PostgreSQL sequence 'ir_sequence_<id>' for each incremental ir.sequence
select format('select setval(%L, %s)', 'ir_sequence_' || s.id, greatest(
    case st.name when 'Sale' then (select max(number::bigint) from sale_sale where number ~ '^\d+$')
      else (select max(number::bigint) from stock_shipment_out where number ~ '^\d+$') end, 1))
from ir_sequence s join ir_sequence_type st on st.id = s.sequence_type where st.name in ('Sale', 'Customer Shipment')
\pset tuples_only on
\o /dev/null
\gexec
\o
commit;
reset session_replication_role;
vacuum analyze sale_sale, sale_line, sale_line_account_tax, stock_shipment_out, stock_move;

\pset format unaligned
\pset fieldsep ': '
\pset tuples_only on
select 'sales', count(*) from sale_sale union all select 'sale lines', count(*) from sale_line
union all select 'customer shipments', count(*) from stock_shipment_out
union all select 'moves', count(*) from stock_move
union all select 'outgoing moves', count(*) from stock_move where origin like 'sale.line,%'
union all select 'CHECK dangling sale of line (must be 0)', count(*) from sale_line l left join sale_sale s on s.id = l.sale where s.id is null
union all select 'CHECK dangling line of tax (must be 0)', count(*) from sale_line_account_tax x left join sale_line l on l.id = x.line where l.id is null
union all select 'CHECK dangling shipment of move (must be 0)', count(*) from stock_move m
  left join stock_shipment_out s on s.id = split_part(m.shipment, ',', 2)::int
  where m.shipment like 'stock.shipment.out,%' and s.id is null
union all select 'CHECK dangling line of move (must be 0)', count(*) from stock_move m
  left join sale_line l on l.id = split_part(m.origin, ',', 2)::int where m.origin like 'sale.line,%' and l.id is null
union all select 'CHECK dangling move of move (must be 0)', count(*) from stock_move m
  left join stock_move o on o.id = split_part(m.origin, ',', 2)::int where m.origin like 'stock.move,%' and o.id is null
union all select 'CHECK negative done stock in storage (must be 0)', count(*) from (
  select product, loc, sum(q) from (
    select product, to_location loc, internal_quantity q from stock_move where state = 'done'
    union all select product, from_location, -internal_quantity from stock_move where state = 'done') x
  join stock_location l on l.id = x.loc and l.type = 'storage' group by 1, 2 having sum(q) < -1e-6) z;
SQL
