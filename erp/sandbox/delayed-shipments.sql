-- What somebody asks the ERP's own database for the delayed shipment lines of a plant: twelve fields from thirteen tables.
-- $1 plant, $2 today, $3 how many. Held against the read model by a test, and in speed by a benchmark.
select i.delivery_no as shipment_number, coalesce(c.confirmed_date, h.planned_gi_date, h.created_on) as planned_date,
  $2::date - coalesce(c.confirmed_date, h.planned_gi_date, h.created_on) as days_late,
  p.name1 as customer_name, address.city, carrier.name as carrier_name, s.order_no as order_number,
  m.article_no as product_code, t.short_text as product_name, i.delivery_qty as quantity, u.symbol as unit,
  round(i.delivery_qty * o.net_price / o.price_unit, 2) as net_amount
from delivery_item i
join delivery_header h on h.delivery_no = i.delivery_no
join delivery_status st on st.delivery_no = i.delivery_no and st.item_no = i.item_no
join plant on plant.plant_code = h.plant_code and plant.company_code = '1000'
join business_partner p on p.partner_no = h.sold_to
join material m on m.material_no = i.material_no
join material_text t on t.material_no = m.material_no and t.language_code = 'EN'
join uom_text u on u.uom_code = i.uom_code and u.language_code = 'EN'
left join bp_address address on address.partner_no = h.ship_to and address.address_no = h.ship_to_address
left join carrier on carrier.carrier_code = h.carrier_code
left join sales_header s on s.order_no = i.sales_order_no
left join sales_item o on o.order_no = i.sales_order_no and o.item_no = i.sales_item_no
left join sales_schedule c on c.order_no = i.sales_order_no and c.item_no = i.sales_item_no
  and c.schedule_no = i.schedule_no
where st.goods_issue_status <> 'C' and h.cancelled_on is null and h.plant_code = $1
  and coalesce(c.confirmed_date, h.planned_gi_date, h.created_on) < $2::date
order by planned_date, i.delivery_no, i.item_no
limit $3
