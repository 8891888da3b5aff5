-- Foreign keys: from items to their head, and from documents and assignments to master data.
--
-- What links one document to another (a delivery to its order, an invoice to both) is checked by the ERP's programs and
-- not declared, as usual: documents are archived at different times. It is why a link can point to what is gone.

alter table country add foreign key (currency_code) references currency;
alter table uom_text add foreign key (uom_code) references uom;
alter table company_code
  add foreign key (country_code) references country,
  add foreign key (currency_code) references currency;
alter table plant
  add foreign key (company_code) references company_code,
  add foreign key (country_code) references country;
alter table storage_location add foreign key (plant_code) references plant;

alter table bp_role add foreign key (partner_no) references business_partner;
alter table bp_address
  add foreign key (partner_no) references business_partner,
  add foreign key (country_code) references country;
alter table bp_contact add foreign key (partner_no) references business_partner;
alter table customer_company
  add foreign key (partner_no) references business_partner,
  add foreign key (company_code) references company_code,
  add foreign key (payment_term) references payment_term;
alter table vendor_company
  add foreign key (partner_no) references business_partner,
  add foreign key (company_code) references company_code,
  add foreign key (payment_term) references payment_term;
alter table carrier add foreign key (partner_no) references business_partner;

alter table material add foreign key (base_uom) references uom;
alter table material_text add foreign key (material_no) references material;
alter table material_plant
  add foreign key (material_no) references material,
  add foreign key (plant_code) references plant,
  add foreign key (location_code) references storage_location;
alter table material_valuation
  add foreign key (material_no) references material,
  add foreign key (company_code) references company_code;
alter table sales_price
  add foreign key (material_no) references material,
  add foreign key (company_code) references company_code;
alter table vendor_material
  add foreign key (partner_no) references business_partner,
  add foreign key (material_no) references material;

alter table sales_header
  add foreign key (company_code) references company_code,
  add foreign key (sold_to) references business_partner,
  add foreign key (plant_code) references plant,
  add foreign key (currency_code) references currency,
  add foreign key (payment_term) references payment_term;
alter table sales_item
  add foreign key (order_no) references sales_header,
  add foreign key (material_no) references material,
  add foreign key (uom_code) references uom;
alter table sales_schedule add foreign key (order_no, item_no) references sales_item;

alter table delivery_header
  add foreign key (plant_code) references plant,
  add foreign key (sold_to) references business_partner,
  add foreign key (ship_to, ship_to_address) references bp_address,
  add foreign key (carrier_code) references carrier;
alter table delivery_item
  add foreign key (delivery_no) references delivery_header,
  add foreign key (material_no) references material,
  add foreign key (location_code) references storage_location,
  add foreign key (uom_code) references uom;
alter table delivery_status add foreign key (delivery_no, item_no) references delivery_item;

alter table purchase_header
  add foreign key (company_code) references company_code,
  add foreign key (vendor_no) references business_partner,
  add foreign key (plant_code) references plant,
  add foreign key (currency_code) references currency,
  add foreign key (payment_term) references payment_term;
alter table purchase_item
  add foreign key (purchase_no) references purchase_header,
  add foreign key (material_no) references material,
  add foreign key (location_code) references storage_location,
  add foreign key (uom_code) references uom;
alter table inbound_header
  add foreign key (vendor_no) references business_partner,
  add foreign key (plant_code) references plant,
  add foreign key (carrier_code) references carrier;
alter table inbound_item
  add foreign key (inbound_no) references inbound_header,
  add foreign key (material_no) references material,
  add foreign key (uom_code) references uom;

alter table work_center
  add foreign key (plant_code) references plant,
  add foreign key (parent_work_center) references work_center,
  add foreign key (cost_center) references cost_center;
alter table bom_header
  add foreign key (material_no) references material,
  add foreign key (uom_code) references uom;
alter table bom_item
  add foreign key (bom_no, alternative) references bom_header,
  add foreign key (component_no) references material,
  add foreign key (uom_code) references uom;
alter table routing_header
  add foreign key (material_no) references material,
  add foreign key (plant_code) references plant;
alter table routing_operation
  add foreign key (routing_no) references routing_header,
  add foreign key (work_center) references work_center;
alter table production_header
  add foreign key (material_no) references material,
  add foreign key (plant_code) references plant,
  add foreign key (uom_code) references uom,
  add foreign key (bom_no, bom_alternative) references bom_header,
  add foreign key (routing_no) references routing_header;
alter table production_item
  add foreign key (production_no) references production_header,
  add foreign key (material_no) references material,
  add foreign key (location_code) references storage_location,
  add foreign key (uom_code) references uom;
alter table production_component
  add foreign key (production_no) references production_header,
  add foreign key (material_no) references material,
  add foreign key (location_code) references storage_location,
  add foreign key (uom_code) references uom;
alter table production_operation
  add foreign key (production_no) references production_header,
  add foreign key (work_center) references work_center;
alter table production_confirmation
  add foreign key (production_no, operation_no) references production_operation;

alter table stock_movement
  add foreign key (material_no) references material,
  add foreign key (from_location) references storage_location,
  add foreign key (to_location) references storage_location,
  add foreign key (uom_code) references uom;

alter table invoice_header
  add foreign key (company_code) references company_code,
  add foreign key (partner_no) references business_partner,
  add foreign key (currency_code) references currency;
alter table invoice_item
  add foreign key (document_no) references invoice_header,
  add foreign key (material_no) references material,
  add foreign key (uom_code) references uom;

alter table cost_center add foreign key (plant_code) references plant;
alter table cost_center_text add foreign key (cost_center) references cost_center;
alter table fiscal_period add foreign key (company_code) references company_code;
alter table period_cost
  add foreign key (company_code, fiscal_period) references fiscal_period,
  add foreign key (plant_code) references plant,
  add foreign key (cost_center) references cost_center,
  add foreign key (cost_element) references cost_element;
