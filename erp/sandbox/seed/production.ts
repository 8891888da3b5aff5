/**
 * Two years of production orders and a month of planned ones, in quantities that cover what was shipped:
 * first the products for sale, then the semi-finished parts these consume.
 */
import type { SeedSize } from './size.ts';
import type { Step } from './step.ts';

const movementColumns = `movement_no, movement_type, status_code, material_no, from_location, to_location, quantity, uom_code, planned_date, posting_date,
        fiscal_period, reference_type, reference_no, reference_item, created_on, created_by, changed_at`;

const workingTables = ({ productionOrders, finished, sellable, made }: SeedSize): Step[] => [
  {
    what: 'production orders',
    series: productionOrders,
    rows: productionOrders,
    sql: /* sql */ `
      insert into seed_production
      select p, pg_temp.no(6000000 + p), j, j % 5, is_semi, start_day, end_day, case
          when pg_temp.chance(p, 300) < 0.012 then 'DLFL'
          when start_day > pg_temp.base() + 14 then 'PLND' when start_day > pg_temp.base() + 6 then 'CRTD'
          when start_day > pg_temp.base() then pg_temp.pick(array['REL', 'MACM'], p, 301)
          when end_day >= pg_temp.base() then pg_temp.pick(array['PCNF', 'PCNF', 'MACM'], p, 302)
          when end_day > pg_temp.base() - 25 and pg_temp.chance(p, 303) < 0.2 then pg_temp.pick(array['PCNF', 'MACM', 'REL'], p, 304)
          else 'TECO' end
      from generate_series($1::int, $2::int) p
        cross join lateral (select p % 6 = 0 as is_semi) a
        cross join lateral (select case when is_semi then ${sellable} + p / 6 % ${made - sellable} when p % 2 = 1 then (p::bigint * 617 % ${finished})::int
          else floor(power(pg_temp.chance(p, 305), 1.7) * ${finished})::int end as j) b
        cross join lateral (select pg_temp.workday(pg_temp.base() - 730 + floor(760 * p / ${productionOrders + 1}.0)::int) as start_day) c
        cross join lateral (select pg_temp.workday(start_day + 2 + pg_temp.between(0, 9, p, 306)) as end_day) d`,
  },
  {
    what: 'statistics',
    rows: productionOrders / 10,
    sql: 'create index on seed_production (j); analyze seed_production; analyze bom_item; analyze routing_operation; analyze stock_movement',
  },
  {
    // Made to order where an order of the last months asks for the same product.
    what: 'orders made for a customer',
    rows: productionOrders / 4,
    sql: /* sql */ `
      insert into seed_made_for
      select p, order_no, item_no
      from (select p, j, row_number() over (partition by j order by p desc) as n from seed_production
          where end_day > pg_temp.base() - 60 and not is_semi and pg_temp.chance(p, 307) < 0.6) p
        join (select t.order_no, t.item_no, t.material_no::int - 100000 as j, row_number() over (partition by t.material_no order by t.order_no desc) as n
          from seed_order o join sales_item t using (order_no) where o.order_day > pg_temp.base() - 150 and state in ('delivered', 'A') and t.material_no < '0000900000') s
        using (j, n)`,
  },
];

/** `isSemi` says which half is made; `demand` is SQL for what is needed of each material in total. */
const orderSteps = ({ productionOrders }: SeedSize, isSemi: boolean, demand: string): Step[] => {
  const orders = Math.ceil(productionOrders / (isSemi ? 6 : 1.2));
  return [
    {
      what: isSemi ? 'semi-finished parts' : 'production',
      rows: 2 * orders,
      sql: /* sql */ `
        with demand as (${demand}), share as (
          select j, count(*) filter (where status <> 'DLFL') as orders from seed_production where is_semi = ${isSemi} group by j
        ), planned as (
          select p.*, greatest(ceil(coalesce(demand.quantity, 0) / greatest(share.orders, 1) * (0.9 + 0.25 * pg_temp.chance(p.p, 310))::numeric), 5) as quantity,
            pg_temp.no(100000 + p.j) as material_no
          from seed_production p join share using (j) left join demand on demand.material_no = pg_temp.no(100000 + p.j)
          where is_semi = ${isSemi}
        ), heads as (
          insert into production_header (production_no, material_no, plant_code, order_qty, uom_code, bom_no, bom_alternative, routing_no, sales_order_no, sales_item_no, reference,
            planned_start, planned_end, actual_start, actual_end, status_code, planner, created_on, changed_at)
          select production_no, material_no, pg_temp.plant(q), quantity, 'ST', pg_temp.no(20000 + j), 1, pg_temp.no(30000 + j), f.order_no, f.item_no,
            case when pg_temp.chance(p, 308) < 0.08 then pg_temp.pick(array['Trial lot', 'Rush order', 'For the fair', 'Rework'], p, 309) end,
            start_day, end_day, case when status in ('PCNF', 'TECO') then start_day end, ended_on, status, pg_temp.pick(array['STEINERL', 'MAIERJ', 'SVOBODAK'], p, 311),
            least(start_day - 12, pg_temp.base() - 1), pg_temp.moment(coalesce(ended_on, start_day - 12), p, 312)
          from planned left join seed_made_for f using (p)
            cross join lateral (select case when status = 'TECO' then least(end_day + pg_temp.between(-1, 2, p, 313), pg_temp.base() - 1) end as ended_on) e
        )
        insert into production_item (production_no, item_no, material_no, location_code, planned_qty, received_qty, uom_code, last_receipt, movement_no, changed_at)
        select production_no, '0001', material_no, pg_temp.plant(q) || ${isSemi ? "'-RM'" : "'-FG'"}, quantity,
          case status when 'TECO' then quantity when 'PCNF' then floor(quantity * pg_temp.chance(p, 314)::numeric * 0.6) else 0 end, 'ST',
          case status when 'TECO' then least(end_day, pg_temp.base() - 1) when 'PCNF' then pg_temp.base() - 1 end,
          case status when 'TECO' then 5100000000 when 'PLND' then null else 5100000001 end + p::bigint * 8 + 2, pg_temp.moment(end_day, p, 315)
        from planned
        union all
        select production_no, '0002', pg_temp.no(900201), pg_temp.plant(q) || '-RM', round(quantity * 0.15, 3), case status when 'TECO' then round(quantity * 0.15, 3) else 0 end, 'KG',
          case status when 'TECO' then least(end_day, pg_temp.base() - 1) end,
          case status when 'TECO' then 5100000000 when 'PLND' then null else 5100000001 end + p::bigint * 8 + 4, pg_temp.moment(end_day, p, 315)
        from planned where ${isSemi}`,
    },
    {
      what: 'production components',
      rows: 4.5 * orders,
      sql: /* sql */ `
        insert into production_component (production_no, item_no, material_no, location_code, required_qty, withdrawn_qty, uom_code, required_on, last_withdrawal, movement_no, changed_at)
        select production_no, b.item_no, b.component_no, pg_temp.plant(q) || '-RM', required, case when is_withdrawn then required else 0 end, b.uom_code, start_day,
          case when is_withdrawn then least(start_day, pg_temp.base() - 1) end,
          case when status <> 'PLND' then 4800000000 + p::bigint * 16 + b.item_no::int / 10 end, pg_temp.moment(start_day, p, 320)
        from seed_production p join production_header h using (production_no) join bom_item b on b.bom_no = h.bom_no and b.alternative = 1
          cross join lateral (select h.order_qty * b.component_qty * (1 + coalesce(b.scrap_percent, 0) / 100) as exact) e
          cross join lateral (select case b.uom_code when 'ST' then ceil(exact) else round(exact, 3) end as required,
            status = 'TECO' or status = 'PCNF' and b.item_no <= '0020' as is_withdrawn) r
        where is_semi = ${isSemi}`,
    },
  ];
};

const reportSteps = ({ productionOrders }: SeedSize): Step[] => [
  {
    what: 'statistics',
    rows: productionOrders / 10,
    sql: 'analyze production_header; analyze production_item; analyze production_component',
  },
  {
    what: 'production operations',
    series: productionOrders,
    rows: 2.6 * productionOrders,
    sql: /* sql */ `
      insert into production_operation (production_no, operation_no, operation_code, work_center, setup_minutes, run_minutes, status_code, changed_at)
      select production_no, r.operation_no, r.operation_code, case when status not in ('PLND', 'CRTD') or pg_temp.chance(p, 329) < 0.7 then r.work_center end,
        r.setup_minutes, r.run_minutes,
        case status when 'TECO' then 'CNF' when 'PCNF' then case r.operation_no when '0010' then pg_temp.pick(array['CNF', 'STRT'], p, 330) when '0020' then 'REL' else 'REL' end
          when 'REL' then 'REL' when 'MACM' then 'REL' else 'CRTD' end,
        pg_temp.moment(end_day, p, 331)
      from seed_production join routing_operation r on r.routing_no = pg_temp.no(30000 + j)
      where p between $1::int and $2::int`,
  },
  {
    what: 'production reports',
    series: productionOrders,
    rows: 3.5 * productionOrders,
    sql: /* sql */ `
      insert into production_confirmation (production_no, operation_no, confirmation_no, status_code, yield_qty, scrap_qty, minutes, person, posted_on, changed_at)
      select production_no, o.operation_no, c, case when o.status_code = 'STRT' and c = cycles then 'S' when pg_temp.chance(k, 340) < 0.01 then 'X' else 'D' end,
        round(h.order_qty / cycles, 0), case when pg_temp.chance(k, 341) < 0.12 then 1 else 0 end,
        round((o.setup_minutes / cycles + o.run_minutes * sqrt(h.order_qty) * (0.8 + 0.5 * pg_temp.chance(k, 342)) / cycles)::numeric, 1),
        pg_temp.pick(array['NOVAKP', 'SVOBODAK', 'NAGYZ', 'KOVACSE', 'BAUERS'], k, 343), posted_on, pg_temp.moment(posted_on, k, 344)
      from seed_production p join production_header h using (production_no) join production_operation o using (production_no)
        cross join lateral (select 1 + pg_temp.between(0, 2, p.p, 345) as cycles) n cross join generate_series(1, cycles) c
        cross join lateral (select p.p::bigint * 64 + o.operation_no::int / 10 * 8 + c as k, least(start_day + c, pg_temp.base() - 1) as posted_on) d
      where p.p between $1::int and $2::int and o.status_code in ('CNF', 'STRT')`,
  },
  {
    what: 'consumption',
    series: productionOrders,
    rows: 4.5 * productionOrders,
    sql: /* sql */ `
      insert into stock_movement (${movementColumns})
      select c.movement_no, '261', case when status = 'DLFL' then 'X' when last_withdrawal is not null then 'D' when status in ('MACM', 'PCNF') then 'R' else 'P' end,
        c.material_no, c.location_code, left(c.location_code, 4) || '-PF', required_qty, uom_code, required_on, last_withdrawal,
        pg_temp.period(coalesce(last_withdrawal, required_on)), 'PR', production_no, c.item_no, least(start_day - 12, pg_temp.base() - 1), 'MAIERJ', c.changed_at
      from seed_production p join production_component c using (production_no)
      where p.p between $1::int and $2::int and status <> 'PLND'`,
  },
  {
    what: 'goods from production',
    series: productionOrders,
    rows: 1.6 * productionOrders,
    sql: /* sql */ `
      insert into stock_movement (${movementColumns})
      select 5100000000 + p.p::bigint * 8 + i.item_no::int * 2 + open, '131', case when status = 'DLFL' then 'X' when open = 0 then 'D' else 'P' end,
        i.material_no, left(i.location_code, 4) || '-PF', i.location_code, quantity, uom_code, end_day, case when open = 0 then i.last_receipt end,
        pg_temp.period(case when open = 0 then i.last_receipt else end_day end), 'PR', production_no, i.item_no, least(start_day - 12, pg_temp.base() - 1), 'MAIERJ', i.changed_at
      from seed_production p join production_item i using (production_no)
        cross join lateral (values (0, received_qty), (1, planned_qty - received_qty)) m (open, quantity)
      where p.p between $1::int and $2::int and quantity > 0 and status <> 'PLND'`,
  },
];

export const productionSteps = (size: SeedSize): Step[] => [
  {
    what: 'production',
    rows: 0,
    sql: /* sql */ `
      create temp table seed_production (
        p int primary key, production_no text, j int, q int, is_semi boolean, start_day date, end_day date, status text) on commit drop;
      create temp table seed_made_for (p int primary key, order_no text, item_no text) on commit drop`,
  },
  ...workingTables(size),
  ...orderSteps(
    size,
    false,
    `select material_no, sum(quantity) as quantity from stock_movement where movement_type = '601' and status_code <> 'X' group by 1`,
  ),
  ...orderSteps(size, true, 'select material_no, sum(required_qty) as quantity from production_component group by 1'),
  ...reportSteps(size),
];
