-- The sandbox ERP: "Donau Fluid Technology", maker of pumps and valves in five plants.
--
-- Named, keyed and coded as ERPs are that have grown for thirty years: numbers are text with leading zeros, items are
-- keyed by document and item, statuses are one letter per step, texts stand in tables per language, and whether a
-- shipment line has left is known from a status table of its own. Every row carries when it was written
-- (`changed_at`) and by which write (`row_version`, see row-versions.sql); rows that are deleted are gone.
--
-- Accepted by PostgreSQL 11 and later. Foreign keys stand in foreign-keys.sql, since some tests need rows that point
-- nowhere. Like in most ERPs they are not indexed, and neither is `changed_at`; foreign-key-indexes.sql is for
-- measuring what that costs.

-- Organisation

create table currency (
  currency_code varchar(3) primary key,
  name varchar(40) not null,
  decimals smallint not null default 2,
  changed_at timestamptz not null default now(),
  row_version int not null default 1
);

create table country (
  country_code varchar(2) primary key,
  name varchar(40) not null,
  currency_code varchar(3) not null,
  changed_at timestamptz not null default now(),
  row_version int not null default 1
);

create table uom (
  uom_code varchar(3) primary key,
  dimension varchar(12) not null,
  decimals smallint not null,
  changed_at timestamptz not null default now(),
  row_version int not null default 1
);

create table uom_text (
  uom_code varchar(3),
  language_code varchar(2),
  symbol varchar(8) not null,
  name varchar(30) not null,
  changed_at timestamptz not null default now(),
  row_version int not null default 1,
  primary key (uom_code, language_code)
);

create table payment_term (
  payment_term varchar(4) primary key,
  net_days smallint not null,
  discount_days smallint,
  discount_percent numeric(5,2),
  description varchar(60) not null,
  changed_at timestamptz not null default now(),
  row_version int not null default 1
);

create table company_code (
  company_code varchar(4) primary key,
  name varchar(60) not null,
  city varchar(40) not null,
  country_code varchar(2) not null,
  currency_code varchar(3) not null,
  changed_at timestamptz not null default now(),
  row_version int not null default 1
);

create table plant (
  plant_code varchar(4) primary key,
  company_code varchar(4) not null,
  name varchar(40) not null,
  street varchar(60) not null,
  postal_code varchar(10) not null,
  city varchar(40) not null,
  country_code varchar(2) not null,
  changed_at timestamptz not null default now(),
  row_version int not null default 1
);

-- location_type: ST storage, PR production floor, CU at customers, VE at suppliers, DI inventory differences.
create table storage_location (
  location_code varchar(8) primary key,
  plant_code varchar(4),
  location_type varchar(2) not null,
  name varchar(40) not null,
  blocked varchar(1),
  changed_at timestamptz not null default now(),
  row_version int not null default 1
);

-- Business partners: customers, suppliers and carriers are roles of one master

create table business_partner (
  partner_no varchar(10) primary key,
  name1 varchar(60) not null,
  name2 varchar(60),
  language_code varchar(2) not null,
  tax_number varchar(20),
  deletion_flag varchar(1),
  created_on date not null,
  changed_at timestamptz not null default now(),
  row_version int not null default 1
);

-- role_code: CUST, VEND, CARR.
create table bp_role (
  partner_no varchar(10),
  role_code varchar(4),
  valid_from date not null,
  changed_at timestamptz not null default now(),
  row_version int not null default 1,
  primary key (partner_no, role_code)
);

create table bp_address (
  partner_no varchar(10),
  address_no smallint,
  address_type varchar(4) not null,
  street varchar(60),
  postal_code varchar(10),
  city varchar(40),
  country_code varchar(2) not null,
  changed_at timestamptz not null default now(),
  row_version int not null default 1,
  primary key (partner_no, address_no)
);

-- contact_kind: EML e-mail, TEL telephone.
create table bp_contact (
  partner_no varchar(10),
  contact_no smallint,
  contact_kind varchar(3) not null,
  contact_value varchar(80) not null,
  changed_at timestamptz not null default now(),
  row_version int not null default 1,
  primary key (partner_no, contact_no)
);

create table customer_company (
  partner_no varchar(10),
  company_code varchar(4),
  customer_group varchar(2) not null,
  price_list varchar(2) not null,
  payment_term varchar(4) not null,
  credit_limit numeric(15,2),
  sales_rep varchar(12),
  delivery_block varchar(2),
  changed_at timestamptz not null default now(),
  row_version int not null default 1,
  primary key (partner_no, company_code)
);

create table vendor_company (
  partner_no varchar(10),
  company_code varchar(4),
  payment_term varchar(4) not null,
  incoterm varchar(3) not null,
  lead_days smallint not null,
  changed_at timestamptz not null default now(),
  row_version int not null default 1,
  primary key (partner_no, company_code)
);

create table carrier (
  carrier_code varchar(6) primary key,
  partner_no varchar(10),
  name varchar(40) not null,
  service varchar(20) not null,
  changed_at timestamptz not null default now(),
  row_version int not null default 1
);

-- Materials

create table material_group (
  group_code varchar(6),
  language_code varchar(2),
  description varchar(40) not null,
  changed_at timestamptz not null default now(),
  row_version int not null default 1,
  primary key (group_code, language_code)
);

-- material_type: FERT made for sale, HALB made for our own use, ROH bought to be used, HAWA bought to be sold,
-- DIEN service, LEIH returnable packaging.
create table material (
  material_no varchar(10) primary key,
  article_no varchar(24),
  material_type varchar(4) not null,
  group_code varchar(6),
  base_uom varchar(3) not null,
  net_weight numeric(13,3),
  ean varchar(13),
  sales_status varchar(2),
  purchase_status varchar(2),
  deletion_flag varchar(1),
  created_on date not null,
  changed_at timestamptz not null default now(),
  row_version int not null default 1
);

create table material_text (
  material_no varchar(10),
  language_code varchar(2),
  short_text varchar(60) not null,
  long_text text,
  changed_at timestamptz not null default now(),
  row_version int not null default 1,
  primary key (material_no, language_code)
);

-- procurement_type: E made, F bought.
create table material_plant (
  material_no varchar(10),
  plant_code varchar(4),
  procurement_type varchar(1) not null,
  location_code varchar(8),
  reorder_point numeric(13,3),
  lot_size numeric(13,3) not null,
  lead_days smallint not null,
  changed_at timestamptz not null default now(),
  row_version int not null default 1,
  primary key (material_no, plant_code)
);

create table material_valuation (
  material_no varchar(10),
  company_code varchar(4),
  standard_price numeric(15,4) not null,
  changed_at timestamptz not null default now(),
  row_version int not null default 1,
  primary key (material_no, company_code)
);

create table sales_price (
  material_no varchar(10),
  company_code varchar(4),
  price_list varchar(2),
  amount numeric(15,2) not null,
  valid_from date not null,
  changed_at timestamptz not null default now(),
  row_version int not null default 1,
  primary key (material_no, company_code, price_list)
);

create table vendor_material (
  partner_no varchar(10),
  material_no varchar(10),
  vendor_article_no varchar(24),
  net_price numeric(15,4) not null,
  blocked varchar(1),
  changed_at timestamptz not null default now(),
  row_version int not null default 1,
  primary key (partner_no, material_no)
);

-- Sales

-- status_code: D draft, Q quotation, A accepted, B in progress, C completed, X cancelled.
-- delivery_status, billing_status: null not relevant yet, A open, C complete, E exception.
create table sales_header (
  order_no varchar(10) primary key,
  order_type varchar(4) not null,
  company_code varchar(4) not null,
  sold_to varchar(10) not null,
  plant_code varchar(4),
  customer_reference varchar(35),
  order_date date,
  requested_date date,
  currency_code varchar(3) not null,
  payment_term varchar(4),
  incoterm varchar(3),
  tax_amount numeric(15,2),
  status_code varchar(1) not null,
  delivery_status varchar(1),
  billing_status varchar(1),
  sales_rep varchar(12),
  created_on date not null,
  changed_at timestamptz not null default now(),
  row_version int not null default 1
);

-- net_price is for price_unit units. An item with a rejection_reason will not be delivered.
create table sales_item (
  order_no varchar(10),
  item_no varchar(6),
  material_no varchar(10),
  item_text varchar(60),
  order_qty numeric(13,3) not null,
  uom_code varchar(3),
  net_price numeric(15,2) not null,
  price_unit int not null default 1,
  rejection_reason varchar(2),
  changed_at timestamptz not null default now(),
  row_version int not null default 1,
  primary key (order_no, item_no)
);

-- The days on which an item, or a part of it, was asked for and promised.
create table sales_schedule (
  order_no varchar(10),
  item_no varchar(6),
  schedule_no varchar(4),
  requested_date date not null,
  confirmed_date date,
  schedule_qty numeric(13,3) not null,
  changed_at timestamptz not null default now(),
  row_version int not null default 1,
  primary key (order_no, item_no, schedule_no)
);

-- Shipping

create table delivery_header (
  delivery_no varchar(10) primary key,
  plant_code varchar(4) not null,
  sold_to varchar(10) not null,
  ship_to varchar(10) not null,
  ship_to_address smallint not null,
  carrier_code varchar(6),
  route varchar(6),
  incoterm varchar(3),
  planned_gi_date date,
  tracking_no varchar(24),
  gross_weight numeric(13,3),
  delivery_block varchar(2),
  cancelled_on date,
  created_on date not null,
  created_by varchar(12) not null,
  changed_at timestamptz not null default now(),
  row_version int not null default 1
);

-- Delivers one schedule line of an order, or nothing that was ordered. Here as in other items, movement_no is the stock
-- movement that was planned for it and is posted when it happens.
create table delivery_item (
  delivery_no varchar(10),
  item_no varchar(6),
  sales_order_no varchar(10),
  sales_item_no varchar(6),
  schedule_no varchar(4),
  material_no varchar(10) not null,
  location_code varchar(8) not null,
  delivery_qty numeric(13,3) not null,
  uom_code varchar(3) not null,
  batch_no varchar(10),
  net_weight numeric(13,3),
  volume numeric(13,3),
  movement_no bigint,
  item_category varchar(4) not null default 'TAN',
  item_text varchar(60),
  changed_at timestamptz not null default now(),
  row_version int not null default 1,
  primary key (delivery_no, item_no)
);

-- How far each item has got. Each status: A not begun, B in part, C complete.
create table delivery_status (
  delivery_no varchar(10),
  item_no varchar(6),
  picking_status varchar(1) not null,
  packing_status varchar(1) not null,
  goods_issue_status varchar(1) not null,
  billing_status varchar(1) not null,
  goods_issue_date date,
  changed_at timestamptz not null default now(),
  row_version int not null default 1,
  primary key (delivery_no, item_no)
);

-- Purchasing

-- status_code: D draft, Q price asked, A ordered, B in progress, C completed, X cancelled.
create table purchase_header (
  purchase_no varchar(10) primary key,
  company_code varchar(4) not null,
  vendor_no varchar(10) not null,
  plant_code varchar(4),
  vendor_reference varchar(35),
  order_date date,
  requested_date date,
  currency_code varchar(3) not null,
  payment_term varchar(4),
  tax_amount numeric(15,2),
  status_code varchar(1) not null,
  delivery_status varchar(1),
  billing_status varchar(1),
  buyer varchar(12),
  created_on date not null,
  changed_at timestamptz not null default now(),
  row_version int not null default 1
);

create table purchase_item (
  purchase_no varchar(10),
  item_no varchar(6),
  material_no varchar(10),
  item_text varchar(60),
  location_code varchar(8),
  order_qty numeric(13,3) not null,
  received_qty numeric(13,3) not null default 0,
  uom_code varchar(3),
  net_price numeric(15,4) not null,
  price_unit int not null default 1,
  planned_date date,
  delivery_complete varchar(1),
  changed_at timestamptz not null default now(),
  row_version int not null default 1,
  primary key (purchase_no, item_no)
);

-- status_code: 10 announced, 20 arrived, 30 put away, 90 cancelled.
create table inbound_header (
  inbound_no varchar(10) primary key,
  vendor_no varchar(10) not null,
  plant_code varchar(4) not null,
  carrier_code varchar(6),
  vendor_delivery_note varchar(35),
  planned_date date,
  arrived_on date,
  status_code varchar(2) not null,
  created_on date not null,
  changed_at timestamptz not null default now(),
  row_version int not null default 1
);

create table inbound_item (
  inbound_no varchar(10),
  item_no varchar(6),
  purchase_no varchar(10),
  purchase_item_no varchar(6),
  material_no varchar(10) not null,
  inbound_qty numeric(13,3) not null,
  uom_code varchar(3) not null,
  movement_no bigint,
  changed_at timestamptz not null default now(),
  row_version int not null default 1,
  primary key (inbound_no, item_no)
);

-- Production

create table work_center (
  work_center varchar(8) primary key,
  plant_code varchar(4) not null,
  name varchar(40) not null,
  category varchar(20),
  parent_work_center varchar(8),
  cost_center varchar(10),
  cost_rate numeric(15,2),
  cost_basis varchar(1),
  deletion_flag varchar(1),
  changed_at timestamptz not null default now(),
  row_version int not null default 1
);

create table operation_text (
  operation_code varchar(4),
  language_code varchar(2),
  description varchar(40) not null,
  changed_at timestamptz not null default now(),
  row_version int not null default 1,
  primary key (operation_code, language_code)
);

-- A product may have several alternatives; the lowest is used when nobody chooses.
create table bom_header (
  bom_no varchar(10),
  alternative smallint,
  material_no varchar(10) not null,
  bom_text varchar(60) not null,
  base_qty numeric(13,3) not null,
  uom_code varchar(3) not null,
  valid_from date not null,
  changed_at timestamptz not null default now(),
  row_version int not null default 1,
  primary key (bom_no, alternative)
);

create table bom_item (
  bom_no varchar(10),
  alternative smallint,
  item_no varchar(4),
  component_no varchar(10) not null,
  component_qty numeric(13,3) not null,
  uom_code varchar(3) not null,
  scrap_percent numeric(5,2),
  changed_at timestamptz not null default now(),
  row_version int not null default 1,
  primary key (bom_no, alternative, item_no)
);

create table routing_header (
  routing_no varchar(10) primary key,
  material_no varchar(10) not null,
  plant_code varchar(4) not null,
  routing_text varchar(60) not null,
  changed_at timestamptz not null default now(),
  row_version int not null default 1
);

create table routing_operation (
  routing_no varchar(10),
  operation_no varchar(4),
  operation_code varchar(4) not null,
  work_center varchar(8) not null,
  setup_minutes numeric(9,1) not null,
  run_minutes numeric(9,1) not null,
  changed_at timestamptz not null default now(),
  row_version int not null default 1,
  primary key (routing_no, operation_no)
);

-- status_code: PLND proposed, CRTD created, REL released, MACM material committed, PCNF begun, TECO finished,
-- DLFL given up.
create table production_header (
  production_no varchar(10) primary key,
  material_no varchar(10),
  plant_code varchar(4) not null,
  order_qty numeric(13,3),
  uom_code varchar(3),
  bom_no varchar(10),
  bom_alternative smallint,
  routing_no varchar(10),
  sales_order_no varchar(10),
  sales_item_no varchar(6),
  reference varchar(35),
  planned_start date,
  planned_end date,
  actual_start date,
  actual_end date,
  status_code varchar(4) not null,
  planner varchar(12),
  created_on date not null,
  changed_at timestamptz not null default now(),
  row_version int not null default 1
);

-- What an order yields: the product itself and what falls off beside it.
create table production_item (
  production_no varchar(10),
  item_no varchar(4),
  material_no varchar(10) not null,
  location_code varchar(8) not null,
  planned_qty numeric(13,3) not null,
  received_qty numeric(13,3) not null default 0,
  uom_code varchar(3) not null,
  last_receipt date,
  movement_no bigint,
  changed_at timestamptz not null default now(),
  row_version int not null default 1,
  primary key (production_no, item_no)
);

-- What an order consumes.
create table production_component (
  production_no varchar(10),
  item_no varchar(4),
  material_no varchar(10) not null,
  location_code varchar(8) not null,
  required_qty numeric(13,3) not null,
  withdrawn_qty numeric(13,3) not null default 0,
  uom_code varchar(3) not null,
  required_on date,
  last_withdrawal date,
  movement_no bigint,
  changed_at timestamptz not null default now(),
  row_version int not null default 1,
  primary key (production_no, item_no)
);

-- status_code: CRTD created, REL released, STRT begun, CNF finished.
create table production_operation (
  production_no varchar(10),
  operation_no varchar(4),
  operation_code varchar(4) not null,
  work_center varchar(8),
  setup_minutes numeric(9,1) not null,
  run_minutes numeric(9,1) not null,
  status_code varchar(4) not null,
  changed_at timestamptz not null default now(),
  row_version int not null default 1,
  primary key (production_no, operation_no)
);

-- What was reported of an operation. status_code: S begun, D done, X reversed.
create table production_confirmation (
  production_no varchar(10),
  operation_no varchar(4),
  confirmation_no smallint,
  status_code varchar(1) not null,
  yield_qty numeric(13,3) not null,
  scrap_qty numeric(13,3) not null default 0,
  minutes numeric(9,1) not null,
  person varchar(12) not null,
  posted_on date not null,
  changed_at timestamptz not null default now(),
  row_version int not null default 1,
  primary key (production_no, operation_no, confirmation_no)
);

-- Stock

-- status_code: P planned, R planned and reserved, D done, X cancelled.
-- reference_type: DL delivery, IB inbound delivery, PR production order, TR transfer; null for a correction.
-- fiscal_period, YYYYMM, is that of posting_date, of planned_date while there is none.
create table stock_movement (
  movement_no bigint primary key,
  movement_type varchar(3) not null,
  status_code varchar(1) not null,
  material_no varchar(10) not null,
  from_location varchar(8) not null,
  to_location varchar(8) not null,
  quantity numeric(13,3) not null,
  uom_code varchar(3) not null,
  planned_date date,
  posting_date date,
  fiscal_period int not null,
  reference_type varchar(2),
  reference_no varchar(10),
  reference_item varchar(6),
  batch_no varchar(10),
  created_on date not null,
  created_by varchar(12) not null,
  changed_at timestamptz not null default now(),
  row_version int not null default 1
);

-- Invoices

-- invoice_type: RV to a customer, CR credit note to a customer, RE from a supplier.
-- status_code: D draft, V checked, O open, P paid, X cancelled. The number is given on posting.
create table invoice_header (
  document_no varchar(10) primary key,
  invoice_type varchar(2) not null,
  company_code varchar(4) not null,
  invoice_number varchar(16),
  partner_no varchar(10) not null,
  partner_reference varchar(35),
  invoice_date date,
  due_date date,
  currency_code varchar(3) not null,
  tax_amount numeric(15,2) not null default 0,
  status_code varchar(1) not null,
  created_on date not null,
  changed_at timestamptz not null default now(),
  row_version int not null default 1
);

create table invoice_item (
  document_no varchar(10),
  item_no varchar(6),
  material_no varchar(10),
  item_text varchar(60),
  quantity numeric(13,3) not null,
  uom_code varchar(3),
  net_price numeric(15,4) not null,
  price_unit int not null default 1,
  sales_order_no varchar(10),
  sales_item_no varchar(6),
  purchase_no varchar(10),
  purchase_item_no varchar(6),
  changed_at timestamptz not null default now(),
  row_version int not null default 1,
  primary key (document_no, item_no)
);

-- Cost

create table cost_center (
  cost_center varchar(10) primary key,
  plant_code varchar(4) not null,
  responsible varchar(40),
  changed_at timestamptz not null default now(),
  row_version int not null default 1
);

create table cost_center_text (
  cost_center varchar(10),
  language_code varchar(2),
  name varchar(40) not null,
  changed_at timestamptz not null default now(),
  row_version int not null default 1,
  primary key (cost_center, language_code)
);

create table cost_element (
  cost_element varchar(10) primary key,
  description varchar(40) not null,
  changed_at timestamptz not null default now(),
  row_version int not null default 1
);

-- status_code: O open, C closed. fiscal_period is YYYYMM.
create table fiscal_period (
  company_code varchar(4),
  fiscal_period int,
  status_code varchar(1) not null,
  closed_on date,
  changed_at timestamptz not null default now(),
  row_version int not null default 1,
  primary key (company_code, fiscal_period)
);

-- Amounts are in the company's currency.
create table period_cost (
  company_code varchar(4),
  fiscal_period int,
  plant_code varchar(4),
  cost_center varchar(10),
  cost_element varchar(10),
  planned_amount numeric(15,2) not null,
  actual_amount numeric(15,2) not null default 0,
  changed_at timestamptz not null default now(),
  row_version int not null default 1,
  primary key (company_code, fiscal_period, plant_code, cost_center, cost_element)
);

-- Number ranges: where the next document's number comes from

create sequence number_sales_order;
create sequence number_delivery;
create sequence number_purchase;
create sequence number_inbound;
create sequence number_production;
create sequence number_goods_issue;
create sequence number_goods_receipt;
create sequence number_transfer;
create sequence number_invoice;
create sequence number_vendor_invoice;
