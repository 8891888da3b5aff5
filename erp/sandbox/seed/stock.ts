/**
 * Where the goods went: one movement for each delivered, received, consumed and made item, transfers between plants,
 * and opening stock that makes what lies there today come out right.
 *
 * Number ranges: 46… opening stock, 47… corrections, 48… consumption, 49… goods issues, 495… transfers, 50… receipts,
 * 51… production. Movements of `history` are numbered from one.
 */
import { ofDeliveries } from './sales.ts';
import type { SeedSize } from './size.ts';
import type { Step } from './step.ts';

const columns = `movement_no, movement_type, status_code, material_no, from_location, to_location, quantity, uom_code, planned_date, posting_date,
        fiscal_period, reference_type, reference_no, reference_item, batch_no, created_on, created_by, changed_at`;

export const goodsIssueSteps = ({ orders, lines }: SeedSize): Step[] => [
  {
    what: 'goods issues',
    series: orders,
    rows: lines,
    sql: /* sql */ `
      insert into stock_movement (${columns})
      select i.movement_no, '601', case when cancelled_on is not null then 'X' when goods_issue_date is not null then 'D'
          when picking_status <> 'A' or planned_gi_date < pg_temp.base() + 10 then 'R' else 'P' end,
        material_no, location_code, 'CUST', delivery_qty, uom_code, planned_gi_date, goods_issue_date, pg_temp.period(coalesce(goods_issue_date, planned_gi_date)),
        'DL', delivery_no, item_no, batch_no, created_on, created_by, s.changed_at
      from seed_delivery d join delivery_header h using (delivery_no) join delivery_item i using (delivery_no) join delivery_status s using (delivery_no, item_no)
      where d.s between $1::int and $2::int and ${ofDeliveries('i.delivery_no')} and ${ofDeliveries('s.delivery_no')}
        and ${ofDeliveries('h.delivery_no')}`,
  },
];

/** A secondary plant gets what it ships from the plant that makes it, in four transfers a year. */
export const transferSteps = ({ lines }: SeedSize): Step[] => [
  {
    what: 'transfers',
    rows: lines / 20,
    sql: /* sql */ `
      with shipped as (
        select material_no, from_location, sum(quantity) as quantity from stock_movement where movement_type = '601' and status_code <> 'X' group by 1, 2
      ), needed as (
        select s.*, p.j, home, row_number() over (order by p.j, from_location) as n
        from shipped s join seed_product p using (material_no)
          cross join lateral (select pg_temp.plant(p.j % 5) || right(from_location, 3) as home) h
        where home <> from_location
      ), planned as (
        select n.*, t, n * 8 + t as k, planned_on, planned_on < pg_temp.base() as is_done
        from needed n cross join generate_series(1, case when quantity > 40 then 8 else 2 end) t
          cross join lateral (select pg_temp.workday(pg_temp.base() - 720 + floor((t + pg_temp.chance(n.n * 8 + t, 200)) * 730 / case when quantity > 40 then 8 else 2 end)::int - 60) as planned_on) d
      )
      insert into stock_movement (${columns})
      select 4950000000 + k, '311', case when is_done then 'D' when planned_on < pg_temp.base() + 10 then 'R' else 'P' end,
        material_no, home, from_location, ceil(quantity / case when quantity > 40 then 8 else 2 end), 'ST', planned_on, case when is_done then planned_on end,
        pg_temp.period(planned_on), 'TR', pg_temp.no(70000000 + k), '000010', null, least(planned_on, pg_temp.base()) - 5, 'WAGNERT',
        pg_temp.moment(planned_on, k, 201)
      from planned`,
  },
];

export const openingStockSteps = ({ products, lines }: SeedSize): Step[] => [
  {
    what: 'stock corrections',
    rows: products / 3,
    sql: /* sql */ `
      insert into stock_movement (${columns})
      select 4700000000 + row_number() over (order by p.material_no, p.plant_code), case when is_plus then '701' else '702' end, 'D', material_no,
        case when is_plus then 'DIFF' else location_code end, case when is_plus then location_code else 'DIFF' end, pg_temp.between(1, 3, h, 210), base_uom,
        counted_on, counted_on, pg_temp.period(counted_on), null, null, null, null, counted_on, 'BAUERS', pg_temp.moment(counted_on, h, 211)
      from material_plant p join material m using (material_no)
        cross join lateral (select hashtextextended(material_no || plant_code, 0) as h) h
        cross join lateral (select pg_temp.chance(h, 212) < 0.4 as is_plus, pg_temp.workday(pg_temp.base() - pg_temp.between(4, 380, h, 213)) as counted_on) c
      where pg_temp.chance(h, 214) < 0.12`,
  },
  {
    what: 'opening stock',
    rows: 3 * products,
    sql: /* sql */ `
      with moved as (
        select material_no, location_code, sum(quantity) as quantity
        from (
          select material_no, to_location as location_code, quantity from stock_movement where status_code = 'D'
          union all
          select material_no, from_location, -quantity from stock_movement where status_code = 'D') m
        group by 1, 2
      )
      insert into stock_movement (${columns})
      select 4600000000 + row_number() over (order by p.material_no, p.plant_code), '561', 'D', p.material_no, 'DIFF', p.location_code, opening, m.base_uom,
        pg_temp.base() - 760, pg_temp.base() - 760, pg_temp.period(pg_temp.base() - 760), null, null, null, null, pg_temp.base() - 760, 'BAUERS',
        pg_temp.moment(pg_temp.base() - 760, h, 220)
      from material_plant p join material m using (material_no)
        left join moved using (material_no, location_code)
        cross join lateral (select hashtextextended(material_no || plant_code, 0) as h) h
        cross join lateral (select case when pg_temp.chance(h, 221) < 0.08 then 0 else pg_temp.between(1, case when m.material_type = 'ROH' then 900 else 45 end, h, 222) end as wanted) w
        cross join lateral (select greatest(ceil(wanted - coalesce(moved.quantity, 0)), 0) as opening) o
      where opening > 0`,
  },
  { what: 'statistics', rows: lines / 50, sql: 'analyze stock_movement' },
];

/** Only for measuring: in and out again, always the same products, one of them a hundredth of all. */
export const historySteps = ({ history: { movements, months }, sellable, finished }: SeedSize): Step[] =>
  movements === 0
    ? []
    : [
        {
          what: 'older movements',
          series: movements,
          rows: movements,
          sql: /* sql */ `
            insert into stock_movement (${columns})
            select n, case when is_in then '131' else '601' end, 'D', p.material_no,
              case when is_in then plant_code || '-PF' else location_code end, case when is_in then location_code else 'CUST' end,
              pg_temp.between(1, 9, pair, 230), p.uom, moved_on, moved_on, pg_temp.period(moved_on), null, null, null, null, moved_on, 'NAGYZ',
              pg_temp.moment(moved_on, n, 231)
            from generate_series($1::int, $2::int) n
              cross join lateral (select (n - 1) / 2 as pair, n % 2 = 1 as is_in,
                pg_temp.base() - floor((${movements} - n)::bigint * ${months} * 30.4375 / ${movements})::int - 1 as moved_on) a
              join seed_product p on p.j = case when pg_temp.chance(pair, 232) < 0.01 then 5
                else floor(${sellable} * pg_temp.chance(pair, 233))::int end
              cross join lateral (select pg_temp.plant(p.j % 5) as plant_code) c
              cross join lateral (select plant_code || case when p.j < ${finished} then '-FG' else '-SP' end as location_code) l`,
        },
      ];
