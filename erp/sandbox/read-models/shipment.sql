-- @key id
-- @base delivery_header
-- @from delivery_header         select unnest($1::text[])
-- @from read.shipment_progress  select unnest($1::text[])
-- @from business_partner        select delivery_no from erp.delivery_header where sold_to = any($1)
-- @from bp_address              select h.delivery_no from unnest($1::text[], $2::smallint[]) k(partner_no, address_no)
--   join erp.delivery_header h on h.ship_to = k.partner_no and h.ship_to_address = k.address_no
-- @from plant                   select delivery_no from erp.delivery_header where plant_code = any($1)
-- @from carrier                 select delivery_no from erp.delivery_header where carrier_code = any($1)
select h.delivery_no as id, h.delivery_no as number, progress.status, progress.status_code,
  h.planned_gi_date as planned_date, progress.shipped_date,
  coalesce(progress.shipped_date, h.planned_gi_date, h.created_on) as shipping_date,
  progress.order_id, progress.order_id as order_number, h.sold_to as customer_id, p.partner_no as customer_code,
  p.name1 as customer_name, address.street, address.postal_code, address.city, address.country_code,
  plant.plant_code, plant.name as plant_name, carrier.name as carrier_name, progress.line_count,
  h.changed_at as updated_at
from erp.delivery_header h
join read.shipment_progress progress on progress.id = h.delivery_no
join erp.business_partner p on p.partner_no = h.sold_to
join erp.plant plant on plant.plant_code = h.plant_code and plant.company_code = :company
left join erp.bp_address address on address.partner_no = h.ship_to and address.address_no = h.ship_to_address
left join erp.carrier carrier on carrier.carrier_code = h.carrier_code
