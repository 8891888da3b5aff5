-- An index for every link between tables that no primary key begins with, for measuring the ERP's own joins at their best.
-- Links between documents are indexed too, though they are not declared.

create index on country (currency_code);
create index on company_code (country_code);
create index on company_code (currency_code);
create index on plant (company_code);
create index on plant (country_code);
create index on storage_location (plant_code);

create index on bp_address (country_code);
create index on customer_company (company_code);
create index on customer_company (payment_term);
create index on vendor_company (company_code);
create index on vendor_company (payment_term);
create index on carrier (partner_no);

create index on material (base_uom);
create index on material_plant (plant_code);
create index on material_plant (location_code);
create index on material_valuation (company_code);
create index on sales_price (company_code);
create index on vendor_material (material_no);

create index on sales_header (company_code);
create index on sales_header (sold_to);
create index on sales_header (plant_code);
create index on sales_header (currency_code);
create index on sales_header (payment_term);
create index on sales_item (material_no);
create index on sales_item (uom_code);

create index on delivery_header (plant_code);
create index on delivery_header (sold_to);
create index on delivery_header (ship_to, ship_to_address);
create index on delivery_header (carrier_code);
create index on delivery_item (sales_order_no, sales_item_no, schedule_no);
create index on delivery_item (material_no);
create index on delivery_item (location_code);
create index on delivery_item (uom_code);
create index on delivery_item (movement_no);

create index on purchase_header (company_code);
create index on purchase_header (vendor_no);
create index on purchase_header (plant_code);
create index on purchase_header (currency_code);
create index on purchase_header (payment_term);
create index on purchase_item (material_no);
create index on purchase_item (location_code);
create index on purchase_item (uom_code);
create index on inbound_header (vendor_no);
create index on inbound_header (plant_code);
create index on inbound_header (carrier_code);
create index on inbound_item (purchase_no, purchase_item_no);
create index on inbound_item (material_no);
create index on inbound_item (uom_code);
create index on inbound_item (movement_no);

create index on work_center (plant_code);
create index on work_center (parent_work_center);
create index on work_center (cost_center);
create index on bom_header (material_no);
create index on bom_header (uom_code);
create index on bom_item (component_no);
create index on bom_item (uom_code);
create index on routing_header (material_no);
create index on routing_header (plant_code);
create index on routing_operation (work_center);
create index on production_header (material_no);
create index on production_header (plant_code);
create index on production_header (uom_code);
create index on production_header (bom_no, bom_alternative);
create index on production_header (routing_no);
create index on production_header (sales_order_no, sales_item_no);
create index on production_item (material_no);
create index on production_item (location_code);
create index on production_item (uom_code);
create index on production_item (movement_no);
create index on production_component (material_no);
create index on production_component (location_code);
create index on production_component (uom_code);
create index on production_component (movement_no);
create index on production_operation (work_center);

create index on stock_movement (material_no);
create index on stock_movement (from_location);
create index on stock_movement (to_location);
create index on stock_movement (uom_code);
create index on stock_movement (reference_no, reference_item);

create index on invoice_header (company_code);
create index on invoice_header (partner_no);
create index on invoice_header (currency_code);
create index on invoice_item (material_no);
create index on invoice_item (uom_code);
create index on invoice_item (sales_order_no, sales_item_no);
create index on invoice_item (purchase_no, purchase_item_no);

create index on cost_center (plant_code);
create index on period_cost (plant_code);
create index on period_cost (cost_center);
create index on period_cost (cost_element);
