/**
 * Two years of sales: orders, deliveries, how far each delivered item has got, invoices.
 *
 * An order is promised three to twenty weeks ahead. What should have left before today has left, but for one delivery in
 * ten of the last month: so about a twentieth of the open ones is late. One order in 32 is delivered in two parts.
 */
import type { SeedSize } from './size.ts';
import type { Step } from './step.ts';

const linesOfOrder = /* sql */ `case o % 32 when 14 then 3 else (array[4, 4, 2, 6, 1, 7, 3, 5])[(o - 1) % 8 + 1] end`;

/** Of an order that is delivered in two parts, more than half comes on the day and the rest two weeks later. */
const partQuantity = (quantity: string, part: string): string =>
  `case when o % 32 <> 9 or state <> 'delivered' then ${quantity} when ${part} = 1 then ceil(${quantity} * 0.6) else greatest(${quantity} - ceil(${quantity} * 0.6), 1) end`;
const partDay = (part: string): string =>
  `case ${part} when 1 then planned_day else pg_temp.workday(planned_day + 14) end`;

/**
 * SQL: the chunk's documents by their numbers, which follow those of the series. PostgreSQL then looks for them
 * through the primary key, however much came before.
 */
const ofOrders = (column: string): string =>
  `${column} between pg_temp.no(1000000 + $1::int) and pg_temp.no(1000000 + $2::int)`;
export const ofDeliveries = (column: string): string =>
  `${column} between pg_temp.no(80000000 + pg_temp.delivery($1::int)) and pg_temp.no(80000001 + pg_temp.delivery($2::int))`;

/** The first delivery of an order; of one that is not delivered, the last before it. */
const deliveryOfOrder = /* sql */ `
  create or replace function pg_temp.delivery(s int) returns int language sql immutable as
  $$ select s - s / 41 + (s - s / 41 + 22) / 32 $$`;

const workingTables = ({ orders, deliveredOrders }: SeedSize): Step[] => [
  {
    what: 'orders',
    series: orders,
    rows: orders,
    sql: /* sql */ `
      insert into seed_order
      select s, o, pg_temp.no(1000000 + s), c.partner_no, c.country, c.currency, c.rate, c.discount, q,
        case when is_offer then 1 + pg_temp.between(0, 4, s, 102) else ${linesOfOrder} end,
        order_day,
        pg_temp.workday(order_day + case when o > ${deliveredOrders} then 35 + pg_temp.between(0, 60, s, 103) else 20 + pg_temp.between(0, 120, s, 103) end),
        case when not is_offer and o <= ${deliveredOrders} then 'delivered' when not is_offer then 'A'
          when order_day <= pg_temp.base() - 20 then 'X' when pg_temp.chance(s, 104) < 0.6 then 'Q' else 'D' end
      from generate_series($1::int, $2::int) s
        cross join lateral (select s - s / 41 as o, s % 41 = 0 as is_offer) a
        cross join lateral (select pg_temp.base() - 730 + floor(730 * power(s::double precision / ${orders + 1}, 0.93))::int as order_day offset 0) b
        cross join lateral (select pg_temp.chance(s, 100) as r offset 0) r
        cross join lateral (select case when r < 0.30 then 0 when r < 0.52 then 1 when r < 0.72 then 2 when r < 0.88 then 3 else 4 end as q offset 0) p
        join seed_customer c on c.c = 1 + floor((select count(*) from seed_customer) * power(pg_temp.chance(s, 101), 1.5))::int`,
  },
  {
    what: 'deliveries',
    series: orders,
    rows: orders,
    sql: /* sql */ `
      insert into seed_delivery
      select d, pg_temp.no(80000000 + d), s, o, part, planned, is_cancelled, is_partly_left,
        case when planned < pg_temp.base() and not is_late and not is_cancelled then
          least(pg_temp.base() - 1, pg_temp.workday(planned + case when r < 0.8 then 0 when r < 0.88 then -1 else 1 + floor((r - 0.88) * 33)::int end)) end,
        -- How far picking of an open delivery has got: 0 not begun, 1 begun, 2 picked, 3 packed.
        case when planned > pg_temp.base() + 7 then 0 when planned > pg_temp.base() + 2 then pg_temp.between(0, 1, d, 112) else pg_temp.between(0, 3, d, 113) end
      from seed_order cross join generate_series(1, case when o % 32 = 9 then 2 else 1 end) part
        cross join lateral (select o + (o + 22) / 32 + part - 1 as d, ${partDay('part')} as planned offset 0) a
        cross join lateral (select pg_temp.base() - planned as age, pg_temp.chance(d, 111) as r offset 0) b
        cross join lateral (select age between 1 and 30 and pg_temp.chance(d, 110) < 0.19 * (31 - age) / 30.0 as is_late,
          pg_temp.chance(d, 114) < 0.006 as is_cancelled offset 0) e
        cross join lateral (select is_late and pg_temp.chance(d, 115) < 0.15 as is_partly_left) f
      where s between $1::int and $2::int and state = 'delivered'`,
  },
  {
    what: 'statistics',
    rows: orders / 10,
    sql: 'create index on seed_delivery (s); analyze seed_order; analyze seed_delivery',
  },
];

const orderSteps = ({ orders, lines, sellable, hotProductShare }: SeedSize): Step[] => [
  {
    what: 'order items',
    series: orders,
    rows: lines * 1.07,
    sql: /* sql */ `
      insert into sales_item (order_no, item_no, material_no, item_text, order_qty, uom_code, net_price, price_unit, rejection_reason, changed_at)
      select order_no, pg_temp.item(i), p.material_no, null,
        1 + floor(power(pg_temp.chance(k, 120), 3) * case when p.price < 100 then 60 when p.price < 600 then 16 else 6 end),
        p.uom, round((p.price * discount * rate)::numeric, 2), 1,
        case when state = 'X' then '10' end, pg_temp.moment(order_day, k, 121)
      from seed_order cross join generate_series(1, lines) i
        cross join lateral (select s::bigint * 8 + i as k) k
        cross join lateral (select pg_temp.chance(k, 122) as v, floor(power(pg_temp.chance(k, 123), 1.7) * ${sellable / 5})::int as m offset 0) r
        join seed_product p on p.j = case
          when pg_temp.chance(k, 124) < ${hotProductShare} then 0
          when v < 0.70 then m * 5 + q
          when v < 0.92 then (m - m % 2) * 5 + (q + 4) % 5
          else (m - m % 4) * 5 + (q + 2) % 5 end
      where s between $1::int and $2::int
      union all
      -- Now and then a service or a charge without a product.
      select order_no, pg_temp.item(lines + 1), case when pg_temp.chance(s, 125) < 0.4 then pg_temp.no(900001 + s % 4) end,
        case when pg_temp.chance(s, 125) >= 0.4 then 'Freight and packing' end, 1, 'ST',
        round((pg_temp.between(4, 90, s, 126) * 10 * rate)::numeric, 2), 1, null, pg_temp.moment(order_day, s, 127)
      from seed_order
      where s between $1::int and $2::int and s % 25 = 0 and state = 'delivered'`,
  },
  { what: 'statistics', rows: lines / 50, sql: 'analyze sales_item' },
  {
    what: 'schedule lines',
    series: orders,
    rows: lines * 1.12,
    sql: /* sql */ `
      insert into sales_schedule (order_no, item_no, schedule_no, requested_date, confirmed_date, schedule_qty, changed_at)
      select order_no, item_no, lpad(part::text, 4, '0'), requested,
        case when state <> 'D' then pg_temp.workday(requested + case when pg_temp.chance(k, 130) < 0.04 then pg_temp.between(1, 9, k, 131) else 0 end) end,
        ${partQuantity('order_qty', 'part')}, pg_temp.moment(order_day, k, 132)
      from seed_order join sales_item using (order_no)
        cross join generate_series(1, case when state = 'delivered' and o % 32 = 9 then 2 else 1 end) part
        cross join lateral (select s::bigint * 8 + item_no::int / 10 as k, ${partDay('part')} as requested offset 0) r
      where s between $1::int and $2::int and ${ofOrders('order_no')} and item_no <= pg_temp.item(lines)`,
  },
  {
    what: 'order heads',
    series: orders,
    rows: orders,
    sql: /* sql */ `
      insert into sales_header (order_no, order_type, company_code, sold_to, plant_code, customer_reference, order_date, requested_date, currency_code,
        payment_term, incoterm, tax_amount, status_code, delivery_status, billing_status, sales_rep, created_on, changed_at)
      select order_no, case when state = 'Q' then 'QT' else 'OR' end, '1000', partner_no, case when state = 'D' and s % 2 = 0 then null else pg_temp.plant(q) end,
        case when pg_temp.chance(s, 140) < 0.7 then pg_temp.pick(array['PO ', 'B-', '45', 'EK'], s, 141) || pg_temp.between(10000, 99999, s, 142) end,
        case when state <> 'D' then order_day end, case when pg_temp.chance(s, 143) < 0.8 then planned_day end, currency,
        pg_temp.pick(array['N014', 'N030', 'N030', 'N060', 'D030'], s, 144), pg_temp.pick(array['DAP', 'EXW', 'FCA', 'DAP'], s, 145),
        case when state in ('delivered', 'A') then round(case country when 'AT' then 0.2 else 0 end * net, 2) end,
        case when state = 'delivered' then case when has_left and last_left + 40 < pg_temp.base() then 'C' else 'B' end
          when state = 'A' and order_day < pg_temp.base() - 4 then 'B' else state end,
        case when state = 'delivered' and has_left then 'C' when state = 'delivered' or state = 'A' and order_day < pg_temp.base() - 4 then 'A' end,
        case when state = 'delivered' and first_left is not null then case when has_left and last_left + 40 < pg_temp.base() then 'C' else 'A' end end,
        pg_temp.pick(array['HOFERM', 'GRUBERA', 'NOVAKP', 'STEINERL', 'KOVACSE'], q, 146), order_day,
        pg_temp.moment(coalesce(last_left, order_day), s, 147)
      from seed_order o
        cross join lateral (select sum(order_qty * net_price / price_unit) as net from sales_item t where t.order_no = o.order_no) t
        cross join lateral (select min(left_on) as first_left, max(left_on) as last_left, bool_and(left_on is not null or is_cancelled) and max(left_on) is not null as has_left
          from seed_delivery d where d.s = o.s) d
      where s between $1::int and $2::int`,
  },
];

const deliverySteps = ({ orders, lines, finished }: SeedSize): Step[] => [
  {
    what: 'delivery heads',
    series: orders,
    rows: orders,
    sql: /* sql */ `
      insert into delivery_header (delivery_no, plant_code, sold_to, ship_to, ship_to_address, carrier_code, route, incoterm, planned_gi_date, tracking_no,
        gross_weight, delivery_block, cancelled_on, created_on, created_by, changed_at)
      select d.delivery_no, pg_temp.plant(q), partner_no, partner_no,
        case when pg_temp.chance(d.d, 150) < 0.5 and exists (select from bp_address a where a.partner_no = o.partner_no and a.address_no = 2) then 2 else 1 end,
        case when pg_temp.chance(d.d, 151) < 0.92 then pg_temp.pick(array['DHLF', 'SCHNK', 'GWEISS', 'GWEISS', 'DACHS', 'DSV', 'LKWW', 'UPS', 'DPD', 'POST', 'RAILCA', 'KUEHNE', 'PICKUP'], d.d, 152) end,
        country || lpad(pg_temp.between(1, 40, d.d, 153)::text, 3, '0'), pg_temp.pick(array['DAP', 'EXW', 'FCA', 'DAP'], d.s, 145), d.planned,
        case when left_on is not null and pg_temp.chance(d.d, 154) < 0.7 then '00340' || (100000000000 + d.d::bigint * 7919) end,
        pg_temp.between(5, 900, d.d, 155), case when left_on is null and not is_cancelled and pg_temp.chance(d.d, 156) < 0.02 then '01' end,
        case when is_cancelled then least(d.planned - 2, pg_temp.base() - 1) end,
        created_on, pg_temp.pick(array['HOFERM', 'GRUBERA', 'NOVAKP', 'STEINERL', 'KOVACSE'], d.d, 157),
        pg_temp.moment(coalesce(left_on, created_on), d.d, 158)
      from seed_delivery d join seed_order o using (s)
        cross join lateral (select least(greatest(order_day + 1, d.planned - 21), pg_temp.base() - 1) as created_on) c
      where d.s between $1::int and $2::int`,
  },
  {
    what: 'delivery items',
    series: orders,
    rows: lines,
    sql: /* sql */ `
      insert into delivery_item (delivery_no, item_no, sales_order_no, sales_item_no, schedule_no, material_no, location_code, delivery_qty, uom_code, movement_no, batch_no, net_weight, volume, changed_at)
      select d.delivery_no, t.item_no, t.order_no, t.item_no, lpad(d.part::text, 4, '0'), t.material_no, pg_temp.plant(q) || case when t.material_no < pg_temp.no(${100000 + finished}) then '-FG' else '-SP' end,
        ${partQuantity('t.order_qty', 'd.part')}, t.uom_code, 4900000000 + k, case when k % 3 = 0 then 'C' || lpad((k % 1000000)::text, 7, '0') end,
        round((t.order_qty * (0.4 + 30 * pg_temp.chance(k, 160)))::numeric, 3), round((t.order_qty * 0.004)::numeric, 3), pg_temp.moment(least(d.planned - 21, pg_temp.base() - 1), k, 161)
      from seed_delivery d join seed_order o using (s, o) join sales_item t on t.order_no = o.order_no
        cross join lateral (select d.d::bigint * 8 + t.item_no::int / 10 as k) k
      where s between $1::int and $2::int and ${ofOrders('t.order_no')} and t.item_no <= pg_temp.item(o.lines)`,
  },
  {
    what: 'delivery statuses',
    series: orders,
    rows: lines,
    sql: /* sql */ `
      insert into delivery_status (delivery_no, item_no, picking_status, packing_status, goods_issue_status, billing_status, goods_issue_date, changed_at)
      select d.delivery_no, i.item_no,
        case when has_left or stage >= 2 then 'C' when stage = 1 and pg_temp.chance(k, 170) < 0.5 then 'C' when stage = 1 and pg_temp.chance(k, 170) < 0.7 then 'B' else 'A' end,
        case when has_left or stage = 3 then 'C' else 'A' end, case when has_left then 'C' else 'A' end,
        case when pg_temp.workday(left_on + 1) < pg_temp.base() then 'C' else 'A' end, gone_on, pg_temp.moment(coalesce(gone_on, least(d.planned - 2, pg_temp.base() - 1)), k, 171)
      from seed_delivery d join delivery_item i using (delivery_no)
        cross join lateral (select d.d::bigint * 8 + i.item_no::int / 10 as k,
          case when left_on is not null then left_on when is_partly_left and i.item_no = '000010' then d.planned end as gone_on) k
        cross join lateral (select gone_on is not null as has_left) h
      where d.s between $1::int and $2::int and ${ofDeliveries('i.delivery_no')}`,
  },
];

const invoiceSteps = ({ orders, lines }: SeedSize): Step[] => [
  {
    what: 'invoice items',
    series: orders,
    rows: lines * 0.92,
    sql: /* sql */ `
      insert into invoice_item (document_no, item_no, material_no, quantity, uom_code, net_price, price_unit, sales_order_no, sales_item_no, changed_at)
      select pg_temp.no(90000000 + d.d), i.item_no, i.material_no, i.delivery_qty, i.uom_code, t.net_price, t.price_unit, t.order_no, t.item_no, pg_temp.moment(left_on + 1, d.d, 180)
      from seed_delivery d join delivery_item i using (delivery_no) join sales_item t on t.order_no = i.sales_order_no and t.item_no = i.sales_item_no
      where d.s between $1::int and $2::int and pg_temp.workday(left_on + 1) < pg_temp.base()
        and ${ofDeliveries('i.delivery_no')} and ${ofOrders('t.order_no')}
      union all
      -- A credit note for one item in a while.
      select pg_temp.no(95000000 + d.d), i.item_no, i.material_no, -1, i.uom_code, t.net_price, t.price_unit, t.order_no, t.item_no, pg_temp.moment(left_on + 12, d.d, 181)
      from seed_delivery d join delivery_item i using (delivery_no) join sales_item t on t.order_no = i.sales_order_no and t.item_no = i.sales_item_no
      where d.s between $1::int and $2::int and left_on <= pg_temp.base() - 20 and d.d % 211 = 0 and i.item_no = '000010'
        and ${ofDeliveries('i.delivery_no')} and ${ofOrders('t.order_no')}`,
  },
  {
    what: 'invoices',
    series: orders,
    rows: orders,
    sql: /* sql */ `
      insert into invoice_header (document_no, invoice_type, company_code, invoice_number, partner_no, invoice_date, due_date, currency_code, tax_amount,
        status_code, created_on, changed_at)
      select document_no, kind, '1000', case when status in ('O', 'P', 'X') then date_part('year', dated)::text || '-' || right(document_no, 8) end,
        o.partner_no, case when status <> 'D' then dated end, dated + 30, o.currency, round(case o.country when 'AT' then 0.2 else 0 end * net, 2), status, dated,
        pg_temp.moment(case when status = 'P' then paid_on else dated end, d.d, 190)
      from seed_delivery d join seed_order o using (s)
        cross join lateral (values ('RV', pg_temp.no(90000000 + d.d), pg_temp.workday(d.left_on + 1)), ('CR', pg_temp.no(95000000 + d.d), pg_temp.workday(d.left_on + 12))) v (kind, document_no, dated)
        cross join lateral (select sum(quantity * net_price / price_unit) as net from invoice_item t where t.document_no = v.document_no) t
        cross join lateral (select v.dated + 30 + pg_temp.between(-12, 25, d.d, 191) as paid_on) p
        cross join lateral (select case when pg_temp.chance(d.d, 192) < 0.004 then 'X' when paid_on < pg_temp.base() then 'P'
          when dated >= pg_temp.base() - 3 then pg_temp.pick(array['D', 'V', 'O', 'O'], d.d, 193) else 'O' end as status) f
      where d.s between $1::int and $2::int and left_on is not null and (kind = 'RV' or d.d % 211 = 0) and net is not null`,
  },
];

export const salesSteps = (size: SeedSize): Step[] => [
  {
    what: 'orders',
    rows: 0,
    sql: /* sql */ `
      ${deliveryOfOrder};
      create temp table seed_order (
        s int primary key, o int, order_no text, partner_no text, country text, currency text, rate double precision, discount double precision,
        q int, lines int, order_day date, planned_day date, state text) on commit drop;
      create temp table seed_delivery (
        d int primary key, delivery_no text, s int, o int, part int, planned date, is_cancelled boolean, is_partly_left boolean, left_on date, stage int)
        on commit drop`,
  },
  ...workingTables(size),
  ...orderSteps(size),
  { what: 'statistics', rows: size.customers, sql: 'analyze bp_address' },
  ...deliverySteps(size),
  {
    what: 'statistics',
    rows: size.lines / 50,
    sql: 'analyze delivery_header; analyze delivery_item; analyze delivery_status',
  },
  ...invoiceSteps(size),
];
