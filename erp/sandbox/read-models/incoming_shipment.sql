-- @key id
-- @base inbound_header
-- @from inbound_header    select unnest($1::text[])
-- @from business_partner  select inbound_no from erp.inbound_header where vendor_no = any($1)
-- @from plant             select inbound_no from erp.inbound_header where plant_code = any($1)
-- @from inbound_item      select inbound_no from unnest($1::text[], $2::text[]) k(inbound_no, item_no)
select h.inbound_no as id, h.inbound_no as number, h.vendor_delivery_note as supplier_reference,
  case h.status_code
    when '10' then 'EXPECTED' when '20' then 'RECEIVED' when '30' then 'DONE' when '90' then 'CANCELLED' end as status,
  h.status_code, h.planned_date, h.arrived_on as received_date,
  coalesce(h.arrived_on, h.planned_date, h.created_on) as arrival_date,
  item.only_order as purchase_order_id, item.only_order as purchase_order_number,
  h.vendor_no as supplier_id, p.partner_no as supplier_code, p.name1 as supplier_name,
  plant.plant_code, plant.name as plant_name, item.count as line_count, h.changed_at as updated_at
from erp.inbound_header h
join erp.business_partner p on p.partner_no = h.vendor_no
join erp.plant plant on plant.plant_code = h.plant_code and plant.company_code = :company
cross join lateral (
  select count(*)::int as count,
    case when min(i.purchase_no) = max(i.purchase_no) then min(i.purchase_no) end as only_order
  from erp.inbound_item i where i.inbound_no = h.inbound_no) item
