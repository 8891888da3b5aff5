/** Two years of purchase orders, in quantities that cover what was consumed and resold, and what came of them. */
import type { SeedSize } from './size.ts';
import type { Step } from './step.ts';

export const purchasingSteps = ({ purchaseOrders, suppliers, finished, sellable, made }: SeedSize): Step[] => [
  {
    what: 'purchase orders',
    rows: 0,
    sql: /* sql */ `
      create temp table seed_purchase (
        n int primary key, purchase_no text, inbound_no text, vendor_no text, v int, q int, order_day date, planned date, arrived_on date, state text) on commit drop;
      create temp table seed_purchase_item (n int, i int, j int, material_no text, quantity numeric, primary key (n, i)) on commit drop`,
  },
  {
    what: 'purchase orders',
    series: purchaseOrders,
    rows: purchaseOrders,
    sql: /* sql */ `
      insert into seed_purchase
      select n, pg_temp.no(45000000 + n), pg_temp.no(18000000 + n), pg_temp.no(300000 + v), v, pg_temp.between(0, 4, n, 400), order_day, planned,
        case when state = 'B' and planned < pg_temp.base() and not (planned > pg_temp.base() - 30 and pg_temp.chance(n, 401) < 0.12)
          then least(pg_temp.workday(planned + pg_temp.between(-2, 4, n, 402)), pg_temp.base() - 1) end, state
      from generate_series($1::int, $2::int) n
        cross join lateral (select 1 + floor(${suppliers} * pg_temp.chance(n, 403))::int as v, pg_temp.workday(pg_temp.base() - 730 + floor(730 * n / ${purchaseOrders + 1}.0)::int) as order_day) a
        join vendor_company c on c.partner_no = pg_temp.no(300000 + v)
        cross join lateral (select pg_temp.workday(order_day + lead_days) as planned) b
        cross join lateral (select case when order_day > pg_temp.base() - 4 then pg_temp.pick(array['D', 'Q', 'A'], n, 404) when pg_temp.chance(n, 405) < 0.025 then 'X'
          when planned > pg_temp.base() + 21 then 'A' else 'B' end as state) d`,
  },
  {
    what: 'purchase orders',
    rows: 3 * purchaseOrders,
    sql: /* sql */ `
      analyze seed_purchase;
      with item as (
        select n, i, k, case when k < ${sellable - finished} then ${finished} + k else ${made - sellable + finished} + k end as j
        from seed_purchase cross join generate_series(1, 1 + n % 5) i cross join lateral (select v - 1 + ${suppliers} * ((pg_temp.between(0, 7, n, 410) + i) % 8) as k) k
      ), needed as (
        select material_no, sum(required_qty) as quantity from production_component group by 1
        union all
        select material_no, sum(quantity) from stock_movement where movement_type = '601' and status_code <> 'X' group by 1
      ), times as (
        select j, count(*) as times from item group by j
      )
      insert into seed_purchase_item
      select n, i, j, p.material_no, greatest(ceil(coalesce(needed.quantity, 0) / times * (0.85 + 0.35 * pg_temp.chance(n * 8 + i, 411))::numeric / 10) * 10, 20)
      from item join times using (j) join seed_product p using (j) left join needed using (material_no);
      analyze seed_purchase_item`,
  },
  {
    what: 'purchase items',
    series: purchaseOrders,
    rows: 3 * purchaseOrders,
    sql: /* sql */ `
      insert into purchase_item (purchase_no, item_no, material_no, location_code, order_qty, received_qty, uom_code, net_price, price_unit, planned_date, delivery_complete, changed_at)
      select purchase_no, pg_temp.item(i), t.material_no, pg_temp.plant(q) || case p.type when 'ROH' then '-RM' else '-SP' end, quantity,
        case when arrived_on is null then 0 when is_partial then floor(quantity * 0.6) else quantity end, p.uom,
        round((p.price * case p.type when 'HAWA' then 0.55 else 1 end * (0.95 + 0.1 * pg_temp.chance(k, 420)) * unit)::numeric, 2), unit,
        case when state <> 'D' then planned end, case when arrived_on is not null and not is_partial then 'X' end, pg_temp.moment(coalesce(arrived_on, order_day), k, 421)
      from seed_purchase join seed_purchase_item t using (n) join seed_product p using (j)
        cross join lateral (select n::bigint * 8 + i as k, case when p.price < 2 then 100 else 1 end as unit) k
        cross join lateral (select arrived_on > pg_temp.base() - 60 and pg_temp.chance(k, 422) < 0.05 as is_partial) a
      where n between $1::int and $2::int`,
  },
  {
    what: 'purchase heads',
    series: purchaseOrders,
    rows: purchaseOrders,
    sql: /* sql */ `
      insert into purchase_header (purchase_no, company_code, vendor_no, plant_code, vendor_reference, order_date, requested_date, currency_code, payment_term, tax_amount,
        status_code, delivery_status, billing_status, buyer, created_on, changed_at)
      select purchase_no, '1000', vendor_no, pg_temp.plant(q), case when pg_temp.chance(n, 430) < 0.6 and state in ('A', 'B') then 'AB' || pg_temp.between(100000, 999999, n, 431) end,
        case when state <> 'D' then order_day end, case when pg_temp.chance(n, 432) < 0.8 then planned end, 'EUR', pg_temp.pick(array['N030', 'N060', 'D030'], n, 433),
        case when state in ('A', 'B') then round(0.2 * net, 2) end, case when is_paid and is_complete then 'C' when state = 'A' and order_day < pg_temp.base() - 4 then 'B' else state end,
        case when state = 'B' and is_complete then 'C' when state = 'B' or state = 'A' and order_day < pg_temp.base() - 4 then 'A' end,
        case when pg_temp.workday(arrived_on + 3) < pg_temp.base() then case when is_paid then 'C' else 'A' end end,
        pg_temp.pick(array['WAGNERT', 'MAIERJ'], n, 434), order_day, pg_temp.moment(coalesce(arrived_on, order_day), n, 435)
      from seed_purchase
        cross join lateral (select sum(order_qty * net_price / price_unit) as net, bool_and(delivery_complete is not null) as is_complete from purchase_item t
          where t.purchase_no = seed_purchase.purchase_no) t
        cross join lateral (select coalesce(arrived_on + 45 < pg_temp.base(), false) as is_paid) p
      where n between $1::int and $2::int`,
  },
  {
    what: 'incoming shipments',
    series: purchaseOrders,
    rows: 4 * purchaseOrders,
    sql: /* sql */ `
      with inbound as (
        select * from seed_purchase where n between $1::int and $2::int and state = 'B'
      ), heads as (
        insert into inbound_header (inbound_no, vendor_no, plant_code, carrier_code, vendor_delivery_note, planned_date, arrived_on, status_code, created_on, changed_at)
        select inbound_no, vendor_no, pg_temp.plant(q), case when pg_temp.chance(n, 440) < 0.5 then pg_temp.pick(array['DHLF', 'SCHNK', 'GWEISS', 'DSV', 'LKWW'], n, 441) end,
          case when arrived_on is not null then 'LS' || pg_temp.between(10000, 99999, n, 442) end, planned, arrived_on,
          case when arrived_on is null then '10' when arrived_on = pg_temp.base() - 1 and pg_temp.chance(n, 443) < 0.5 then '20' else '30' end,
          least(order_day + 2, pg_temp.base() - 1), pg_temp.moment(coalesce(arrived_on, order_day + 2), n, 444)
        from inbound
      ), movements as (
        insert into stock_movement (movement_no, movement_type, status_code, material_no, from_location, to_location, quantity, uom_code, planned_date, posting_date,
          fiscal_period, reference_type, reference_no, reference_item, created_on, created_by, changed_at)
        select 5000000000 + n::bigint * 8 + item_no::int / 10, '101', case when arrived_on is null then 'P' else 'D' end, t.material_no, 'VEND', t.location_code,
          case when arrived_on is null then order_qty else received_qty end, t.uom_code, planned, arrived_on, pg_temp.period(coalesce(arrived_on, planned)), 'IB', inbound_no, item_no,
          least(order_day + 2, pg_temp.base() - 1), 'WAGNERT', t.changed_at
        from inbound join purchase_item t using (purchase_no)
      )
      insert into inbound_item (inbound_no, item_no, purchase_no, purchase_item_no, material_no, inbound_qty, uom_code, movement_no, changed_at)
      select inbound_no, item_no, purchase_no, item_no, material_no, case when arrived_on is null then order_qty else received_qty end, uom_code,
        5000000000 + n::bigint * 8 + item_no::int / 10, changed_at
      from inbound join purchase_item using (purchase_no)`,
  },
  {
    what: 'invoices of suppliers',
    series: purchaseOrders,
    rows: 4 * purchaseOrders,
    sql: /* sql */ `
      with billed as (
        select *, pg_temp.no(51000000 + n) as document_no, pg_temp.workday(arrived_on + 3) as dated from seed_purchase
        where n between $1::int and $2::int and pg_temp.workday(arrived_on + 3) < pg_temp.base()
      ), items as (
        insert into invoice_item (document_no, item_no, material_no, quantity, uom_code, net_price, price_unit, purchase_no, purchase_item_no, changed_at)
        select document_no, item_no, material_no, received_qty, uom_code, net_price, price_unit, purchase_no, item_no, pg_temp.moment(dated, n, 450)
        from billed join purchase_item using (purchase_no)
      )
      insert into invoice_header (document_no, invoice_type, company_code, invoice_number, partner_no, partner_reference, invoice_date, due_date, currency_code, tax_amount,
        status_code, created_on, changed_at)
      select document_no, 'RE', '1000', case when status in ('O', 'P') then date_part('year', dated)::text || '-' || right(document_no, 8) end, vendor_no,
        'R' || pg_temp.between(10000, 99999, n, 451), dated, dated + 30, 'EUR', round(0.2 * net, 2), status, dated, pg_temp.moment(dated, n, 450)
      from billed
        cross join lateral (select sum(received_qty * net_price / price_unit) as net from purchase_item t where t.purchase_no = billed.purchase_no) t
        cross join lateral (select case when arrived_on + 45 < pg_temp.base() then 'P' when dated >= pg_temp.base() - 3 then pg_temp.pick(array['D', 'V', 'O'], n, 452) else 'O' end as status) s`,
  },
];
