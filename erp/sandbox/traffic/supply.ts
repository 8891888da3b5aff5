/** Material is ordered and arrives, production is released, reported and finished, stock is moved and counted. */
import { again, anyProduct, near, no, recent, type TransactionKind, thisPeriod } from './kind.ts';

const people = `(array['NOVAKP', 'SVOBODAK', 'NAGYZ', 'KOVACSE', 'BAUERS'])`;

const newPurchase: TransactionKind = {
  name: 'purchase order',
  share: 30,
  random: 3,
  sql: /* sql */ `
    with offer as (
      select v.partner_no, v.material_no, v.net_price, m.base_uom, c.lead_days, (array['1010', '1020', '1030', '2010', '2020'])[1 + floor($2::float8 * 5)::int] as plant_code
      from (select * from vendor_material
        where partner_no >= ${no(`300001 + floor($1::float8 * ((select max(partner_no) from vendor_material)::int - 300000))`)} order by partner_no, material_no limit 1) v
      join material m using (material_no) join vendor_company c using (partner_no)
    ), head as (
      insert into purchase_header (purchase_no, company_code, vendor_no, plant_code, order_date, requested_date, currency_code, payment_term, tax_amount, status_code, delivery_status,
        buyer, created_on)
      select ${no(`nextval('number_purchase')`)}, '1000', partner_no, plant_code, current_date, current_date + lead_days, 'EUR', 'N030', 0, 'B', 'A', 'WAGNERT', current_date from offer
      returning *
    ), item as (
      insert into purchase_item (purchase_no, item_no, material_no, location_code, order_qty, uom_code, net_price, planned_date)
      select purchase_no, '000010', material_no, o.plant_code || '-RM', 10 * (1 + floor($3::float8 * 40)), base_uom, net_price, requested_date from head cross join offer o
      returning *
    ), inbound as (
      insert into inbound_header (inbound_no, vendor_no, plant_code, planned_date, status_code, created_on)
      select ${no(`nextval('number_inbound')`)}, vendor_no, plant_code, requested_date, '10', current_date from head
      returning *
    ), inbound_line as (
      insert into inbound_item (inbound_no, item_no, purchase_no, purchase_item_no, material_no, inbound_qty, uom_code, movement_no)
      select inbound_no, '000010', purchase_no, item_no, material_no, order_qty, uom_code, nextval('number_goods_receipt') from inbound cross join item
      returning *
    ), movement as (
      insert into stock_movement (movement_no, movement_type, status_code, material_no, from_location, to_location, quantity, uom_code, planned_date, fiscal_period,
        reference_type, reference_no, reference_item, created_on, created_by)
      select movement_no, '101', 'P', l.material_no, 'VEND', i.location_code, l.inbound_qty, l.uom_code, i.planned_date, ${thisPeriod}, 'IB', l.inbound_no, l.item_no, current_date, 'WAGNERT'
      from inbound_line l cross join item i
    )
    select purchase_no as document from head`,
};

const arrival: TransactionKind = {
  name: 'arrival',
  share: 30,
  random: 1,
  sql: /* sql */ `
    with chosen as (${near({ table: 'inbound_header', key: 'inbound_no', from: recent('inbound', 0.08, '$1::float8'), where: `status_code = '10'` })})
    update inbound_header h set status_code = '20', arrived_on = current_date, vendor_delivery_note = 'LS' || right(h.inbound_no, 5)
    from chosen c where h.inbound_no = c.inbound_no
    returning h.inbound_no as document`,
};

/** One item after the other is put away; with the last the shipment is done. */
const putAway: TransactionKind = {
  name: 'receipt',
  share: 75,
  random: 1,
  sql: /* sql */ `
    with chosen as (${near({ table: 'inbound_header', key: 'inbound_no', from: recent('inbound', 0.08, '$1::float8'), where: `status_code = '20'` })}),
    waiting as (
      select i.*, row_number() over (order by i.item_no) as n, count(*) over () as count
      from chosen c join inbound_item i using (inbound_no) join stock_movement m using (movement_no) where m.status_code <> 'D'
    ), posted as (
      update stock_movement m set status_code = 'D', posting_date = current_date, fiscal_period = ${thisPeriod} from waiting w where w.n = 1 and m.movement_no = w.movement_no
    ), received as (
      update purchase_item i set received_qty = i.received_qty + w.inbound_qty, delivery_complete = 'X' from waiting w
      where w.n = 1 and i.purchase_no = w.purchase_no and i.item_no = w.purchase_item_no
    ), done as (
      update inbound_header h set status_code = '30' from chosen c
      where h.inbound_no = c.inbound_no and (select coalesce(max(count), 0) from waiting) <= 1
    )
    select inbound_no as document from chosen`,
};

const billedBySupplier: TransactionKind = {
  name: 'invoice of a supplier',
  share: 15,
  random: 1,
  sql: /* sql */ `
    with chosen as (${near({ table: 'purchase_header', key: 'purchase_no', from: recent('purchase', 0.1, '$1::float8'), where: `status_code = 'B' and billing_status is null` })}),
    head as (
      insert into invoice_header (document_no, invoice_type, company_code, partner_no, partner_reference, invoice_date, due_date, currency_code, status_code, created_on)
      select ${no(`nextval('number_vendor_invoice')`)}, 'RE', '1000', vendor_no, 'R' || right(purchase_no, 5), current_date, current_date + 30, currency_code, 'V', current_date from chosen
      returning *
    ), item as (
      insert into invoice_item (document_no, item_no, material_no, quantity, uom_code, net_price, price_unit, purchase_no, purchase_item_no)
      select document_no, i.item_no, i.material_no, i.order_qty, i.uom_code, i.net_price, i.price_unit, i.purchase_no, i.item_no
      from head cross join chosen c join purchase_item i using (purchase_no)
    ), ordered as (
      update purchase_header h set billing_status = 'A' from chosen c where h.purchase_no = c.purchase_no
    )
    select document_no as document from head`,
};

const runningOrder = (random: string, where: string, share = 0.1) =>
  near({ table: 'production_header', key: 'production_no', from: recent('production', share, random), where });

const newProduction: TransactionKind = {
  name: 'production order',
  share: 8,
  random: 3,
  sql: /* sql */ `
    with recipe as (
      select h.bom_no, h.alternative, h.material_no, r.routing_no, r.plant_code, 5 + floor($2::float8 * 40) as quantity
      from (select * from bom_header where bom_no >= ${no('20000 + floor($1::float8 * ((select max(bom_no) from bom_header)::int - 20000))')} and alternative = 1 order by bom_no limit 1) h
      join routing_header r on r.routing_no = ${no('h.bom_no::int + 10000')}
    ), head as (
      insert into production_header (production_no, material_no, plant_code, order_qty, uom_code, bom_no, bom_alternative, routing_no, planned_start, planned_end, status_code, planner, created_on)
      select ${no(`nextval('number_production')`)}, material_no, plant_code, quantity, 'ST', bom_no, alternative, routing_no,
        current_date + 8 + floor($3::float8 * 10)::int, current_date + 12 + floor($3 * 10)::int, 'PLND', 'STEINERL', current_date from recipe
      returning *
    ), item as (
      insert into production_item (production_no, item_no, material_no, location_code, planned_qty, uom_code)
      select production_no, '0001', h.material_no, h.plant_code || case m.material_type when 'FERT' then '-FG' else '-RM' end, order_qty, h.uom_code from head h join material m using (material_no)
    ), component as (
      insert into production_component (production_no, item_no, material_no, location_code, required_qty, uom_code, required_on)
      select production_no, b.item_no, b.component_no, plant_code || '-RM', order_qty * b.component_qty, b.uom_code, planned_start
      from head h join bom_item b on b.bom_no = h.bom_no and b.alternative = h.bom_alternative
    ), operation as (
      insert into production_operation (production_no, operation_no, operation_code, work_center, setup_minutes, run_minutes, status_code)
      select production_no, r.operation_no, r.operation_code, r.work_center, r.setup_minutes, r.run_minutes, 'CRTD' from head join routing_operation r using (routing_no)
    )
    select production_no as document from head`,
};

/** Proposed, created, released, material committed: one step at a time. What was only proposed now moves stock. */
const nextStep: TransactionKind = {
  name: 'production step',
  share: 30,
  random: 1,
  sql: /* sql */ `
    with chosen as (${runningOrder('$1::float8', `status_code in ('PLND', 'CRTD', 'REL')`, 0.06)}),
    head as (
      update production_header h set status_code = case c.status_code when 'PLND' then 'CRTD' when 'CRTD' then 'REL' else 'MACM' end
      from chosen c where h.production_no = c.production_no
      returning h.*
    ), operation as (
      update production_operation o set status_code = 'REL' from head h where o.production_no = h.production_no and h.status_code = 'REL'
    ), component as (
      update production_component p set movement_no = nextval('number_goods_issue') from head h
      where p.production_no = h.production_no and h.status_code = 'CRTD' and p.movement_no is null
      returning p.*
    ), item as (
      update production_item p set movement_no = nextval('number_goods_receipt') from head h
      where p.production_no = h.production_no and h.status_code = 'CRTD' and p.movement_no is null
      returning p.*
    ), movement as (
      insert into stock_movement (movement_no, movement_type, status_code, material_no, from_location, to_location, quantity, uom_code, planned_date, fiscal_period, reference_type, reference_no,
        reference_item, created_on, created_by)
      select movement_no, '261', 'P', p.material_no, location_code, h.plant_code || '-PF', required_qty, p.uom_code, required_on, ${thisPeriod}, 'PR', production_no, item_no, current_date, 'MAIERJ'
      from component p join head h using (production_no)
      union all
      select movement_no, '131', 'P', p.material_no, h.plant_code || '-PF', location_code, planned_qty, p.uom_code, h.planned_end, ${thisPeriod}, 'PR', production_no, item_no, current_date, 'MAIERJ'
      from item p join head h using (production_no)
    )
    select production_no as document from head`,
};

/** The next operation is reported, in one go or in two. */
const report: TransactionKind = {
  name: 'production report',
  share: 70,
  random: 2,
  sql: /* sql */ `
    with chosen as (${runningOrder('$1::float8', `status_code in ('REL', 'MACM', 'PCNF')`)}),
    next as (
      select o.* from chosen c join production_operation o using (production_no) where o.status_code <> 'CNF' order by o.operation_no limit 1
    ), reported as (
      insert into production_confirmation (production_no, operation_no, confirmation_no, status_code, yield_qty, minutes, person, posted_on)
      select n.production_no, n.operation_no,
        (select coalesce(max(confirmation_no), 0) + 1 from production_confirmation f where f.production_no = n.production_no and f.operation_no = n.operation_no),
        'D', 1 + floor($2::float8 * 20), round((5 + $2 * 90)::numeric, 1), ${people}[1 + floor($2 * 5)::int], current_date
      from next n
    ), operation as (
      update production_operation o set status_code = case when n.status_code = 'STRT' or $2 < 0.5 then 'CNF' else 'STRT' end
      from next n where o.production_no = n.production_no and o.operation_no = n.operation_no
    ), head as (
      update production_header h set status_code = 'PCNF', actual_start = coalesce(h.actual_start, current_date) from next n
      where h.production_no = n.production_no and h.status_code <> 'PCNF'
    )
    select production_no as document from next`,
};

const withdraw: TransactionKind = {
  name: 'withdrawal',
  share: 45,
  random: 1,
  sql: /* sql */ `
    with chosen as (${runningOrder('$1::float8', `status_code in ('MACM', 'PCNF')`)}),
    next as (
      select p.* from chosen c join production_component p using (production_no) where p.withdrawn_qty = 0 and p.movement_no is not null order by p.item_no limit 1
    ), withdrawn as (
      update production_component p set withdrawn_qty = p.required_qty, last_withdrawal = current_date from next n where p.production_no = n.production_no and p.item_no = n.item_no
    ), movement as (
      update stock_movement m set status_code = 'D', posting_date = current_date, fiscal_period = ${thisPeriod} from next n where m.movement_no = n.movement_no
    )
    select production_no as document from next`,
};

/** When every operation is reported, the product goes into stock. */
const finish: TransactionKind = {
  name: 'production finished',
  share: 25,
  random: 1,
  sql: /* sql */ `
    with chosen as (${runningOrder(
      '$1::float8',
      `status_code = 'PCNF' and not exists (
        select from production_operation o where o.production_no = t.production_no and o.status_code <> 'CNF')`,
    )}), head as (
      update production_header h set status_code = 'TECO', actual_end = current_date from chosen c where h.production_no = c.production_no
    ), item as (
      update production_item i set received_qty = i.planned_qty, last_receipt = current_date from chosen c where i.production_no = c.production_no returning i.*
    ), movement as (
      update stock_movement m set status_code = 'D', posting_date = current_date, fiscal_period = ${thisPeriod} from item i where m.movement_no = i.movement_no
    )
    select production_no as document from chosen`,
};

const transfer: TransactionKind = {
  name: 'transfer',
  share: 20,
  random: 3,
  sql: /* sql */ `
    insert into stock_movement (movement_no, movement_type, status_code, material_no, from_location, to_location, quantity, uom_code, planned_date, posting_date, fiscal_period,
      reference_type, reference_no, reference_item, created_on, created_by)
    select number, '311', 'D', p.material_no, p.location_code, left(p.location_code, 4) || case right(p.location_code, 2) when 'FG' then '-SP' else '-FG' end, 1 + floor($2::float8 * 9), 'ST',
      current_date, current_date, ${thisPeriod}, 'TR', ${no('number - 4880000000')}, '000010', current_date, ${people}[1 + floor($3::float8 * 5)::int]
    from (select nextval('number_transfer') as number, m.* from material_plant m where m.material_no = ${anyProduct('$1::float8')} and m.location_code is not null order by plant_code limit 1) p
    returning reference_no as document`,
};

const count: TransactionKind = {
  name: 'stock correction',
  share: 20,
  random: 2,
  sql: /* sql */ `
    insert into stock_movement (movement_no, movement_type, status_code, material_no, from_location, to_location, quantity, uom_code, planned_date, posting_date, fiscal_period, created_on, created_by)
    select nextval('number_goods_receipt'), case when $2::float8 < 0.5 then '701' else '702' end, 'D', p.material_no,
      case when $2 < 0.5 then 'DIFF' else p.location_code end, case when $2 < 0.5 then p.location_code else 'DIFF' end, 1 + floor(${again('$2', 10)} * 3), 'ST',
      current_date, current_date, ${thisPeriod}, current_date, 'BAUERS'
    from (select m.* from material_plant m where m.material_no = ${anyProduct('$1::float8')} and m.location_code is not null order by plant_code limit 1) p
    returning movement_no::text as document`,
};

const book: TransactionKind = {
  name: 'cost',
  share: 20,
  random: 2,
  sql: /* sql */ `
    with period as (
      select company_code, max(fiscal_period) as fiscal_period from period_cost where company_code = '1000' group by 1
    ), chosen as (
      select c.* from period_cost c join period using (company_code, fiscal_period)
      order by plant_code, cost_center, cost_element offset floor($1::float8 * 240) limit 1
    )
    update period_cost c set actual_amount = c.actual_amount + round(($2::float8 * 900)::numeric, 2) from chosen n
    where c.company_code = n.company_code and c.fiscal_period = n.fiscal_period and c.plant_code = n.plant_code and c.cost_center = n.cost_center and c.cost_element = n.cost_element
    returning c.cost_center as document`,
};

export const supplyKinds: readonly TransactionKind[] = [
  newPurchase,
  arrival,
  putAway,
  billedBySupplier,
  newProduction,
  nextStep,
  report,
  withdraw,
  finish,
  transfer,
  count,
  book,
];
