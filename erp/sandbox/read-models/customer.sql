-- @key id
-- @base business_partner
-- @from business_partner  select unnest($1::text[])
-- @from bp_role           select partner_no from unnest($1::text[], $2::text[]) k(partner_no, role_code)
--   where k.role_code = 'CUST'
-- @from bp_address        select partner_no from unnest($1::text[], $2::int[]) k(partner_no, address_no)
-- @from bp_contact        select partner_no from unnest($1::text[], $2::int[]) k(partner_no, contact_no)
select p.partner_no as id, p.partner_no as code, p.name1 as name, address.street, address.postal_code, address.city,
  address.country_code, mail.contact_value as email, phone.contact_value as phone, p.tax_number as tax_identifier,
  p.deletion_flag is null as is_active
from erp.business_partner p
join erp.bp_role role on role.partner_no = p.partner_no and role.role_code = 'CUST'
left join lateral (
  select a.street, a.postal_code, a.city, a.country_code from erp.bp_address a
  where a.partner_no = p.partner_no order by a.address_no limit 1) address on true
left join lateral (
  select c.contact_value from erp.bp_contact c
  where c.partner_no = p.partner_no and c.contact_kind = 'EML' order by c.contact_no limit 1) mail on true
left join lateral (
  select c.contact_value from erp.bp_contact c
  where c.partner_no = p.partner_no and c.contact_kind = 'TEL' order by c.contact_no limit 1) phone on true
