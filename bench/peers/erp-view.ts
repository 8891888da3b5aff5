/**
 * The delayed shipments as they stand in the ERP's own tables, in a view that PostGraphile is shown under the same names
 * as the read model: what somebody gets who has no read model. The view joins what `erp/sandbox/delayed-shipments.sql` joins.
 */
import type { Database } from '../databases.ts';
import { PEER_SCHEMA } from './views.ts';

export async function erpView({ pool }: Database): Promise<void> {
  await pool.query(`create schema ${PEER_SCHEMA}`);
  await pool.query(/* sql */ `
    create view ${PEER_SCHEMA}.delayed_shipment as
    select i.delivery_no as shipment_id, i.item_no, i.delivery_no as shipment_number,
      coalesce(c.confirmed_date, h.planned_gi_date, h.created_on) as planned_date, p.name1 as customer_name,
      address.city, plant.plant_code, plant.name as plant_name, carrier.name as carrier_name,
      i.sales_order_no as order_number, t.short_text as product_name, i.delivery_qty as quantity, u.symbol as unit
    from delivery_item i
    join delivery_header h on h.delivery_no = i.delivery_no and h.cancelled_on is null
    join plant on plant.plant_code = h.plant_code and plant.company_code = '1000'
    join business_partner p on p.partner_no = h.sold_to
    join material m on m.material_no = i.material_no
    join material_text t on t.material_no = m.material_no and t.language_code = 'EN'
    join uom_text u on u.uom_code = i.uom_code and u.language_code = 'EN'
    left join delivery_status st on st.delivery_no = i.delivery_no and st.item_no = i.item_no
    left join bp_address address on address.partner_no = h.ship_to and address.address_no = h.ship_to_address
    left join carrier on carrier.carrier_code = h.carrier_code
    left join sales_schedule c on c.order_no = i.sales_order_no and c.item_no = i.sales_item_no
      and c.schedule_no = i.schedule_no
    where st.goods_issue_status is distinct from 'C'`);
  await pool.query(`comment on view ${PEER_SCHEMA}.delayed_shipment is '@primaryKey shipment_id,item_no'`);
}
