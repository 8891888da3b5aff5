/** Orders come in, are picked, leave, and are billed; some are changed, given up or were a mistake. */
import { again, anyCustomer, anyOf, anyProduct, near, no, recent, type TransactionKind, thisPeriod } from './kind.ts';

const plants = ['1010', '1010', '1020', '1020', '1030', '2010', '2020'];
const clerks = ['HOFERM', 'GRUBERA', 'NOVAKP', 'STEINERL', 'KOVACSE'];
const carriers = ['DHLF', 'SCHNK', 'GWEISS', 'DACHS', 'DSV', 'LKWW', 'UPS', 'DPD', 'POST', 'RAILCA'];

const openItem = (random: string, where: string) =>
  near({
    table: 'delivery_status',
    key: 'delivery_no, item_no',
    from: recent('delivery', 0.22, random),
    where: `goods_issue_status <> 'C' and ${where}`,
  });

const newOrder: TransactionKind = {
  name: 'order',
  share: 90,
  random: 5,
  sql: /* sql */ `
    with head as (
      insert into sales_header (order_no, order_type, company_code, sold_to, plant_code, customer_reference, order_date, requested_date,
        currency_code, payment_term, incoterm, status_code, sales_rep, created_on)
      select ${no(`nextval('number_sales_order')`)}, 'OR', '1000', ${anyCustomer('$1::float8')}, ${anyOf(plants, '$2::float8')},
        'PO ' || (10000 + floor($3::float8 * 90000))::int, current_date, current_date + 10 + floor($4::float8 * 60)::int, 'EUR', 'N030', 'DAP',
        case when $5::float8 < 0.95 then 'A' else 'D' end, ${anyOf(clerks, '$2::float8')}, current_date
      returning *
    ), item as (
      insert into sales_item (order_no, item_no, material_no, order_qty, uom_code, net_price)
      select order_no, lpad((i * 10)::text, 6, '0'), p.material_no, 1 + floor(power(${again('$4', 7)}, 3) * 15), 'ST', round(p.amount * 0.93, 2)
      from head cross join generate_series(1, case when $5 < 0.7 then 1 else 2 end) i
      join sales_price p on p.price_list = '01' and p.company_code = '1000'
        and p.material_no = case i when 1 then ${anyProduct('$3')} else ${anyProduct(again('$3', 31))} end
      returning *
    ), schedule as (
      insert into sales_schedule (order_no, item_no, schedule_no, requested_date, confirmed_date, schedule_qty)
      select order_no, item_no, '0001', requested_date, requested_date, order_qty from item join head using (order_no)
    )
    select order_no as document from head`,
};

/** The oldest accepted order that nobody has begun to deliver. */
const newDelivery: TransactionKind = {
  name: 'delivery',
  share: 95,
  random: 2,
  sql: /* sql */ `
    with chosen as (
      select t.* from sales_header t
      where t.order_no > (select ${no('last_value - 2000')} from number_sales_order) and t.status_code = 'A' and t.plant_code is not null
      order by t.order_no limit 1 for update skip locked
    ), taken as (
      update sales_header s set status_code = 'B', delivery_status = 'A', tax_amount = 0 from chosen c where s.order_no = c.order_no
      returning s.*
    ), head as (
      insert into delivery_header (delivery_no, plant_code, sold_to, ship_to, ship_to_address, carrier_code, route, incoterm, planned_gi_date, created_on, created_by)
      select ${no(`nextval('number_delivery')`)}, plant_code, sold_to, sold_to, 1, case when $1::float8 < 0.92 then ${anyOf(carriers, again('$1', 17))} end,
        'AT001', 'DAP', requested_date, current_date, ${anyOf(clerks, '$2::float8')}
      from taken where requested_date is not null
      returning *
    ), item as (
      insert into delivery_item (delivery_no, item_no, sales_order_no, sales_item_no, schedule_no, material_no, location_code, delivery_qty, uom_code, movement_no)
      select h.delivery_no, i.item_no, i.order_no, i.item_no, '0001', i.material_no,
        h.plant_code || case m.material_type when 'FERT' then '-FG' else '-SP' end, i.order_qty, i.uom_code, nextval('number_goods_issue')
      from head h cross join taken t join sales_item i using (order_no) join material m using (material_no)
      where m.material_type <> 'DIEN'
      returning *
    ), status as (
      insert into delivery_status (delivery_no, item_no, picking_status, packing_status, goods_issue_status, billing_status)
      select delivery_no, item_no, 'A', 'A', 'A', 'A' from item
    ), movement as (
      insert into stock_movement (movement_no, movement_type, status_code, material_no, from_location, to_location, quantity, uom_code, planned_date,
        fiscal_period, reference_type, reference_no, reference_item, created_on, created_by)
      select i.movement_no, '601', 'P', i.material_no, i.location_code, 'CUST', i.delivery_qty, i.uom_code, h.planned_gi_date, ${thisPeriod}, 'DL', i.delivery_no, i.item_no,
        current_date, h.created_by
      from item i join head h using (delivery_no)
    )
    select coalesce((select delivery_no from head), (select order_no from taken)) as document from taken`,
};

const pick: TransactionKind = {
  name: 'pick',
  share: 150,
  random: 2,
  sql: /* sql */ `
    with chosen as (${openItem('$1::float8', `picking_status <> 'C'`)}),
    picked as (
      update delivery_status s set picking_status = case when c.picking_status = 'A' and $2::float8 < 0.2 then 'B' else 'C' end
      from chosen c where s.delivery_no = c.delivery_no and s.item_no = c.item_no
      returning s.*
    ), reserved as (
      update stock_movement m set status_code = 'R' from picked p join delivery_item i using (delivery_no, item_no)
      where m.movement_no = i.movement_no and m.status_code = 'P'
    )
    select delivery_no as document from picked`,
};

const pack: TransactionKind = {
  name: 'pack',
  share: 60,
  random: 1,
  sql: /* sql */ `
    with chosen as (${openItem('$1::float8', `picking_status = 'C' and packing_status <> 'C'`)})
    update delivery_status s set packing_status = 'C' from chosen c where s.delivery_no = c.delivery_no and s.item_no = c.item_no
    returning s.delivery_no as document`,
};

/** What was picked leaves. An order of a single item is then delivered. */
const goodsIssue: TransactionKind = {
  name: 'goods issue',
  share: 130,
  random: 1,
  sql: /* sql */ `
    with chosen as (${openItem('$1::float8', `picking_status = 'C'`)}),
    gone as (
      update delivery_status s set packing_status = 'C', goods_issue_status = 'C', goods_issue_date = current_date
      from chosen c where s.delivery_no = c.delivery_no and s.item_no = c.item_no
      returning s.*
    ), posted as (
      update stock_movement m set status_code = 'D', posting_date = current_date, fiscal_period = ${thisPeriod}
      from gone g join delivery_item i using (delivery_no, item_no) where m.movement_no = i.movement_no
    ), delivered as (
      update sales_header h set delivery_status = 'C' from gone g join delivery_item i using (delivery_no, item_no)
      where h.order_no = i.sales_order_no and h.delivery_status = 'A'
        and (select count(*) from sales_item o where o.order_no = h.order_no) = 1
    )
    select delivery_no as document from gone`,
};

const bill: TransactionKind = {
  name: 'invoice',
  share: 70,
  random: 1,
  sql: /* sql */ `
    with chosen as (${near({
      table: 'delivery_status',
      key: 'delivery_no, item_no',
      from: recent('delivery', 0.22, '$1::float8'),
      where: `goods_issue_status = 'C' and billing_status = 'A'`,
    })}),
    billed as (
      update delivery_status s set billing_status = 'C' from chosen c where s.delivery_no = c.delivery_no and s.item_no = c.item_no returning s.*
    ), line as (
      select b.delivery_no, ${no(`nextval('number_invoice')`)} as document_no, i.material_no, i.delivery_qty, i.uom_code, o.net_price, o.price_unit, o.order_no, o.item_no,
        h.sold_to, h.currency_code
      from billed b join delivery_item i using (delivery_no, item_no) join sales_item o on o.order_no = i.sales_order_no and o.item_no = i.sales_item_no
      join sales_header h on h.order_no = i.sales_order_no
    ), head as (
      insert into invoice_header (document_no, invoice_type, company_code, invoice_number, partner_no, invoice_date, due_date, currency_code, status_code, created_on)
      select document_no, 'RV', '1000', date_part('year', current_date)::text || '-' || right(document_no, 8), sold_to, current_date, current_date + 30, currency_code, 'O', current_date
      from line
    ), item as (
      insert into invoice_item (document_no, item_no, material_no, quantity, uom_code, net_price, price_unit, sales_order_no, sales_item_no)
      select document_no, '000010', material_no, delivery_qty, uom_code, net_price, price_unit, order_no, item_no from line
    ), ordered as (
      update sales_header h set billing_status = 'A' from line l where h.order_no = l.order_no and h.billing_status is null
    )
    select document_no as document from line`,
};

const pay: TransactionKind = {
  name: 'payment',
  share: 60,
  random: 1,
  sql: /* sql */ `
    with chosen as (${near({ table: 'invoice_header', key: 'document_no', from: recent('invoice', 0.12, '$1::float8'), where: `status_code = 'O'` })})
    update invoice_header h set status_code = 'P' from chosen c where h.document_no = c.document_no
    returning h.document_no as document`,
};

const changeQuantity: TransactionKind = {
  name: 'order correction',
  share: 30,
  random: 2,
  sql: /* sql */ `
    with chosen as (${near({ table: 'sales_item', key: 'order_no, item_no', from: recent('sales_order', 0.1, '$1::float8'), where: `rejection_reason is null` })})
    update sales_item i set order_qty = greatest(1, i.order_qty + case when $2::float8 < 0.5 then -1 else 2 end)
    from chosen c where i.order_no = c.order_no and i.item_no = c.item_no
    returning i.order_no as document`,
};

/** A line that has not left is promised for another day. */
const promiseAnew: TransactionKind = {
  name: 'new date',
  share: 30,
  random: 2,
  sql: /* sql */ `
    with chosen as (${openItem('$1::float8', `picking_status = 'A'`)})
    update sales_schedule s set confirmed_date = s.confirmed_date + 1 + floor($2::float8 * 10)::int
    from chosen c join delivery_item i using (delivery_no, item_no)
    where s.order_no = i.sales_order_no and s.item_no = i.sales_item_no and s.schedule_no = i.schedule_no
    returning s.order_no as document`,
};

const otherProduct: TransactionKind = {
  name: 'other product',
  share: 12,
  random: 2,
  sql: /* sql */ `
    with chosen as (${openItem('$1::float8', `picking_status = 'A'`)}),
    product as (select ${anyProduct('$2::float8')} as material_no),
    moved as (
      update delivery_item i set material_no = p.material_no from chosen c cross join product p where i.delivery_no = c.delivery_no and i.item_no = c.item_no
      returning i.*
    ), movement as (
      update stock_movement m set material_no = i.material_no from moved i where m.movement_no = i.movement_no
    ), ordered as (
      update sales_item o set material_no = i.material_no from moved i where o.order_no = i.sales_order_no and o.item_no = i.sales_item_no
    )
    select delivery_no as document from moved`,
};

const otherCarrier: TransactionKind = {
  name: 'other carrier',
  share: 12,
  random: 2,
  sql: /* sql */ `
    with chosen as (${openItem('$1::float8', 'true')})
    update delivery_header h set carrier_code = case when $2::float8 < 0.9 then ${anyOf(carriers, again('$2', 13))} end
    from chosen c where h.delivery_no = c.delivery_no
    returning h.delivery_no as document`,
};

const cancelOrder: TransactionKind = {
  name: 'order cancelled',
  share: 6,
  random: 1,
  sql: /* sql */ `
    with chosen as (${near({ table: 'sales_header', key: 'order_no', from: recent('sales_order', 0.01, '$1::float8'), where: `status_code in ('A', 'D', 'Q')` })}),
    item as (
      update sales_item i set rejection_reason = '10' from chosen c where i.order_no = c.order_no
    )
    update sales_header h set status_code = 'X' from chosen c where h.order_no = c.order_no
    returning h.order_no as document`,
};

const cancelDelivery: TransactionKind = {
  name: 'delivery cancelled',
  share: 6,
  random: 1,
  sql: /* sql */ `
    with chosen as (${openItem('$1::float8', `picking_status = 'A'`)}),
    head as (
      update delivery_header h set cancelled_on = current_date from chosen c
      where h.delivery_no = c.delivery_no and h.cancelled_on is null
        and not exists (select from delivery_status s where s.delivery_no = c.delivery_no and s.picking_status <> 'A')
      returning h.*
    ), movement as (
      update stock_movement m set status_code = 'X' from head h join delivery_item i using (delivery_no) where m.movement_no = i.movement_no
    )
    select delivery_no as document from head`,
};

/** A delivery made by mistake is deleted with everything that hangs on it. */
const deleteDelivery: TransactionKind = {
  name: 'delivery deleted',
  share: 12,
  random: 1,
  sql: /* sql */ `
    with chosen as (${openItem('$1::float8', `picking_status = 'A'`)}),
    head as (
      delete from delivery_header h using chosen c where h.delivery_no = c.delivery_no
        and not exists (select from delivery_status s where s.delivery_no = c.delivery_no and s.picking_status <> 'A')
      returning h.*
    ), item as (
      delete from delivery_item i using head h where i.delivery_no = h.delivery_no returning i.*
    ), status as (
      delete from delivery_status s using head h where s.delivery_no = h.delivery_no
    ), movement as (
      delete from stock_movement m using item i where m.movement_no = i.movement_no
    )
    select delivery_no as document from head`,
};

const deleteDraft: TransactionKind = {
  name: 'draft deleted',
  share: 4,
  random: 1,
  sql: /* sql */ `
    with chosen as (${near({ table: 'sales_header', key: 'order_no', from: recent('sales_order', 0.01, '$1::float8'), where: `status_code = 'D'` })}),
    head as (
      delete from sales_header h using chosen c where h.order_no = c.order_no returning h.order_no
    ), item as (
      delete from sales_item i using head h where i.order_no = h.order_no
    ), schedule as (
      delete from sales_schedule s using head h where s.order_no = h.order_no
    )
    select order_no as document from head`,
};

export const salesKinds: readonly TransactionKind[] = [
  newOrder,
  newDelivery,
  pick,
  pack,
  goodsIssue,
  bill,
  pay,
  changeQuantity,
  promiseAnew,
  otherProduct,
  otherCarrier,
  cancelOrder,
  cancelDelivery,
  deleteDelivery,
  deleteDraft,
];
