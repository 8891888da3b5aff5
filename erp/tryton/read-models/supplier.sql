-- @key id
-- @base party_party
-- @from party_party                select id from erp.party_party where id = any($1)
-- @from party_address              select party from erp.party_address where id = any($1)
-- @from country_country            select party from erp.party_address where country = any($1)
-- @from party_contact_mechanism    select party from erp.party_contact_mechanism where id = any($1)
-- @from purchase_purchase          select party from erp.purchase_purchase where id = any($1)
-- @from purchase_product_supplier  select party from erp.purchase_product_supplier where id = any($1)
select p.id, p.code, coalesce(nullif(p.name, ''), '[' || p.code || ']') as name,
  address.street, address.postal_code, address.city, country.code as country_code, email.value as email,
  (select count(*)::int from erp.purchase_product_supplier x
    where x.party = p.id and x.active and x.company = :company) as product_count,
  coalesce(p.active, false) as is_active
from erp.party_party p
left join lateral (
  select x.street, x.postal_code, x.city, x.country from erp.party_address x
  where x.party = p.id and x.active order by x.sequence nulls first, x.id limit 1) address on true
left join erp.country_country country on country.id = address.country
left join lateral (
  select x.value from erp.party_contact_mechanism x
  where x.party = p.id and x.active and x.type = 'email' order by x.sequence nulls first, x.id limit 1) email on true
where exists (select from erp.purchase_purchase s where s.party = p.id and s.company = :company)
  or exists (select from erp.purchase_product_supplier s where s.party = p.id and s.company = :company)
