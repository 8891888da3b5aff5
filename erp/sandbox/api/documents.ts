/**
 * What can be written through the API: documents, and changes of documents. Each is one statement: it is there whole or not
 * at all, and the ERP's working day goes on with it like with any other.
 */
import { z } from 'zod';
import { no, thisPeriod } from '../traffic/kind.ts';

const code = z.string().min(1).max(10);
const location = z.string().min(1).max(8);
const quantity = z
  .string()
  .regex(/^(?!0*(\.0*)?$)\d{1,10}(\.\d{1,3})?$/, 'must be a positive number as a string, e.g. "12.500"');
const day = z.iso.date();
const reference = z.string().min(1).max(80).optional();

export interface DocumentKind {
  /** What is sent, in the order of the statement's values. */
  readonly schema: z.ZodObject<z.ZodRawShape>;
  readonly values: readonly string[];
  /** Answers with number and version of the document's head, or with no row when `missing` holds. */
  readonly sql: string;
  /** Why no document came of it. */
  readonly missing: string;
}

const productionOrder: DocumentKind = {
  schema: z.strictObject({
    material_no: code,
    plant_code: code,
    quantity,
    planned_start: day,
    planned_end: day,
    external_reference: reference,
  }),
  values: ['material_no', 'plant_code', 'quantity', 'planned_start', 'planned_end'],
  missing: 'The material has no bill of materials, or no routing.',
  sql: /* sql */ `
    with recipe as (
      select b.bom_no, b.alternative, b.uom_code, r.routing_no
      from (select * from bom_header where material_no = $1 order by bom_no, alternative limit 1) b
      cross join (select * from routing_header where material_no = $1 order by plant_code = $2 desc, routing_no limit 1) r
    ), head as (
      insert into production_header (production_no, material_no, plant_code, order_qty, uom_code, bom_no, bom_alternative, routing_no, planned_start, planned_end, status_code, planner, created_on)
      select ${no(`nextval('number_production')`)}, $1, $2, $3::numeric, uom_code, bom_no, alternative, routing_no, $4::date, $5::date, 'PLND', 'API', current_date from recipe
      returning *
    ), item as (
      insert into production_item (production_no, item_no, material_no, location_code, planned_qty, uom_code)
      select production_no, '0001', h.material_no, h.plant_code || case m.material_type when 'FERT' then '-FG' else '-RM' end, order_qty, h.uom_code from head h join material m using (material_no)
    ), component as (
      insert into production_component (production_no, item_no, material_no, location_code, required_qty, uom_code, required_on)
      select production_no, b.item_no, b.component_no, plant_code || '-RM', round(order_qty * b.component_qty * (1 + coalesce(b.scrap_percent, 0) / 100), 3), b.uom_code, planned_start
      from head h join bom_item b on b.bom_no = h.bom_no and b.alternative = h.bom_alternative
    ), operation as (
      insert into production_operation (production_no, operation_no, operation_code, work_center, setup_minutes, run_minutes, status_code)
      select production_no, r.operation_no, r.operation_code, r.work_center, r.setup_minutes, r.run_minutes, 'CRTD' from head join routing_operation r using (routing_no)
    )
    select production_no as number, row_version::text as version from head`,
};

const NOT_BEGUN = `status_code in ('PLND', 'CRTD', 'REL', 'MACM')`;

/** Its materials are needed, and its movements planned, on other days. */
const productionRescheduling: DocumentKind = {
  schema: z.strictObject({ production_no: code, planned_start: day, planned_end: day, external_reference: reference }),
  values: ['production_no', 'planned_start', 'planned_end'],
  missing: 'There is no such production order that has not begun.',
  sql: /* sql */ `
    with head as (
      update production_header set planned_start = $2::date, planned_end = $3::date where production_no = $1 and ${NOT_BEGUN}
      returning *
    ), component as (
      update production_component c set required_on = h.planned_start from head h where c.production_no = h.production_no
    ), movement as (
      update stock_movement m set planned_date = case m.movement_type when '131' then h.planned_end else h.planned_start end
      from head h where m.reference_type = 'PR' and m.reference_no = h.production_no and m.status_code in ('P', 'R')
    )
    select production_no as number, row_version::text as version from head`,
};

const productionCancellation: DocumentKind = {
  schema: z.strictObject({ production_no: code, external_reference: reference }),
  values: ['production_no'],
  missing: 'There is no such production order that has not begun.',
  sql: /* sql */ `
    with head as (
      update production_header set status_code = 'DLFL' where production_no = $1 and ${NOT_BEGUN}
      returning *
    ), movement as (
      update stock_movement m set status_code = 'X' from head h
      where m.reference_type = 'PR' and m.reference_no = h.production_no and m.status_code in ('P', 'R')
    )
    select production_no as number, row_version::text as version from head`,
};

/** Delivers all of an order that was accepted and that nobody has begun to deliver. */
const shipment: DocumentKind = {
  schema: z.strictObject({ sales_order_no: code, planned_date: day, external_reference: reference }),
  values: ['sales_order_no', 'planned_date'],
  missing: 'There is no such order that is accepted, has a plant, and is not being delivered yet.',
  sql: /* sql */ `
    with taken as (
      update sales_header set status_code = 'B', delivery_status = 'A' where order_no = $1 and status_code = 'A' and plant_code is not null
      returning *
    ), head as (
      insert into delivery_header (delivery_no, plant_code, sold_to, ship_to, ship_to_address, route, incoterm, planned_gi_date, created_on, created_by)
      select ${no(`nextval('number_delivery')`)}, plant_code, sold_to, sold_to, 1, 'AT001', 'DAP', $2::date, current_date, 'API' from taken
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
    select delivery_no as number, row_version::text as version from head`,
};

const stockTransfer: DocumentKind = {
  schema: z.strictObject({
    material_no: code,
    from_location: location,
    to_location: location,
    quantity,
    planned_date: day,
    external_reference: reference,
  }),
  values: ['material_no', 'from_location', 'to_location', 'quantity', 'planned_date'],
  missing: 'There is no such material.',
  sql: /* sql */ `
    insert into stock_movement (movement_no, movement_type, status_code, material_no, from_location, to_location, quantity, uom_code, planned_date, fiscal_period,
      reference_type, reference_no, reference_item, created_on, created_by)
    select number, '311', 'P', material_no, $2, $3, $4::numeric, base_uom, $5::date, ${thisPeriod}, 'TR', ${no('number - 4880000000')}, '000010', current_date, 'API'
    from (select nextval('number_transfer') as number, m.* from material m where m.material_no = $1) m
    returning movement_no::text as number, row_version::text as version`,
};

const purchaseOrder: DocumentKind = {
  schema: z.strictObject({
    vendor_no: code,
    plant_code: code,
    material_no: code,
    quantity,
    planned_date: day,
    external_reference: reference,
  }),
  values: ['vendor_no', 'plant_code', 'material_no', 'quantity', 'planned_date'],
  missing: 'The supplier does not offer this material, or there is no such plant.',
  sql: /* sql */ `
    with offer as (
      select v.*, m.base_uom, c.payment_term, p.company_code from vendor_material v
      join material m using (material_no) join vendor_company c using (partner_no) join plant p on p.plant_code = $2
      where v.partner_no = $1 and v.material_no = $3 and v.blocked is null
      order by c.company_code = p.company_code desc limit 1
    ), head as (
      insert into purchase_header (purchase_no, company_code, vendor_no, plant_code, order_date, requested_date, currency_code, payment_term, tax_amount, status_code, buyer, created_on)
      select ${no(`nextval('number_purchase')`)}, company_code, partner_no, $2, current_date, $5::date, 'EUR', payment_term, 0, 'A', 'API', current_date from offer
      returning *
    ), item as (
      insert into purchase_item (purchase_no, item_no, material_no, location_code, order_qty, uom_code, net_price, planned_date)
      select purchase_no, '000010', material_no, $2 || '-RM', $4::numeric, base_uom, net_price, requested_date from head cross join offer
    )
    select purchase_no as number, row_version::text as version from head`,
};

/** By their addresses. */
export const documentKinds: ReadonlyMap<string, DocumentKind> = new Map([
  ['production-orders', productionOrder],
  ['production-order-reschedulings', productionRescheduling],
  ['production-order-cancellations', productionCancellation],
  ['shipments', shipment],
  ['stock-transfers', stockTransfer],
  ['purchase-orders', purchaseOrder],
]);
