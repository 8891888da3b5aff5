-- What a report over the ERP's own tables has to ask for 50 delayed shipments of one plant, the oldest first: the
-- gateway's answer, field by field. $1 plant, $2 today.
select i.delivery_no || ':' || i.item_no as id, i.delivery_no as shipment_number, late.planned_date::text,
  $2::date - late.planned_date as days_late, p.name1 as customer_name, address.city, plant.name as plant_name,
  carrier.name as carrier_name, i.sales_order_no as order_number,
  coalesce(text.short_text, m.article_no, m.material_no) as product_name, i.delivery_qty::text as quantity,
  coalesce(unit_text.symbol, unit.uom_code) as unit
from delivery_item i
join delivery_header h on h.delivery_no = i.delivery_no and h.cancelled_on is null
join plant on plant.plant_code = h.plant_code and plant.company_code = '1000'
join business_partner p on p.partner_no = h.sold_to
join material m on m.material_no = i.material_no
join uom unit on unit.uom_code = i.uom_code
left join delivery_status st on st.delivery_no = i.delivery_no and st.item_no = i.item_no
left join sales_schedule c on c.order_no = i.sales_order_no and c.item_no = i.sales_item_no
  and c.schedule_no = i.schedule_no
left join bp_address address on address.partner_no = h.ship_to and address.address_no = h.ship_to_address
left join carrier on carrier.carrier_code = h.carrier_code
left join material_text text on text.material_no = i.material_no and text.language_code = 'EN'
left join uom_text unit_text on unit_text.uom_code = i.uom_code and unit_text.language_code = 'EN'
cross join lateral (select coalesce(c.confirmed_date, h.planned_gi_date, h.created_on) as planned_date) late
where h.plant_code = $1 and st.goods_issue_status is distinct from 'C' and late.planned_date < $2::date
order by late.planned_date, i.delivery_no, i.item_no
limit 50
